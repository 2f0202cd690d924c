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

FROM gcr.io/distroless/python3-debian13:nonroot
COPY --link --from=python /opt/venv /opt/venv
WORKDIR /
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
EXPOSE 8443
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/python3.13", "-IS", "-c", "import http.client as h, socket as s, ssl; k = s.socket(); k.settimeout(9); k = s.create_connection(('::1', 8443), 9) if k.connect_ex(('127.0.0.1', 8443)) else k; c = h.HTTPConnection('127.0.0.1', 8443); c.sock = ssl._create_unverified_context().wrap_socket(k, server_hostname='shop.example'); c.request('GET', '/live', headers={'Host': 'shop.example'}); n = c.getresponse().status; raise SystemExit(not (n == 200 or n == 401))"]
ENTRYPOINT ["/opt/venv/bin/python3", "-m", "orders.main"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="https-python" \
      org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
