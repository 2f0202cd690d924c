FROM scratch
RUN -- --network=none
