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
WORKDIR /src
# Wheels for the target platform, pinned by the lock file; SOURCE_DATE_EPOCH makes the byte code reproducible
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id=kinds/uv/uv,target=/root/.cache/uv \
    --mount=type=bind,source=uv/pyproject.toml,target=pyproject.toml \
    --mount=type=bind,source=uv/uv.lock,target=uv.lock \
    case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/opt/venv \
    uv sync --python-platform $cpu-manylinux_2_40 --no-python-downloads --compile-bytecode \
        --no-build --no-dev --extra postgres --locked --no-install-local && \
    rm -f /opt/venv/.lock

# The project itself, without uv's record of source time stamps, which differ between checkouts
FROM dependencies AS project
WORKDIR /src
COPY uv/ /src/
RUN --mount=type=bind,from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,id=kinds/uv/uv,target=/root/.cache/uv \
    case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy UV_PROJECT_ENVIRONMENT=/opt/venv \
    uv sync --python-platform $cpu-manylinux_2_40 --no-python-downloads --compile-bytecode \
        --no-build --no-dev --extra postgres --locked --no-editable && \
    rm -f /opt/venv/.lock && \
    find /opt/venv -name uv_cache.json -delete && \
    sed -i '/uv_cache\.json,/d' /opt/venv/lib/python*/site-packages/*.dist-info/RECORD

FROM gcr.io/distroless/python3-debian13:nonroot
COPY --link --from=project /opt/venv /opt/venv
WORKDIR /
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
EXPOSE 8000
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/python3.13", "-IS", "-c", "import http.client as h, socket as s; k = s.socket(); k.settimeout(9); k = s.create_connection(('::1', 8000), 9) if k.connect_ex(('127.0.0.1', 8000)) else k; c = h.HTTPConnection('127.0.0.1', 8000); c.sock = k; c.request('GET', '/health'); n = c.getresponse().status; raise SystemExit(not (200 <= n < 400))"]
ENTRYPOINT ["/opt/venv/bin/orders", "serve"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="uv" \
      org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
