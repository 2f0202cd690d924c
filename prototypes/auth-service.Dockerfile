# Written by dockwright from [services.auth-service] in services.toml: change that, not this.

# Debian's own Python, which the image to run on has at the same path. pip stays behind.
FROM debian:trixie-slim AS build
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && apt-get update \
 && apt-get install -y --no-install-recommends python3-venv
RUN python3 -m venv /opt/pip \
 && python3 -m venv --without-pip /opt/venv
# The date makes byte code that is the same in each build: bound to the source's hash, not to its time.
RUN --mount=type=cache,id=pip-$TARGETARCH,target=/root/.cache/pip \
    --mount=type=bind,source=auth/requirements.txt,target=/tmp/1.txt \
    SOURCE_DATE_EPOCH=315532800 \
    /opt/pip/bin/pip --python /opt/venv/bin/python3 --disable-pip-version-check install \
      -r /tmp/1.txt \
      bcrypt==5.0.0
RUN install -d -o 65532 -g 65532 /rootfs/app/logs

FROM gcr.io/distroless/python3-debian13:nonroot
COPY --link --from=build /opt/venv /opt/venv
COPY --link --from=build /rootfs /
COPY --link --chown=65532:65532 auth /app/auth
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE="1" \
    PYTHONUNBUFFERED="1" \
    SERVICE_NAME="lucid-auth-service" \
    AUTH_SERVICE_PORT="8089"
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="auth-service" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 8089
# _socket is what socket and http.client stand on: ten times quicker to import, for a check that runs every few seconds.
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
  CMD ["/usr/bin/python3.13", "-IS", "-c", "import _socket; s = _socket.socket(); s.settimeout(9); s.connect(('127.0.0.1', 8089)); s.send(b'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n'); a = s.recv(99).decode('latin-1').partition('\\r')[0]; raise SystemExit(a[9:10] not in ('2', '3') and a)"]
ENTRYPOINT ["/opt/venv/bin/python3", "-m", "auth.main"]
