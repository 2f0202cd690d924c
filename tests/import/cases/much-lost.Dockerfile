FROM python:3.12-slim-bookworm
WORKDIR /app
RUN apt-get update && apt-get install -y libmagic1 wkhtmltopdf 2>&1 > /dev/null
COPY requirements.txt own-authority.crt ./
COPY own-authority.crt /usr/local/share/ca-certificates/
RUN update-ca-certificates
RUN --mount=type=secret,id=pip,target=/etc/pip.conf pip install -r requirements.txt
RUN echo "Europe/Berlin" > /etc/timezone && printf 'a=1\n' | tee /etc/ledger.conf
ADD --chmod=0750 model.tar.gz /models/
COPY ledger ledger
ARG STAGE=production
ENV LEDGER_STAGE=${STAGE} LEDGER_HOME=/app/ledger
ENV LEDGER_NAME=a-$LEDGER_STAGE
EXPOSE 8000
HEALTHCHECK CMD curl -fsS -H "Host: ledger" http://localhost:8000/healthz
CMD ["ledger", "serve"]
