FROM scratch AS a
USER 1
FROM scratch AS a
USER 2
FROM a
