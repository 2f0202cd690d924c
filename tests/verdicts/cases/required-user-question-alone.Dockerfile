FROM scratch
USER ${X?who}
