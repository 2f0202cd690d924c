FROM scratch
VOLUME ${X:?path}
