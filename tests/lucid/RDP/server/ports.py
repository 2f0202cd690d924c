"""Ports that the servers get, one a session."""

FIRST, LAST = 13389, 14389


def free(taken: set[int]) -> int | None:
    return next((port for port in range(FIRST, LAST + 1) if port not in taken), None)
