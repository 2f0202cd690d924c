# Yarn, at the version in `packageManager` of package.json
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manager
WORKDIR /manager
COPY node-yarn/package.json ./
RUN npm install --global --force --no-audit --no-fund \
        "yarn@$(node -p '(require("./package.json").packageManager ?? "yarn@1.22.22").split(/[@+]/)[1]')"
ENV YARN_CACHE_FOLDER=/root/.yarn

# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform
FROM manager AS packages
ARG TARGETARCH
WORKDIR /app
COPY node-yarn/package.json node-yarn/yarn.lock node-yarn/.yarnr[c] node-yarn/.npmr[c] ./
RUN --mount=type=cache,id=kinds/node-yarn/yarn-classic,target=/root/.yarn,sharing=locked \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    NODE_OPTIONS="--import=data:text/javascript,Object.defineProperty(process,'arch',{value:'$cpu'})" \
    yarn install --frozen-lockfile --non-interactive --production --ignore-scripts && \
    find . -type d -path '*/node_modules/*linux*musl*' -prune -exec rm -rf {} + && \
    mkdir -p node_modules

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=packages /app/node_modules/ /app/node_modules/
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 node-yarn /app/
WORKDIR /app
ENV NODE_ENV=production
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "const ask = ([to, ...rest]) => require('http').get({ ...to, path: '/health' }, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => rest[0] ? ask(rest) : process.exit(1)); setTimeout(() => process.exit(1), 9000); ask([{ host: '127.0.0.1', port: 8080 }, { host: '::1', port: 8080 }])"]
ENTRYPOINT ["/nodejs/bin/node", "/app/src/main.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="node-yarn" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
