FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install -y gcc libpq5 libssl3
RUN python3 -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install -r requirements.txt
FROM gcr.io/distroless/python3-debian12:nonroot
COPY --from=build /venv/lib/python3.11/site-packages /packages
COPY --from=build /usr/lib/x86_64-linux-gnu/libpq.so.5 /usr/lib/x86_64-linux-gnu/
COPY --from=build /usr/lib/x86_64-linux-gnu/libgdbm.so.6 /usr/lib/x86_64-linux-gnu/
COPY orders /app/orders
WORKDIR /app
ENV PYTHONPATH=/packages:/app
ENTRYPOINT ["/usr/bin/python3.11", "-m", "orders.main"]
