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

# Byte code is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM eclipse-temurin:21-jdk-noble AS build
WORKDIR /src
# The Gradle distribution of the wrapper gets its own layer. Archives have no time stamps and a fixed order of files,
# so that builds are reproducible
COPY gradle/gradlew /src/gradlew
COPY gradle/gradle/wrapper /src/gradle/wrapper
RUN echo 'allprojects { tasks.withType(AbstractArchiveTask) { \
        preserveFileTimestamps = false; reproducibleFileOrder = true } }' > /reproducible.gradle && \
    sh gradlew --version
COPY gradle/ /src/
RUN --mount=type=cache,id=kinds/gradle/gradle,target=/root/.gradle/caches,sharing=locked \
    sh gradlew --no-daemon --console=plain --init-script /reproducible.gradle \
        assemble && \
    mkdir /app /jars && \
    find build/libs -maxdepth 1 -name '*.jar' \
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
LABEL org.opencontainers.image.title="gradle" \
      org.opencontainers.image.base.name="gcr.io/distroless/java21-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
