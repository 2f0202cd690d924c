"""Seals chunks."""

import os

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

KEY = ChaCha20Poly1305.generate_key()


def seal(chunk: bytes) -> bytes:
    nonce = os.urandom(12)
    return nonce + ChaCha20Poly1305(KEY).encrypt(nonce, chunk, None)


def open_(sealed: bytes) -> bytes:
    return ChaCha20Poly1305(KEY).decrypt(sealed[:12], sealed[12:], None)
