FROM debian:12-slim AS tools
RUN apt-get update && apt-get install -y --no-install-recommends ffmpeg ca-certificates

FROM python:3.11-slim AS builder
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv && /opt/venv/bin/pip install -r /tmp/requirements.txt

FROM gcr.io/distroless/python3-debian12
COPY --from=tools /usr/bin/ffmpeg /usr/bin/ffmpeg
COPY --from=tools /usr/lib/x86_64-linux-gnu /usr/lib/x86_64-linux-gnu
COPY --from=builder /opt/venv /opt/venv
COPY main.py /app/
WORKDIR /app
HEALTHCHECK CMD ["/opt/venv/bin/python", "-c", "import sys; sys.exit(0)"]
EXPOSE 9000
ENTRYPOINT ["/opt/venv/bin/python", "main.py"]
