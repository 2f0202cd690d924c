FROM scratch
USER ${TARGETARCH:?who}
