# Yarn, at the version in `packageManager` of package.json
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manager
WORKDIR /manager
COPY package.json ./
RUN npm install --global --force --no-audit --no-fund \
        "@yarnpkg/cli-dist@$(node -p 'require("./package.json").packageManager.split(/[@+]/)[1]')"
ENV YARN_ENABLE_GLOBAL_CACHE=true \
    YARN_ENABLE_TELEMETRY=false \
    YARN_GLOBAL_FOLDER=/root/.yarn \
    YARN_NODE_LINKER=node-modules

# Package manifests only, so that packages are installed again only when these change
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS manifests
WORKDIR /src
COPY package.json yarn.lock packages/api/package.json .yarnrc.ym[l] ./
COPY .yar[n]/ .yarn/
COPY package.json /src/package.json
COPY packages /src/packages
RUN mkdir /manifests && \
    find . -type f \( -name package.json -o -name yarn.lock -o -name .yarnrc.yml -o -path './.yarn/*' \) \
        -exec cp --parents -t /manifests {} +

# Production packages with prebuilt binaries for the target platform. Install scripts are skipped, because they would
# compile or download for the build platform
FROM manager AS packages
ARG TARGETARCH
WORKDIR /app
COPY --from=manifests /manifests/ ./
RUN --mount=type=cache,id=kinds/node-member/yarn,target=/root/.yarn,sharing=locked \
    case $TARGETARCH in amd64) cpu=x64 ;; *) cpu=$TARGETARCH ;; esac && \
    cp yarn.lock /tmp/yarn.lock && \
    yarn install --mode=update-lockfile && \
    cmp yarn.lock /tmp/yarn.lock && \
    yarn config set --json supportedArchitectures \
        "{\"os\":[\"linux\"],\"cpu\":[\"$cpu\"],\"libc\":[\"glibc\"]}" && \
    YARN_ENABLE_SCRIPTS=false yarn --cwd packages/api workspaces focus --production && \
    mkdir -p node_modules && \
    rm -rf .[a-z]*

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=packages /app/ /app/
# Code is owned by root: the service can read it but not change it
COPY --link --chmod=755 package.json /app/package.json
COPY --link --chmod=755 packages /app/packages
WORKDIR /app/packages/api
ENV NODE_ENV=production
EXPOSE 8080
USER 65532:65532
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
    CMD ["/nodejs/bin/node", "-e", "const ask = ([to, ...rest]) => require('http').get({ ...to, path: '/health' }, r => process.exit(r.statusCode < 400 ? 0 : 1)).on('error', () => rest[0] ? ask(rest) : process.exit(1)); setTimeout(() => process.exit(1), 9000); ask([{ host: '127.0.0.1', port: 8080 }, { host: '::1', port: 8080 }])"]
ENTRYPOINT ["/nodejs/bin/node", "/app/packages/api/server.js"]

ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="node-member" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.version="$VERSION"
