FROM python:3.12-slim
RUN pip install poetry==1.8.3
COPY pyproject.toml poetry.lock ./
RUN poetry config virtualenvs.create false && poetry install --no-dev
COPY orders orders
EXPOSE 8000
CMD ["poetry", "run", "gunicorn", "orders.web:app"]
