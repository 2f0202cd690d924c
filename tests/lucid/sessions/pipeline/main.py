"""The pipeline that a session goes through."""

import asyncio
import os

import orjson

from sessions.core.serve import serve

STAGES = orjson.loads(b'["capture", "compress", "encrypt", "anchor"]')


def health() -> dict:
    return {"status": "healthy", "stages": STAGES}

if __name__ == "__main__":
    asyncio.run(serve(int(os.environ.get("PORT", "8083")), {"/health": health}))
