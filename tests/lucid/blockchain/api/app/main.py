"""The blockchain API."""

from fastapi import FastAPI

from blockchain.config import settings
from blockchain.core.block import Block

app = FastAPI(title=settings.SERVICE)


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", "service": settings.SERVICE, "network": settings.NETWORK}


@app.get("/blocks/genesis")
def genesis() -> Block:
    return Block.over(0, "", [settings.NETWORK])
