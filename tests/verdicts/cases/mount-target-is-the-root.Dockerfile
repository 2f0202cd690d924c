FROM scratch
WORKDIR /app/..
RUN --mount=type=tmpfs,target=. true
