FROM node:20-slim AS build
WORKDIR /web
COPY web/ ./
RUN npm ci && npm run build:prod
FROM gcr.io/distroless/nodejs20-debian12:nonroot
WORKDIR /app
COPY --from=build /web/server.js /app/server.js
COPY --from=build /web/dist /app/dist
ENV NODE_ENV=production
EXPOSE 3000
CMD ["/app/server.js"]
