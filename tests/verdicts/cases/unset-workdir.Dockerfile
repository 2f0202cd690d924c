FROM scratch
WORKDIR $P
