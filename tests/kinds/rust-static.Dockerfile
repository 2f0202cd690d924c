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
FROM --platform=$BUILDPLATFORM rust:1-slim-trixie AS build
ARG TARGETARCH
# Rust ships musl and a linker, so no C cross-compiler is needed
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    rustup target add $cpu-unknown-linux-musl
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
WORKDIR /src
COPY market/ /src/
# Dependencies stay compiled in the cache mount. Sources are touched because Cargo compares their time stamps with the
# cache: after a checkout of an older commit, they would look unchanged
RUN --mount=type=cache,id=kinds/rust-static/cargo-registry,target=/usr/local/cargo/registry \
    --mount=type=cache,id=kinds/rust-static/cargo-git,target=/usr/local/cargo/git \
    --mount=type=cache,id=kinds/rust-static/cargo-target-$TARGETARCH,target=/target,sharing=locked \
    case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    target=$cpu-unknown-linux-musl && \
    find . -type f -exec touch {} + && \
    CARGO_PROFILE_RELEASE_STRIP=symbols \
    cargo build --release --locked --target "$target" --target-dir /target --package orders-api --bin orders --features postgres && \
    install -D "/target/$target/release/orders" /out/orders

# Writable directories, owned by the service's user
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS directories
RUN install -d -o 65532 -g 65532 /rootfs/data

FROM gcr.io/distroless/static-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=directories /rootfs/ /
COPY --link --chmod=755 market/migrations /app/migrations
COPY --link --from=build /out/orders /usr/local/bin/orders
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/local/bin/orders", "serve"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="rust-static" \
      org.opencontainers.image.base.name="gcr.io/distroless/static-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
