FROM scratch AS a
USER ${X:?who}
FROM scratch
