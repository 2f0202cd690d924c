FROM python:3.13-slim-bookworm
WORKDIR /app
COPY requirements.txt ./
RUN --mount=type=cache,target=/root/.cache pip install -r requirements.txt > /dev/null 2>&1
RUN update-ca-certificates && echo done
COPY ledger ledger
USER 65532
EXPOSE 8000
HEALTHCHECK CMD curl -fsS http://localhost:8000/healthz
CMD ["gunicorn", "-b", ":8000", "ledger.wsgi"]
