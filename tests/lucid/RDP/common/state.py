"""States of a session."""

STATES = ("created", "running", "stopped")
