FROM scratch AS build
FROM scratch
RUN --mount=type=bind,from="build",target=/x true
