FROM scratch
RUN --mount=type=cache,target=$P true
