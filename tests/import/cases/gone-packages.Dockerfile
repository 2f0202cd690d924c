FROM python:3.9-slim-bullseye AS builder
RUN apt-get update && apt-get install -y gcc libpcre3-dev postgresql-server-dev-13
COPY requirements.txt .
RUN pip install --user -r requirements.txt

FROM python:3.9-slim-bullseye
COPY --from=builder /root/.local /root/.local
COPY orders /app/orders
WORKDIR /app
EXPOSE 8000
CMD ["python", "-m", "orders.main"]
