FROM scratch
WORKDIR /app
RUN --mount=type=cache true
