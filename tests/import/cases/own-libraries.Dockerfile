FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev libpq5 libmagic1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /srv/shop
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY orders orders
CMD gunicorn -b 0.0.0.0:${PORT:-8000} orders.wsgi
