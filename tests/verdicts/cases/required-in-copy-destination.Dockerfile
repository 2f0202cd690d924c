FROM scratch
COPY a ${X:?path}
