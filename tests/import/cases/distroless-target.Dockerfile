# syntax=docker/dockerfile:1
# Packages into a directory of their own, as many do
FROM python:3.11-slim-bookworm AS builder
WORKDIR /build
RUN apt-get update && \
    apt-get install -y --no-install-recommends \
      build-essential \
      libffi-dev \
    && rm -rf /var/lib/apt/lists/*
COPY sessions/recorder/requirements.txt /build/requirements.txt
RUN pip install --target=/opt/packages -r /build/requirements.txt orjson==3.10.7
RUN mkdir -p /build/app/logs /build/data

FROM gcr.io/distroless/python3-debian12:nonroot
LABEL org.opencontainers.image.title="recorder" \
      maintainer="Ada" \
      com.shop.tier="core"
COPY --from=builder /opt/packages /usr/lib/python3/dist-packages
COPY --from=builder --chown=65532:65532 /build/app/logs /app/logs
COPY --from=builder --chown=65532:65532 /build/data /data/recordings
COPY --chown=65532:65532 sessions/__init__.py /app/sessions/__init__.py
COPY --chown=65532:65532 sessions/recorder /app/sessions/recorder
WORKDIR /app
ENV PYTHONPATH=/app:/usr/lib/python3/dist-packages \
    PATH=/usr/bin \
    SESSION_TOKEN=none
EXPOSE 8084
VOLUME /data/recordings
USER nonroot
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --retries=3 \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://localhost:8084/health')"]
ENTRYPOINT ["python3", "-m", "sessions.recorder.main"]
