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

FROM gcr.io/distroless/java21-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --chmod=755 jar/opentelemetry-javaagent.jar /app/agent.jar
COPY --link --chmod=755 jar/target/shop.jar /app/app.jar
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 jar/templates /app/templates
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/bin/java", "-javaagent:/app/agent.jar", "-jar", "/app/app.jar"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="jar" \
      org.opencontainers.image.base.name="gcr.io/distroless/java21-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
