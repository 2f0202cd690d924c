FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y redis-server && apt-get clean
COPY conf/redis.conf /etc/redis/redis.conf
USER redis
EXPOSE 6379
HEALTHCHECK CMD redis-cli ping
ENTRYPOINT ["redis-server", "/etc/redis/redis.conf", "--save", "60 1"]
