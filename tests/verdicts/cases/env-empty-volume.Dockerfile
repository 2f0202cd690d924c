FROM scratch
ENV P=
VOLUME $P
