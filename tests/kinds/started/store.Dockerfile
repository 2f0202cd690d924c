FROM gcr.io/distroless/base-debian13:nonroot AS runtime

# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

# redis-server, plus shared libraries missing from the runtime image. Unpacked, not installed, so no emulation is needed
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS packages
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,from=dockwright,source=packages.sh,target=/packages.sh \
    sh /packages.sh $TARGETARCH /packages redis-server
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS programs
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=packages,source=/packages,target=/packages \
    --mount=type=bind,from=dockwright,source=closure.pl,target=/closure.pl \
    perl /closure.pl /rootfs /runtime /packages \
        /usr/bin/redis-server

# Static health check: this image has no interpreter to run one
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS probe
ARG BUILDARCH
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,from=dockwright,source=probe,target=/probe \
    case $TARGETARCH in \
        amd64) cpu=x86_64 gcc=gcc-x86-64-linux-gnu ;; \
        arm64) cpu=aarch64 gcc=gcc-aarch64-linux-gnu ;; \
        *) exit 1 ;; \
    esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends binutils $gcc && \
    $cpu-linux-gnu-gcc -Os -static -nostdlib -ffreestanding -fno-pie -no-pie -fno-stack-protector \
        -fno-asynchronous-unwind-tables -Wl,--build-id=none -s -o /healthcheck /probe/*.c

# Writable directories, owned by the service's user
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS directories
RUN install -d -o 65532 -g 65532 /rootfs/data

FROM runtime
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=programs /rootfs/ /
COPY --link --from=directories /rootfs/ /
WORKDIR /
EXPOSE 6379
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "redis", "6379", "--timeout=9"]
ENTRYPOINT ["/usr/bin/redis-server", "--dir", "/data"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="store" \
      org.opencontainers.image.base.name="gcr.io/distroless/base-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
