# Written by dockwright from [services.base] in services.toml: change that, not this.

# The files that dockwright brings along; `--build-context dockwright=DIR` takes them from elsewhere.
FROM scratch AS dockwright
COPY dockwright/ /

# The health check of images without an interpreter: one static program, the same in every image of the fleet.
FROM debian:trixie-slim AS probe
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && apt-get update \
 && apt-get install -y --no-install-recommends gcc
RUN --mount=type=bind,from=dockwright,source=probe.c,target=/tmp/probe.c \
    gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector -fno-asynchronous-unwind-tables \
      -Wl,--build-id=none -s -o /usr/bin/healthcheck /tmp/probe.c

FROM gcr.io/distroless/base-debian13:nonroot
COPY --link --from=probe /usr/bin/healthcheck /usr/bin/healthcheck
WORKDIR /app
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/base-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="base" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
# A base image runs no service.
HEALTHCHECK NONE
ENTRYPOINT ["/usr/bin/healthcheck", "--version"]
