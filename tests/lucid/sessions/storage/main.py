"""Keeps chunks of sessions; healthy when a chunk comes back as it was put."""

import asyncio
import os

from sessions.core.serve import serve
from sessions.storage import chunks


def health() -> dict:
    name = chunks.put(b"a chunk of a session")
    return {"status": "healthy", "chunk": name, "bytes": len(chunks.get(name))}


if __name__ == "__main__":
    asyncio.run(serve(int(os.environ.get("LUCID_STORAGE_PORT", "8086")), {"/health": health}))
