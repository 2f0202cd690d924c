"""TRON addresses: base58 with a checksum."""

import hashlib

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def valid(address: str) -> bool:
    if len(address) != 34 or any(c not in ALPHABET for c in address):
        return False
    number = 0
    for c in address:
        number = number * 58 + ALPHABET.index(c)
    try:
        data = number.to_bytes(25, "big")
    except OverflowError:
        return False
    return data[0] == 0x41 and hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4] == data[21:]
