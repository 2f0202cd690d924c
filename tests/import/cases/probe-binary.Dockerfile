FROM golang:1.23 AS probe
COPY conf /src
RUN go build -o /usr/bin/probe /src
FROM debian:bookworm-slim AS native
RUN apt-get update && apt-get install -y xrdp openssl
FROM gcr.io/distroless/base-debian12:arm64
COPY --from=probe /usr/bin/probe /usr/bin/probe
COPY --from=native /usr/sbin/xrdp /usr/sbin/xrdp
COPY --from=busybox:1.36 /bin/sh /bin/sh
WORKDIR /var/run/xrdp
EXPOSE 3389
HEALTHCHECK CMD ["/usr/bin/probe", "-port", "3389"]
ENTRYPOINT ["/usr/sbin/xrdp", "--nodaemon"]
