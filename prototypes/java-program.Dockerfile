# Written by dockwright from [services.ledger] in services.toml: change that, not this.

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

# Byte code is the same on every platform: it is made on the builder's own.
FROM --platform=$BUILDPLATFORM debian:trixie-slim AS build
ARG BUILDARCH
RUN --mount=type=cache,id=apt-$BUILDARCH,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists-$BUILDARCH,target=/var/lib/apt,sharing=locked \
    rm -f /etc/apt/apt.conf.d/docker-clean \
 && apt-get update \
 && apt-get install -y --no-install-recommends openjdk-21-jdk-headless
COPY ledger/src /src
RUN find /src -name '*.java' -fprint /tmp/sources \
 && javac -d /classes --release 21 @/tmp/sources \
 && mkdir /app \
 && jar --create --date=1980-01-01T00:00:02Z --file /app/ledger.jar --main-class lucid.ledger.Main -C /classes .
RUN install -d -o 65532 -g 65532 /rootfs/app/data

FROM gcr.io/distroless/java21-debian13:nonroot
COPY --link --from=probe /usr/bin/healthcheck /usr/bin/healthcheck
COPY --link --from=build /rootfs /
COPY --link --chown=65532:65532 --from=build /app/ledger.jar /app/ledger.jar
WORKDIR /app
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/java21-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="ledger" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 8070
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
  CMD ["/usr/bin/healthcheck", "http", "8070", "/health", "9"]
ENTRYPOINT ["/usr/bin/java", "-XX:MaxRAMPercentage=75.0", "-XX:+ExitOnOutOfMemoryError", "-jar", "/app/ledger.jar"]
