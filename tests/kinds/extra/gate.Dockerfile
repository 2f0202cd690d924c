# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

# Static health check: this image has no interpreter to run one
FROM --platform=$BUILDPLATFORM rust:1-slim-trixie AS probe
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
FROM --platform=$BUILDPLATFORM rust:1-slim-trixie AS manifests
COPY gate/ /src/
RUN --mount=type=bind,from=dockwright,source=manifests.pl,target=/manifests.pl \
    perl /manifests.pl /src /manifests

# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM rust:1-slim-trixie AS build
ARG BUILDARCH
ARG TARGETARCH
# C cross-compiler, to link and to compile C code in crates
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    case $TARGETARCH in amd64) cross=gcc-x86-64-linux-gnu ;; arm64) cross=gcc-aarch64-linux-gnu ;; *) exit 1 ;; esac && \
    rm -f /etc/apt/apt.conf.d/docker-clean && \
    apt-get update && \
    apt-get install -y --no-install-recommends $cross "libc6-dev-$TARGETARCH-cross"
ENV CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER=x86_64-linux-gnu-gcc \
    CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=aarch64-linux-gnu-gcc \
    CARGO_TARGET_DIR=/target \
    CARGO_PROFILE_RELEASE_STRIP=symbols
WORKDIR /src
# From extra.build in services.toml
ENV RUSTFLAGS=-Ctarget-cpu=x86-64-v2
COPY --from=manifests /manifests/ /src/
# What does not compile with empty sources is left to the next step. rustup respects rust-toolchain.toml
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    target=$cpu-unknown-linux-gnu && \
    rustup target add "$target" && \
    cargo fetch --locked --target "$target" && \
    { cargo build --release --locked --offline --keep-going --target "$target" --bin gate || true; } && \
    touch -d "@$(($(date +%s) + 1))" /compiled
COPY gate/ /src/
# Cargo compares time stamps: sources must be newer than the build with the empty ones
RUN case $TARGETARCH in amd64) cpu=x86_64 ;; arm64) cpu=aarch64 ;; *) exit 1 ;; esac && \
    target=$cpu-unknown-linux-gnu && \
    find . -type f -exec touch -r /compiled {} + && \
    cargo build --release --locked --offline --target "$target" --bin gate && \
    install -D "/target/$target/release/gate" /out/gate

FROM gcr.io/distroless/cc-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=build /out/gate /usr/local/bin/gate
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/local/bin/gate"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="gate" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
