# The packages that the program needs, with the parts for the target's processor; none of their install scripts runs,
# because what one compiles or fetches would be for the builder's
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS packages
ARG TARGETARCH
WORKDIR /app
RUN --mount=type=cache,id=npm-node,target=/root/.npm,sharing=locked \
    --mount=type=bind,source=node/package.json,target=package.json \
    --mount=type=bind,source=node/package-lock.json,target=package-lock.json \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
        --cpu=$cpu --os=linux --libc=glibc && \
    mkdir -p node_modules

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=packages /app/node_modules/ /app/node_modules/
# Code belongs to root: the service can read it and cannot change it
COPY --link --chmod=755 node /app/
WORKDIR /app
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:8080/health', { redirect: 'manual', signal: AbortSignal.timeout(9000) }).then(r => process.exit(r.status < 400 ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/server.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="node" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
