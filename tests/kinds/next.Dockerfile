# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS packages
ARG TARGETARCH
WORKDIR /app
COPY storefront/package.json storefront/package-lock.json storefront/.npmr[c] ./
RUN --mount=type=cache,id=kinds/next/npm,target=/root/.npm,sharing=locked \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
        --cpu=$cpu --os=linux --libc=glibc && \
    mkdir -p node_modules

# The output is platform-independent, so it is built on the build platform, without emulation
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
WORKDIR /src
COPY storefront/package.json storefront/package-lock.json storefront/.npmr[c] ./
RUN --mount=type=cache,id=kinds/next/npm,target=/root/.npm,sharing=locked \
    npm ci --no-audit --no-fund
COPY storefront/ /src/
RUN npm run build
WORKDIR /src/.next
RUN cp -r static standalone/.next/ && \
    if [ -d ../public ]; then cp -r ../public standalone/; fi
# Replace the native packages that Next.js copied from the build platform with those for the target platform
ARG BUILDARCH
ARG TARGETARCH
WORKDIR /src/.next/standalone
RUN --mount=type=bind,from=packages,source=/app,target=/packages \
    case $BUILDARCH in amd64) from=x64 ;; *) from=$BUILDARCH ;; esac && \
    case $TARGETARCH in amd64) to=x64 ;; *) to=$TARGETARCH ;; esac && \
    find . -type d -path '*/node_modules/*linux*musl*' -prune -exec rm -rf {} + && \
    find . -type d -path '*/node_modules/*' -name "*linux*-$from*" -prune > /tmp/parts && \
    while read -r part; do \
        other=${part%-"$from"*}-$to${part##*-"$from"} && \
        rm -rf "$part" && \
        cp -r "/packages/$other" "$other" || exit 1; \
    done < /tmp/parts

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --chmod=755 --from=build /src/.next/standalone/ /app/
WORKDIR /app
ENV HOSTNAME=0.0.0.0 \
    NODE_ENV=production \
    PORT=8080
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "const ask = ([to, ...rest]) => require('http').get({ ...to, path: '/health' }, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => rest[0] ? ask(rest) : process.exit(1)); setTimeout(() => process.exit(1), 9000); ask([{ host: '127.0.0.1', port: 8080 }, { host: '::1', port: 8080 }])"]
ENTRYPOINT ["/nodejs/bin/node", "/app/server.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="next" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
