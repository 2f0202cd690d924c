"""The sessions that there are."""

from common.state import STATES
from security.access import allowed


def view(role: str) -> dict:
    return {"states": STATES} if allowed(role, "view") else {}
