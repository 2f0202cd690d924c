"""Orders: takes them over HTTP, and tells the mail service of each."""

import os
import socket

from fastapi import FastAPI

app = FastAPI()
HOST, PORT = os.environ["MAIL"].split(":")


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/orders")
def orders() -> list[str]:
    with socket.create_connection((HOST, int(PORT)), timeout=2) as mail:
        return [mail.recv(100).decode().strip()]
