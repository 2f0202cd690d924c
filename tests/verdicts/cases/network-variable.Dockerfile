FROM scratch
ENV X=none
RUN --network=$X true
