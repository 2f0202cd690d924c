# Written by dockwright from [services.redis] in services.toml: change that, not this.

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

FROM gcr.io/distroless/base-debian13:nonroot AS runtime

# Programs with the libraries that they load, less what the image to run on has.
FROM redis:7.2 AS programs
RUN --mount=type=bind,from=dockwright,source=closure.sh,target=/tmp/closure.sh \
    --mount=type=bind,from=runtime,target=/runtime \
    sh /tmp/closure.sh /rootfs /runtime /usr/local/bin/redis-server
RUN install -d -o 65532 -g 65532 \
      /rootfs/data \
      /rootfs/var/cache/redis \
      /rootfs/var/log/redis

FROM runtime
COPY --link --from=probe /usr/bin/healthcheck /usr/bin/healthcheck
COPY --link --from=programs /rootfs /
COPY --link infrastructure/containers/storage/redis.conf /usr/local/etc/redis.conf
WORKDIR /
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/base-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="redis" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 6379
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
  CMD ["/usr/bin/healthcheck", "tcp", "6379", "9"]
ENTRYPOINT ["/usr/local/bin/redis-server", "/usr/local/etc/redis.conf"]
