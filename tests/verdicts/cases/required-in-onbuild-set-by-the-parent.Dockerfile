FROM scratch AS a
ENV X=1
ONBUILD USER ${X:?who}
FROM a
