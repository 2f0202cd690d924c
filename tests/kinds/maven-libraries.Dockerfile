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
RUN --mount=type=bind,source=maven-libraries,target=/src \
    mkdir /poms && \
    find . -type f \( -name pom.xml -o -path './.mvn/*' \) -exec cp --parents -t /poms {} +

# Byte code is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM maven:3-eclipse-temurin-21-noble AS build
COPY --from=poms /poms /poms
# Build without sources to download the dependencies; errors about missing sources are ignored
WORKDIR /poms
RUN --mount=type=cache,id=kinds/maven-libraries/maven,target=/root/.m2/repository,sharing=locked \
    mvn -B -ntp --fail-never -DskipTests \
        -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z \
        -DincludeScope=runtime -DoutputDirectory=/poms/lib \
        package org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies && \
    cp -r /root/.m2/repository /repository
COPY maven-libraries/pom.xml /src/pom.xml
COPY maven-libraries/src/main /src/src/main
WORKDIR /src
RUN --mount=type=cache,id=kinds/maven-libraries/maven,target=/root/.m2/repository,sharing=locked \
    mvn -B -ntp -Dmaven.repo.local.tail=/repository -DskipTests \
        -Dproject.build.outputTimestamp=1980-01-01T00:00:02Z \
        -DincludeScope=runtime -DoutputDirectory=/app/lib \
        package org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies && \
    mkdir -p /app/lib /jars && \
    find target -maxdepth 1 -name '*.jar' \
        ! -name '*-sources.jar' ! -name '*-javadoc.jar' ! -name '*-tests.jar' \
        ! -name '*-plain.jar' ! -name 'original-*' \
        -exec cp -t /jars {} + && \
    if ! mv -T /jars/*.jar /app/app.jar; then \
        echo 'set java.jar: there is not exactly one jar to start' >&2; exit 1; fi

FROM gcr.io/distroless/java21-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=build /app/lib/ /app/lib/
COPY --link --from=build /app/app.jar /app/app.jar
COPY --chmod=755 maven-libraries/conf/logging.properties /etc/shop/logging.properties
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/bin/java", "-cp", "/app/app.jar:/app/lib/*", "org.example.Main"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="maven-libraries" \
      org.opencontainers.image.base.name="gcr.io/distroless/java21-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
