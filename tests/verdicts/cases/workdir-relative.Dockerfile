FROM scratch
WORKDIR a
WORKDIR ../b/./c
