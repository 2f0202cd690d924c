"""The remote-desktop server's manager, as the package RDP."""

from cryptography.hazmat.primitives import hashes
from fastapi import FastAPI

from RDP.server import ports

app = FastAPI(title="rdp")


@app.get("/health")
def health() -> dict:
    digest = hashes.Hash(hashes.SHA256())
    digest.update(str(ports.FIRST).encode())
    return {"status": "healthy", "next": ports.free(set()), "digest": digest.finalize().hex()}
