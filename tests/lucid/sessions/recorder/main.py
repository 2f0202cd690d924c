"""Records sessions; healthy once ffmpeg has recorded something."""

import asyncio

from sessions.core.serve import serve
from sessions.recorder import ffmpeg


async def main() -> None:
    first = await ffmpeg.record("self-test")
    await serve(8084, {"/health": lambda: {"status": "healthy", "recorded": first.stat().st_size}})


if __name__ == "__main__":
    asyncio.run(main())
