# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

# Static health check: the interpreter of this image has no client for the protocol
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS probe
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

# The front end is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /src
RUN --mount=type=cache,id=probed/tls-node/npm,target=/root/.npm \
    --mount=type=bind,source=web/package.json,target=package.json \
    --mount=type=bind,source=web/package-lock.json,target=package-lock.json \
    npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --chmod=755 --from=build /src/server.js /app/server.js
COPY --link --chmod=755 --from=build /src/dist /app/dist
WORKDIR /app
EXPOSE 8443
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "tls", "8443", "--timeout=9"]
ENTRYPOINT ["/nodejs/bin/node", "/app/server.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="tls-node" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
