FROM python:3.12-slim-bookworm
ENV PORT=8085
ENV DB_PASSWORD changeme
WORKDIR /srv/orders
COPY requirements*.txt ./
RUN pip install -r requirements.txt -r requirements-prod.txt
COPY orders /srv/orders
RUN mkdir -p /var/log/orders && chown -R 1000:1000 /var/log/orders
RUN useradd -u 1000 app
USER app
EXPOSE $PORT/tcp
HEALTHCHECK CMD python -c "import socket; socket.create_connection(('localhost', 8085), 2)"
CMD ./migrate.sh && exec python -m uvicorn main:app --host 0.0.0.0 --port ${PORT}
