ARG NGINX_TAG=1.28
ARG UNUSED
FROM nginx:${NGINX_TAG}
MAINTAINER ops@shop.example
COPY conf/nginx.conf /etc/nginx/nginx.conf
EXPOSE 8080
HEALTHCHECK CMD wget -qO- http://127.0.0.1:8080/ || exit 1
STOPSIGNAL SIGQUIT
CMD ["/usr/sbin/nginx", "-g", "daemon off;"]
