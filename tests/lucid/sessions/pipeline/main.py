"""The pipeline that a session goes through."""

import orjson
import uvicorn
from fastapi import FastAPI

from sessions.pipeline.config import Settings

STAGES = orjson.loads(b'["capture", "compress", "encrypt", "anchor"]')

app = FastAPI(title="session-pipeline")


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", "stages": STAGES}


if __name__ == "__main__":
    settings = Settings()
    uvicorn.run("sessions.pipeline.main:app", host=settings.host, port=settings.port, log_level="debug" if settings.debug else "info")
