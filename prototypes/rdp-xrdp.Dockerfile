# Written by dockwright from [services.rdp-xrdp] in services.toml: change that, not this.

# The files that dockwright brings along; `--build-context dockwright=DIR` takes them from elsewhere.
FROM scratch AS dockwright
COPY dockwright/ /

FROM gcr.io/distroless/python3-debian13:nonroot AS runtime

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
    --mount=type=bind,source=RDP/xrdp/requirements.txt,target=/tmp/1.txt \
    SOURCE_DATE_EPOCH=315532800 \
    /opt/pip/bin/pip --python /opt/venv/bin/python3 --disable-pip-version-check install -r /tmp/1.txt
RUN install -d -o 65532 -g 65532 \
      /rootfs/app/logs \
      /rootfs/etc/ssl/xrdp \
      /rootfs/etc/xrdp/servers \
      /rootfs/run/xrdp \
      /rootfs/var/log/xrdp

# Programs with the libraries that they load, less what the image to run on has.
FROM debian:trixie-slim AS programs
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      openssl \
      xrdp
RUN --mount=type=bind,from=dockwright,source=closure.sh,target=/tmp/closure.sh \
    --mount=type=bind,from=runtime,target=/runtime \
    sh /tmp/closure.sh /rootfs /runtime \
      /usr/bin/openssl \
      /usr/lib/ssl/openssl.cnf \
      /usr/sbin/xrdp \
      /usr/lib/*-linux-gnu/xrdp \
      /usr/share/xrdp \
      /etc/xrdp \
      '!/etc/xrdp/cert.pem' \
      '!/usr/lib/*-linux-gnu/xrdp/*.a'

FROM runtime
COPY --link --from=programs /rootfs /
COPY --link --from=build /opt/venv /opt/venv
COPY --link --from=build /rootfs /
COPY --link --chown=65532:65532 RDP/xrdp /app/xrdp
COPY --link RDP/xrdp/rsakeys.ini /etc/xrdp/rsakeys.ini
WORKDIR /app
ENV PYTHONDONTWRITEBYTECODE="1" \
    PYTHONUNBUFFERED="1"
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="rdp-xrdp" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 8091 3389
# _socket is what socket and http.client stand on: ten times quicker to import, for a check that runs every few seconds.
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
  CMD ["/usr/bin/python3.13", "-IS", "-c", "import _socket; s = _socket.socket(); s.settimeout(9); s.connect(('127.0.0.1', 8091)); s.send(b'GET /health HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n'); a = s.recv(99).decode('latin-1').partition('\\r')[0]; raise SystemExit(a[9:10] not in ('2', '3') and a)"]
ENTRYPOINT ["/opt/venv/bin/python3", "-m", "uvicorn", "xrdp.main:app", "--host", "0.0.0.0", "--port", "8091"]
