"""Controls remote-desktop sessions."""

import controller
from fastapi import FastAPI

app = FastAPI(title="rdp-controller")


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", **controller.view("guest")}
