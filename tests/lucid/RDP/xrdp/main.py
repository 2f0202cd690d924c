"""xrdp on 3389 and an HTTP interface beside it; healthy while xrdp answers."""

import pathlib
from contextlib import asynccontextmanager

from fastapi import FastAPI, HTTPException

from xrdp import desktop

PORT = 3389


@asynccontextmanager
async def lifespan(_: FastAPI):
    process = await desktop.start(PORT, pathlib.Path("/etc/xrdp/servers"), pathlib.Path("/etc/ssl/xrdp"))
    yield
    if process.returncode is None:
        process.terminate()
        await process.wait()


app = FastAPI(title="rdp-xrdp", lifespan=lifespan)


@app.get("/health")
async def health() -> dict:
    if not await desktop.answers(PORT):
        raise HTTPException(503, "xrdp does not answer")
    return {"status": "healthy"}
