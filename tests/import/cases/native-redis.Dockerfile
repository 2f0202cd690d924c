FROM redis:7.2-alpine
COPY conf/redis.conf /usr/local/etc/redis/redis.conf
EXPOSE 6379
HEALTHCHECK --interval=5s --timeout=1s CMD redis-cli ping | grep PONG
ENTRYPOINT ["docker-entrypoint.sh", "redis-server", "/usr/local/etc/redis/redis.conf"]
