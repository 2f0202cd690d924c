FROM scratch
ENV P=/
RUN --mount=type=cache,target=$P true
