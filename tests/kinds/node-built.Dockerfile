# pnpm, at the version in `packageManager` of package.json
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manager
WORKDIR /manager
COPY shop/front/package.json ./
RUN npm install --global --force --no-audit --no-fund \
        "pnpm@$(node -p 'require("./package.json").packageManager.split(/[@+]/)[1]')"

# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform. pnpm's state files are removed: the time in them would change
# the layer
FROM manager AS packages
ARG TARGETARCH
WORKDIR /app
COPY shop/front/package.json shop/front/pnpm-lock.yaml shop/front/pnpm-workspace.yam[l] shop/front/.npmr[c] ./
COPY shop/front/patche[s]/ patches/
RUN --mount=type=cache,id=kinds/node-built/pnpm,target=/root/.pnpm-store,sharing=locked \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    pnpm install --frozen-lockfile --prod --ignore-scripts --store-dir=/root/.pnpm-store \
        --cpu=$cpu --os=linux --libc=glibc && \
    rm -f node_modules/.modules.yaml node_modules/.pnpm-workspace-state* && \
    mkdir -p node_modules

# The output is platform-independent, so it is built on the build platform, without emulation
FROM manager AS build
WORKDIR /src
COPY shop/front/package.json shop/front/pnpm-lock.yaml shop/front/pnpm-workspace.yam[l] shop/front/.npmr[c] ./
COPY shop/front/patche[s]/ patches/
RUN --mount=type=cache,id=kinds/node-built/pnpm,target=/root/.pnpm-store,sharing=locked \
    pnpm install --frozen-lockfile --store-dir=/root/.pnpm-store
COPY shop/front/tsconfig.json /src/tsconfig.json
COPY shop/front/src /src/src
COPY shop/front/views /src/views
RUN pnpm run compile

# Writable directories, owned by the service's user
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS directories
RUN install -d -o 65532 -g 65532 /rootfs/data

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=directories /rootfs/ /
COPY --link --from=packages /app/node_modules/ /app/node_modules/
COPY --link --chmod=755 shop/front/package.json /app/package.json
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 shop/front/tsconfig.json /app/tsconfig.json
COPY --link --chmod=755 shop/front/src /app/src
COPY --link --chmod=755 shop/front/views /app/views
COPY --link --chmod=755 --from=build /src/dist /app/dist
WORKDIR /app
ENV NODE_ENV=production
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "const ask = ([to, ...rest]) => require('http').get({ ...to, path: '/health' }, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => rest[0] ? ask(rest) : process.exit(1)); setTimeout(() => process.exit(1), 9000); ask([{ host: '127.0.0.1', port: 8080 }, { host: '::1', port: 8080 }])"]
ENTRYPOINT ["/nodejs/bin/node", "/app/dist/main.js", "--port=8080"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="node-built" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
