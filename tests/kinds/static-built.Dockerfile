# Shared build helpers
FROM scratch AS dockwright
COPY dockwright/ /

# Static health check: this image has no interpreter to run one
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS probe
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

# Yarn, at the version in `packageManager` of package.json
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manager
WORKDIR /manager
COPY shop/package.json ./
RUN npm install --global --force --no-audit --no-fund \
        "@yarnpkg/cli-dist@$(node -p 'require("./package.json").packageManager.split(/[@+]/)[1]')"
ENV YARN_ENABLE_GLOBAL_CACHE=true \
    YARN_ENABLE_TELEMETRY=false \
    YARN_GLOBAL_FOLDER=/root/.yarn \
    YARN_NODE_LINKER=node-modules

# Package manifests only, so that packages are installed again only when these change
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manifests
WORKDIR /src
COPY shop/package.json shop/yarn.lock shop/packages/web/package.json shop/.yarnrc.ym[l] ./
COPY shop/.yar[n]/ .yarn/
COPY shop/package.json /src/package.json
COPY shop/packages /src/packages
RUN mkdir /manifests && \
    find . -type f \( -name package.json -o -name yarn.lock -o -name .yarnrc.yml -o -path './.yarn/*' \) \
        -exec cp --parents -t /manifests {} +

# The output is platform-independent, so it is built on the build platform, without emulation
FROM manager AS build
WORKDIR /src
COPY --from=manifests /manifests/ ./
RUN --mount=type=cache,id=kinds/static-built/yarn,target=/root/.yarn,sharing=locked \
    yarn install --immutable
COPY shop/package.json /src/package.json
COPY shop/packages /src/packages
RUN yarn --cwd packages/web run bundle

# Caddy without the file capability of its image: a container without that capability could not start it
FROM caddy:2 AS caddy
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS server
RUN --mount=type=bind,from=caddy,source=/usr/bin/caddy,target=/caddy \
    install -D /caddy /rootfs/usr/local/bin/caddy

FROM gcr.io/distroless/static-debian13:nonroot
COPY --link --from=probe /healthcheck /usr/bin/healthcheck
COPY --link --from=server /rootfs/ /
COPY --link <<'END' /etc/caddy/Caddyfile
{
	admin off
	auto_https off
	persist_config off
	storage_clean_interval off
	servers {
		protocols h1 h2c
	}
}

:8080 {
	root /app
	encode
	header {
		-Server
		X-Content-Type-Options nosniff
	}
	handle {
		try_files {path} {path}.html {path}/
		file_server
	}
	handle_errors 404 {
		rewrite * /404.html
		file_server
	}
}
END

COPY --link --chmod=755 --from=build /src/packages/web/dist/ /app/
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/usr/bin/healthcheck", "http", "8080", "/health", "--timeout=9"]
ENTRYPOINT ["/usr/local/bin/caddy", "run", "--config", "/etc/caddy/Caddyfile"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="static-built" \
      org.opencontainers.image.base.name="gcr.io/distroless/static-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
