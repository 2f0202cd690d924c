# Written by dockwright from [services.elasticsearch] in services.toml: change that, not this.

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
FROM elasticsearch:8.19.0 AS programs
# The upstream image runs as a user that may not stage files; nothing of this stage runs later.
# hadolint ignore=DL3002
USER 0
RUN --mount=type=bind,from=dockwright,source=closure.sh,target=/tmp/closure.sh \
    --mount=type=bind,from=runtime,target=/runtime \
    sh /tmp/closure.sh /rootfs /runtime \
      /usr/share/elasticsearch/config \
      /usr/share/elasticsearch/jdk \
      /usr/share/elasticsearch/lib \
      /usr/share/elasticsearch/modules
RUN install -d -o 65532 -g 65532 /rootfs/usr/share/elasticsearch/data /rootfs/usr/share/elasticsearch/logs

FROM runtime
COPY --link --from=probe /usr/bin/healthcheck /usr/bin/healthcheck
COPY --link --from=programs /rootfs /
COPY --link infrastructure/containers/storage/elasticsearch.yml /usr/share/elasticsearch/config/elasticsearch.yml
WORKDIR /usr/share/elasticsearch
ENV ES_JAVA_OPTS="-Xms512m -Xmx512m"
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/base-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="elasticsearch" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 9200
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
  CMD ["/usr/bin/healthcheck", "http", "9200", "/_cluster/health", "9"]
ENTRYPOINT ["/usr/share/elasticsearch/jdk/bin/java", "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC", "-Dcli.name=server", "-Dcli.libs=lib/tools/server-cli", "-Des.path.home=/usr/share/elasticsearch", "-Des.path.conf=/usr/share/elasticsearch/config", "-Des.distribution.type=docker", "-cp", "/usr/share/elasticsearch/lib/*:/usr/share/elasticsearch/lib/cli-launcher/*", "org.elasticsearch.launcher.CliToolLauncher"]
