"""What the gateway knows of the services behind it."""

import os

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")


@router.get("/meta/health")
def health() -> dict:
    return {"status": "healthy", "service": os.environ.get("SERVICE_NAME", "api-gateway")}


@router.get("/meta/services")
def services() -> dict:
    return {name: url for name, url in sorted(os.environ.items()) if name.endswith("_URL") and "@" not in url}
