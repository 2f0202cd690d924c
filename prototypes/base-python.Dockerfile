# Written by dockwright from [services.base-python] in services.toml: change that, not this.

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
    SOURCE_DATE_EPOCH=315532800 \
    /opt/pip/bin/pip --python /opt/venv/bin/python3 --disable-pip-version-check install \
      cryptography==46.0.3 \
      fastapi==0.121.3 \
      pydantic==2.12.4 \
      pymongo==4.15.4 \
      redis==7.1.0 \
      uvicorn==0.38.0

FROM gcr.io/distroless/python3-debian13:nonroot
COPY --link --from=build /opt/venv /opt/venv
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
      org.opencontainers.image.title="base-python" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
# A base image runs no service.
HEALTHCHECK NONE
ENTRYPOINT ["/opt/venv/bin/python3", "-c", "import cryptography, fastapi, pydantic, pymongo, redis, uvicorn"]
