FROM python:3.11-slim AS base
WORKDIR /src
FROM base AS build
COPY ["orders/requirements.txt", "./"]
RUN --mount=type=cache,target=/root/.cache/pip pip install --user -r requirements.txt
COPY orders/app ./app
COPY orders/main.py ./
RUN ./tools/generate --all
FROM gcr.io/distroless/python3-debian11
COPY --from=build /root/.local /root/.local
COPY --from=build /src/app /app/app
COPY --from=build /src/main.py /app/main.py
COPY --from=build /src/generated /app/generated
WORKDIR /app
STOPSIGNAL SIGINT
USER 65532:65532
EXPOSE 8001 8002/udp
CMD ["main.py"]
