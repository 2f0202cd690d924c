# The packages that the program needs, with the parts for the target's processor; none of their install scripts runs,
# because what one compiles or fetches would be for the builder's
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS packages
ARG TARGETARCH
WORKDIR /app
RUN --mount=type=cache,id=pnpm-node-built,target=/root/.pnpm-store,sharing=locked \
    --mount=type=bind,source=shop/front/package.json,target=package.json \
    --mount=type=bind,source=shop/front/pnpm-lock.yaml,target=pnpm-lock.yaml \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    corepack pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/root/.pnpm-store \
        --cpu=$cpu --os=linux --libc=glibc && \
    mkdir -p node_modules

# What the script makes runs on every platform, so it is built on the builder's own
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /src
RUN --mount=type=cache,id=pnpm-node-built,target=/root/.pnpm-store,sharing=locked \
    --mount=type=bind,source=shop/front/package.json,target=package.json \
    --mount=type=bind,source=shop/front/pnpm-lock.yaml,target=pnpm-lock.yaml \
    corepack pnpm install --frozen-lockfile --store-dir=/root/.pnpm-store
COPY shop/front/package.json ./
COPY shop/front/tsconfig.json /src/tsconfig.json
COPY shop/front/src /src/src
COPY shop/front/views /src/views
RUN corepack pnpm run compile

# Writable directories, owned by the service's user
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS directories
RUN install -d -o 65532 -g 65532 /rootfs/data

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=directories /rootfs/ /
COPY --link --from=packages /app/node_modules/ /app/node_modules/
COPY --link --chmod=755 shop/front/package.json /app/package.json
# Code belongs to root: the service can read it and cannot change it
COPY --link --chmod=755 shop/front/tsconfig.json /app/tsconfig.json
COPY --link --chmod=755 shop/front/src /app/src
COPY --link --chmod=755 shop/front/views /app/views
COPY --link --chmod=755 --from=build /src/dist /app/dist
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:8080/health', { redirect: 'manual', signal: AbortSignal.timeout(9000) }).then(r => process.exit(r.status < 400 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/main.js", "--port=8080"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="node-built" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
