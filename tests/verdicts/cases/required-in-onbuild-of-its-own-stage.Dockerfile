FROM scratch
ONBUILD USER ${X:?who}
