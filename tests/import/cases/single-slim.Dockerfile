FROM python:3.11-slim
ARG VERSION=1.0
WORKDIR /app
RUN apt-get update && apt-get install -y gcc libpq-dev curl && rm -rf /var/lib/apt/lists/*
COPY orders/requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY orders/ .
ENV PYTHONUNBUFFERED=1 LOG_LEVEL=info
EXPOSE 8000
HEALTHCHECK --interval=15s CMD curl -f http://localhost:8000/health || exit 1
CMD ["uvicorn", "app.main:app", "--host", "0.0.0.0", "--port", "8000"]
