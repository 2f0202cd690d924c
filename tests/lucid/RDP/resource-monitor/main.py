"""Watches what the machine has left."""

import psutil
from fastapi import FastAPI

app = FastAPI(title="rdp-monitor")


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", "memory": psutil.virtual_memory().percent, "cpus": psutil.cpu_count()}
