FROM scratch
RUN --mount=type=tmpfs,target=/x,size=1.5g true
