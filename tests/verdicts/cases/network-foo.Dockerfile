FROM scratch
RUN --network=foo true
