FROM scratch
VOLUME ["/a", "${X:?path}"]
