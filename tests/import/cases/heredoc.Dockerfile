# escape=`
FROM python:3.13-slim AS build
RUN <<EOF
set -e
apt-get update
apt-get install -y git
pip install --no-cache-dir fastapi==0.121.3 'uvicorn[standard]==0.38.0'
mkdir -p /app/{cache,logs}
EOF
COPY <<EOT /app/settings.ini
[main]
EOT
from gcr.io/distroless/python3-debian13:nonroot
copy --from=build /usr/local/lib/python3.13/site-packages /usr/lib/python3/dist-packages
copy --from=build /app /app
copy orders/main.py /app/main.py
workdir /app
expose 8080
entrypoint ["/usr/bin/python3.13", "-m", "uvicorn", `
  "main:app", "--port=8080", "--workers", "4"]
