FROM debian:bookworm-slim AS tools
RUN apt-get update && apt-get install -y curl libssl3 ffmpeg
FROM gcr.io/distroless/python3-debian12
COPY --from=tools /usr/bin/ffmpeg /usr/bin/ffmpeg
COPY orders /app/orders
WORKDIR /app
ENV PORT=8080
EXPOSE 8080
USER nonroot
CMD python3 -m orders.main --port $PORT
