"""Starts and stops remote-desktop servers."""

from fastapi import FastAPI

from server import ports

app = FastAPI(title="rdp-server-manager")


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", "next": ports.free(set())}
