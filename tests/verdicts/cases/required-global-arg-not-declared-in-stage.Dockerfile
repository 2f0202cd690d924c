ARG X=1
FROM scratch
USER ${X:?who}
