"""Chunks on disk, sealed and compressed, named by their digest."""

import os
import pathlib

import blake3
import zstd

from sessions.encryption import seal

DIRECTORY = pathlib.Path(os.environ.get("LUCID_CHUNK_STORE_PATH", "/data/chunks"))


def put(chunk: bytes) -> str:
    name = blake3.blake3(chunk).hexdigest()
    (DIRECTORY / name).write_bytes(seal.seal(zstd.compress(chunk)))
    return name


def get(name: str) -> bytes:
    return zstd.decompress(seal.open_((DIRECTORY / name).read_bytes()))
