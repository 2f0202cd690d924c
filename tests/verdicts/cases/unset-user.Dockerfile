FROM scratch
USER $P
