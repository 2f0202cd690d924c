# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS packages
ARG TARGETARCH
WORKDIR /app
COPY https-node/package.json https-node/package-lock.json https-node/.npmr[c] ./
RUN --mount=type=cache,id=probed/https-node/npm,target=/root/.npm,sharing=locked \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
        --cpu=$cpu --os=linux --libc=glibc && \
    mkdir -p node_modules

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=packages /app/node_modules/ /app/node_modules/
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 https-node /app/
WORKDIR /app
ENV NODE_ENV=production
EXPOSE 8443
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "const ask = ([to, ...rest]) => require('https').get({ ...to, path: '/live', headers: { host: 'shop.example' }, servername: 'shop.example', rejectUnauthorized: false }, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => rest[0] ? ask(rest) : process.exit(1)); setTimeout(() => process.exit(1), 9000); ask([{ host: '127.0.0.1', port: 8443 }, { host: '::1', port: 8443 }])"]
ENTRYPOINT ["/nodejs/bin/node", "/app/server.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="https-node" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
