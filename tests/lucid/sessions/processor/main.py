"""Compresses chunks of a session."""

import asyncio

import blake3
import brotli
import lz4.frame
import zstandard

from sessions.core.serve import serve

SAMPLE = b"a chunk of a session " * 512


def sizes() -> dict:
    return {
        "brotli": len(brotli.compress(SAMPLE, quality=4)),
        "lz4": len(lz4.frame.compress(SAMPLE)),
        "zstandard": len(zstandard.compress(SAMPLE)),
    }


def health() -> dict:
    return {"status": "healthy", "digest": blake3.blake3(SAMPLE).hexdigest(), **sizes()}

if __name__ == "__main__":
    asyncio.run(serve(8085, {"/health": health}))
