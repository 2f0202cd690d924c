FROM scratch
RUN --mount=type=cache,target=/a,id='x true
