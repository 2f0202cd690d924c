FROM scratch AS a
ENV X=5
FROM a
USER ${X:?who}
