# Written by dockwright from [services.gui] in services.toml: change that, not this.

# What is built runs in browsers, the same on every platform: it is made on the builder's own.
FROM --platform=$BUILDPLATFORM node:24-trixie-slim AS build
ARG BUILDARCH
RUN install -d -o 65532 -g 65532 /rootfs/app/data /rootfs/app/logs
WORKDIR /src
COPY electron-gui/package.json electron-gui/package-lock.json ./
RUN --mount=type=cache,id=npm-$BUILDARCH,target=/root/.npm \
    npm ci --no-audit --no-fund
COPY electron-gui ./
RUN npm run build:renderer

FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY --link --from=build /rootfs /
COPY --link --chown=65532:65532 electron-gui/server.mjs /app/server.mjs
COPY --link --chown=65532:65532 --from=build /src/dist/renderer /app/dist/renderer
WORKDIR /app
ENV NODE_ENV="production" \
    PORT="8083"
ARG CREATED
ARG REVISION
ARG VERSION
LABEL org.opencontainers.image.base.name="gcr.io/distroless/nodejs24-debian13:nonroot" \
      org.opencontainers.image.created="$CREATED" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.source="https://github.com/HamiGames/Lucid" \
      org.opencontainers.image.title="gui" \
      org.opencontainers.image.version="$VERSION"
USER 65532:65532
EXPOSE 8083
HEALTHCHECK --interval=30s --timeout=10s --start-period=40s --start-interval=2s --retries=3 \
  CMD ["/nodejs/bin/node", "-e", "const end = why => { if (why) console.error(why); process.exit(why ? 1 : 0) }; setTimeout(end, 9000, 'no answer in time'); require('http').get('http://127.0.0.1:8083/health', r => end(r.statusCode < 400 ? '' : 'status ' + r.statusCode)).on('error', e => end(String(e)))"]
ENTRYPOINT ["/nodejs/bin/node", "/app/server.mjs"]
