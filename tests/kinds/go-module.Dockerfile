# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

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

# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM golang:1.26-trixie AS build
WORKDIR /src
# Modules are downloaded again only when these files change; the patterns make go.sum and go.work optional
COPY stores/go.wor[k] stores/go.work.su[m] ./
COPY stores/orders/go.mod stores/orders/go.su[m] ./orders/
COPY stores/common/go.mod stores/common/go.su[m] ./common/
WORKDIR /src/orders
RUN --mount=type=cache,id=go-mod,target=/go/pkg/mod \
    GOMODCACHE=/go/pkg/mod go mod download
COPY stores/orders /src/orders
COPY stores/common /src/common
COPY stores/go.work /src/go.work
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,id=go-mod,target=/go/pkg/mod \
    --mount=type=cache,id=kinds/go-module/go-build,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    GOMODCACHE=/go/pkg/mod \
    go build -mod=readonly -trimpath -buildvcs=false -ldflags='-s -w' \
        -o /out/go-module ./cmd/orders

FROM gcr.io/distroless/static-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --chmod=755 stores/orders/templates /app/templates
COPY --link --from=build /out/go-module /usr/local/bin/go-module
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/local/bin/go-module"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="go-module" \
      org.opencontainers.image.base.name="gcr.io/distroless/static-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
