FROM gcr.io/distroless/cc-debian13:nonroot AS runtime

# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

# libicu76, plus shared libraries missing from the runtime image. Unpacked, not installed, so no emulation is needed
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS packages
ARG TARGETARCH
RUN --mount=type=cache,id=apt-$TARGETARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$TARGETARCH,target=/var/lib/apt,sharing=locked \
    --mount=type=bind,from=dockwright,source=packages.sh,target=/packages.sh \
    sh /packages.sh $TARGETARCH /packages libicu76
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS programs
RUN --mount=type=bind,from=runtime,target=/runtime \
    --mount=type=bind,from=packages,source=/packages,target=/packages \
    --mount=type=bind,from=dockwright,source=closure.pl,target=/closure.pl \
    perl /closure.pl /rootfs /runtime /packages \
        /usr/lib/*/libicuuc.so.76 \
        /usr/lib/*/libicui18n.so.76

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

# Project files only, so that packages are restored again only when these change
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS projects
WORKDIR /src
RUN --mount=type=bind,source=src,target=/src \
    mkdir /projects && \
    find . -type f \( -name '*.*proj' -o -name '*.props' -o -name '*.targets' -o -name packages.lock.json \
        -o -iname nuget.config -o -name global.json \) -exec cp --parents -t /projects {} +

# Cross-compiled on the build platform, so no emulation is needed
FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
WORKDIR /src
COPY --from=projects /projects ./
RUN dotnet restore Basket/Basket.fsproj -a $TARGETARCH -p:SelfContained=true
COPY src/Directory.Build.props /src/Directory.Build.props
COPY src/Basket /src/Basket
COPY src/Shared /src/Shared
# The runtime gets its own layer, which only changes with the SDK
RUN dotnet publish Basket/Basket.fsproj -a $TARGETARCH -c Release -o /app \
        -p:SelfContained=true -p:ContinuousIntegrationBuild=true && \
    mkdir /framework && \
    for file in /root/.nuget/packages/microsoft.*.runtime.linux-*/*/runtimes/*/lib/*/* \
            /root/.nuget/packages/microsoft.*.runtime.linux-*/*/runtimes/*/native/*; do \
        if [ -f "/app/${file##*/}" ]; then mv "/app/${file##*/}" /framework/ || exit; fi; \
    done

# Writable directories, owned by the service's user
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS directories
RUN install -d -o 65532 -g 65532 /rootfs/data

FROM runtime
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=programs /rootfs/ /
COPY --link --from=directories /rootfs/ /
COPY --link --chmod=755 --from=build /framework/ /app/
COPY --link --chmod=755 --from=build /app/ /app/
COPY --chmod=755 src/Basket/appsettings.Docker.json /etc/basket.json
WORKDIR /app
ENV ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_EnableDiagnostics=0 \
    DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=false
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/app/Shop.Basket", "--environment=Docker"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="dotnet-programs" \
      org.opencontainers.image.base.name="gcr.io/distroless/cc-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
