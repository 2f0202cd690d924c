"""Records sessions; healthy once ffmpeg has recorded something."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from sessions.recorder import ffmpeg


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    app.state.first = await ffmpeg.record("self-test")
    yield


app = FastAPI(title="session-recorder", lifespan=lifespan)


@app.get("/health")
def health() -> dict:
    return {"status": "healthy", "recorded": app.state.first.stat().st_size}


if __name__ == "__main__":
    uvicorn.run("sessions.recorder.main:app", host="0.0.0.0", port=8084)
