FROM scratch AS a
ONBUILD USER ${X:?who}
FROM a
