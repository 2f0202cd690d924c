"""Records with ffmpeg."""

import asyncio
import os
import pathlib

DIRECTORY = pathlib.Path(os.environ.get("LUCID_RECORDING_PATH", "/data/recordings"))


async def record(name: str, seconds: int = 1) -> pathlib.Path:
    """Records a test picture and returns the file; raises when ffmpeg fails."""
    file = DIRECTORY / f"{name}.mkv"
    picture = f"testsrc=duration={seconds}:size=160x120:rate=10"
    words = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-c:v", "mpeg4", file]
    process = await asyncio.create_subprocess_exec("/usr/bin/ffmpeg", *words, stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(errors.decode(errors="replace").strip())
    return file
