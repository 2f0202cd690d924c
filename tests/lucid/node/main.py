"""Manages the nodes of the network."""

import asyncio
import os

import blake3

from .serve import serve


def health() -> dict:
    return {"status": "healthy", "node": blake3.blake3(os.environ.get("HOSTNAME", "").encode()).hexdigest(8)}


if __name__ == "__main__":
    asyncio.run(serve(int(os.environ.get("NODE_MANAGEMENT_PORT", "8095")), {"/health": health}))
