"""Watches the databases."""

import asyncio
import os
import shutil

import orjson

from .serve import serve


def health() -> dict:
    return orjson.loads(orjson.dumps({"status": "healthy", "free": shutil.disk_usage("/data/metrics").free}))


if __name__ == "__main__":
    asyncio.run(serve(int(os.environ.get("MONITORING_SERVICE_PORT", "8091")), {"/health": health}))
