"""The administrators' interface."""

import blake3
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

app = FastAPI(title="admin-interface")
PAGE = "<!doctype html><title>lucid</title><h1>lucid</h1>"


@app.get("/admin/health")
def health() -> dict:
    return {"status": "healthy", "page": blake3.blake3(PAGE.encode()).hexdigest(8)}


@app.get("/admin", response_class=HTMLResponse)
def page() -> str:
    return PAGE
