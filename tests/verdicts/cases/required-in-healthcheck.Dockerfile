FROM scratch
HEALTHCHECK CMD echo ${X:?not ours}
