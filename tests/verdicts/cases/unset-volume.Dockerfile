FROM scratch
VOLUME $P
