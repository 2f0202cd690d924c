FROM python:3.12-slim
ENV APP_HOME=/srv/app PYTHONPATH=/srv/app/src:/srv/lib OTHER=/srv/application
WORKDIR $APP_HOME
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY orders src/orders
EXPOSE 8443
HEALTHCHECK CMD curl -fk https://localhost:8443/health
CMD ["python", "-m", "orders.main"]
