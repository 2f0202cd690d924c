FROM --platform=$BUILDPLATFORM ghcr.io/astral-sh/uv:0.13.9 AS uv

# The virtual environment must be created with the interpreter at its path in the runtime image
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS python
ARG BUILDARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends python3
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    uv venv --python /usr/bin/python3.13 /opt/venv

FROM python AS dependencies
ARG TARGETARCH
# Wheels for the target platform; SOURCE_DATE_EPOCH makes the byte code reproducible
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id=kinds/poetry/uv,target=/root/.cache/uv \
    --mount=type=bind,source=poetry/pyproject.toml,target=/src/pyproject.toml \
    --mount=type=bind,source=poetry/poetry.lock,target=/src/poetry.lock \
    case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    uv tool run --from poetry==2.2.1 --with poetry-plugin-export==1.9.0 poetry \
        export --directory /src --output /tmp/requirements.txt && \
    SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy \
    uv pip install --python /opt/venv/bin/python3 --python-platform $cpu-manylinux_2_40 \
        --compile-bytecode --only-binary :all: \
        --requirement /tmp/requirements.txt && \
    rm /opt/venv/.lock

FROM gcr.io/distroless/python3-debian13:nonroot
COPY --link --from=dependencies /opt/venv /opt/venv
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 poetry /app/
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
EXPOSE 8000
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/python3.13", "-IS", "-c", "import http.client as h, socket as s; k = s.socket(); k.settimeout(9); k = s.create_connection(('::1', 8000), 9) if k.connect_ex(('127.0.0.1', 8000)) else k; c = h.HTTPConnection('127.0.0.1', 8000); c.sock = k; c.request('GET', '/health'); n = c.getresponse().status; raise SystemExit(not (200 <= n < 400))"]
ENTRYPOINT ["/opt/venv/bin/python3", "-m", "uvicorn", "poetry.main:app", "--host", "0.0.0.0", "--port", "8000"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="poetry" \
      org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
