# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

# Entrypoint wrapper: expands environment variables in the arguments, then execs the program
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS start
ARG BUILDARCH
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,from=dockwright,source=start,target=/start \
    case $TARGETARCH in \
        amd64) cpu=x86_64 gcc=gcc-x86-64-linux-gnu ;; \
        arm64) cpu=aarch64 gcc=gcc-aarch64-linux-gnu ;; \
        *) exit 1 ;; \
    esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends binutils $gcc && \
    $cpu-linux-gnu-gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
        -fno-asynchronous-unwind-tables -Wl,--build-id=none -s -o /start.elf /start/*.c

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
    --mount=type=cache,id=started/web/uv,target=/root/.cache/uv \
    --mount=type=bind,source=requirements.txt,target=/src/requirements.txt \
    case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    SOURCE_DATE_EPOCH=315532800 UV_LINK_MODE=copy \
    uv pip install --python /opt/venv/bin/python3 --python-platform $cpu-manylinux_2_40 \
        --compile-bytecode --only-binary :all: \
        --requirement /src/requirements.txt && \
    rm /opt/venv/.lock

FROM gcr.io/distroless/python3-debian13:nonroot
COPY --link --from=start /start.elf /usr/bin/start
COPY --link --from=dependencies /opt/venv /opt/venv
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 manage.py /app/manage.py
COPY --link --chmod=755 shop /app/shop
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/python3.13", "-IS", "-c", "import http.client as h, socket as s; k = s.socket(); k.settimeout(9); k = s.create_connection(('::1', 8080), 9) if k.connect_ex(('127.0.0.1', 8080)) else k; c = h.HTTPConnection('127.0.0.1', 8080); c.sock = k; c.request('GET', '/health'); n = c.getresponse().status; raise SystemExit(not (200 <= n < 400))"]
ENTRYPOINT ["/usr/bin/start", "/opt/venv/bin/gunicorn", "--bind=0.0.0.0:8080", "--workers={env:WORKERS:-2}", "shop.wsgi"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="web" \
      org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
