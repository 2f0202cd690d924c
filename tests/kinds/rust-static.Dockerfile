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

# Manifests without sources: after a change of code, the layer of compiled dependencies is still valid
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS manifests
COPY market/ /src/
RUN --mount=type=bind,from=dockwright,source=manifests.pl,target=/manifests.pl \
    perl /manifests.pl /src /manifests

# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM rust:1-slim-trixie AS build
ARG TARGETARCH
# Rust ships musl and a linker, so no C cross-compiler is needed
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld \
    CARGO_TARGET_DIR=/target \
    CARGO_PROFILE_RELEASE_STRIP=symbols
WORKDIR /src
COPY --from=manifests /manifests/ /src/
# What does not compile with empty sources is left to the next step. rustup respects rust-toolchain.toml
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    target=$cpu-unknown-linux-musl && \
    rustup target add "$target" && \
    cargo fetch --locked --target "$target" && \
    { cargo build --release --locked --offline --keep-going --target "$target" --package orders-api --bin orders --features postgres || true; } && \
    touch -d "@$(($(date +%s) + 1))" /compiled
COPY market/ /src/
# Cargo compares time stamps: sources must be newer than the build with the empty ones
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    target=$cpu-unknown-linux-musl && \
    find . -type f -exec touch -r /compiled {} + && \
    cargo build --release --locked --offline --target "$target" --package orders-api --bin orders --features postgres && \
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
