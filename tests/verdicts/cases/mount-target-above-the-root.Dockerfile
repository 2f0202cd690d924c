FROM scratch
WORKDIR /app
RUN --mount=type=bind,target=.. true
