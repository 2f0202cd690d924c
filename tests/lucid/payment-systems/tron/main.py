"""The TRON services: one program, named by SERVICE_NAME."""

import logging
import os
import pathlib

from fastapi import FastAPI

from payment_systems.tron.address import valid

SERVICE = os.environ.get("SERVICE_NAME", "tron-client")
LOGS = pathlib.Path("/data/payment-systems/logs")
logging.basicConfig(filename=LOGS / f"{SERVICE}.log", level=logging.INFO)

app = FastAPI(title=SERVICE)


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", "service": SERVICE, "address": valid(os.environ.get("TRON_ADDRESS", ""))}
