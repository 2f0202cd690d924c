"""Digests of blocks."""

import hashlib


def merkle_root(leaves: list[bytes]) -> str:
    level = [hashlib.sha256(leaf).digest() for leaf in leaves] or [bytes(32)]
    while len(level) > 1:
        level += level[-1:] * (len(level) % 2)
        level = [hashlib.sha256(a + b).digest() for a, b in zip(level[::2], level[1::2])]
    return level[0].hex()
