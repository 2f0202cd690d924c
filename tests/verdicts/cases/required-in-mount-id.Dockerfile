FROM scratch
RUN --mount=type=cache,target=/a,id=${X:?id} true
