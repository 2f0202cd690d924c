FROM scratch
RUN --network=NONE true
