# pnpm, at the version in `packageManager` of package.json
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manager
WORKDIR /manager
COPY shop/package.json ./
RUN npm install --global --force --no-audit --no-fund \
        "pnpm@$(node -p 'require("./package.json").packageManager.split(/[@+]/)[1]')"

# Package manifests only, so that packages are installed again only when these change
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manifests
WORKDIR /src
COPY shop/ /src/
RUN mkdir /manifests && \
    find . -type f \( -name package.json -o -name pnpm-lock.yaml -o -name pnpm-workspace.yaml -o -name .npmrc -o -path './patches/*' \) \
        -exec cp --parents -t /manifests {} +

# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform. pnpm's state files are removed: the time in them would change
# the layer
FROM manager AS packages
ARG TARGETARCH
WORKDIR /app
COPY --from=manifests /manifests/ ./
RUN --mount=type=cache,id=kinds/node-built-member/pnpm,target=/root/.pnpm-store,sharing=locked \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/root/.pnpm-store \
        --filter='{./apps/orders}...' \
        --cpu=$cpu --os=linux --libc=glibc && \
    rm -f node_modules/.modules.yaml node_modules/.pnpm-workspace-state* && \
    mkdir -p node_modules && \
    rm -rf .[a-z]*

# The output is platform-independent, so it is built on the build platform, without emulation
FROM manager AS build
WORKDIR /src
COPY --from=manifests /manifests/ ./
RUN --mount=type=cache,id=kinds/node-built-member/pnpm,target=/root/.pnpm-store,sharing=locked \
    pnpm install --frozen-lockfile --store-dir=/root/.pnpm-store \
        --filter='{./apps/orders}...'
COPY shop/ /src/
RUN pnpm --filter='{./apps/orders}...' run build && \
    find . -name node_modules -prune -exec rm -rf {} +

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=packages /app/ /app/
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 --from=build /src/ /app/
WORKDIR /app/apps/orders
ENV NODE_ENV=production
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "const ask = ([to, ...rest]) => require('http').get({ ...to, path: '/health' }, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => rest[0] ? ask(rest) : process.exit(1)); setTimeout(() => process.exit(1), 9000); ask([{ host: '127.0.0.1', port: 8080 }, { host: '::1', port: 8080 }])"]
ENTRYPOINT ["/nodejs/bin/node", "/app/apps/orders/dist/main.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="node-built-member" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
