FROM scratch
RUN --mount=type=cache,target=${NO:?path} true
