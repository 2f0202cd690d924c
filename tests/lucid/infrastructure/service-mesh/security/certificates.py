"""The certificates that the mesh gives its services, and how long they hold."""

from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

DIRECTORY = Path("/etc/ssl/lucid")


def days_left() -> dict[str, int]:
    """Days until each certificate ends, by the name of its file."""
    left = {}
    for path in sorted(DIRECTORY.glob("*.pem")):
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        left[path.stem] = (certificate.not_valid_after_utc - datetime.now(UTC)).days
    return left
