FROM scratch
RUN --mount=TYPE=CACHE,target=/x true
