FROM scratch
RUN --mount=type=bind,from=$X,target=/x true
