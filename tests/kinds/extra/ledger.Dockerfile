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

# pom.xml files only, so that dependencies are downloaded again only when these change
FROM --platform=$BUILDPLATFORM maven:3-eclipse-temurin-21-noble AS poms
WORKDIR /src
RUN --mount=type=bind,source=ledger,target=/src \
    mkdir /poms && \
    find . -type f \( -name pom.xml -o -path './.mvn/*' \) -exec cp --parents -t /poms {} +

# Byte code is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM maven:3-eclipse-temurin-21-noble AS build
COPY --from=poms /poms /poms
# Build without sources to download the dependencies; errors about missing sources are ignored
WORKDIR /poms
RUN --mount=type=cache,id=extra/ledger/maven,target=/root/.m2/repository,sharing=locked \
    mvn -B -ntp --fail-never -DskipTests \
        -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z package && \
    cp -r /root/.m2/repository /repository
COPY ledger/ /src/
WORKDIR /src
# From extra.build in services.toml
COPY shared/schema /src/schema
RUN --mount=type=cache,id=extra/ledger/maven,target=/root/.m2/repository,sharing=locked \
    mvn -B -ntp -Dmaven.repo.local.tail=/repository -DskipTests \
        -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z package && \
    mkdir -p /app /jars && \
    find target -maxdepth 1 -name '*.jar' \
        ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-tests.jar' \
        ! -name '*-plain.jar' ! -name 'original-*' \
        -exec cp -t /jars {} + && \
    if ! mv -T /jars/*.jar /app/app.jar; then \
        echo 'set java.jar: there is not exactly one jar to start' >&2; exit 1; fi

FROM gcr.io/distroless/java21-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=build /app/app.jar /app/app.jar
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/bin/java", "-jar", "/app/app.jar"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="ledger" \
      org.opencontainers.image.base.name="gcr.io/distroless/java21-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
