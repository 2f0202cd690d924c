FROM scratch
ENTRYPOINT ["${X:?not ours}"]
