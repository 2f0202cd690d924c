ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY orders /app/orders
EXPOSE 8000
HEALTHCHECK NONE
ENTRYPOINT ["python3", "-m", "orders.main"]
