"""Runs xrdp as an ordinary user, with a certificate of its own that is made at the start."""

import asyncio
import pathlib
import re
import shutil

ETC = pathlib.Path("/etc/xrdp")


async def _run(*words: object) -> None:
    process = await asyncio.create_subprocess_exec(*map(str, words), stderr=asyncio.subprocess.PIPE)
    _, errors = await process.communicate()
    if process.returncode:
        raise RuntimeError(errors.decode(errors="replace").strip())


def _settings(text: str, changes: dict[str, object]) -> str:
    for key, value in changes.items():
        text = re.sub(rf"(?m)^#?{key}=.*$", f"{key}={value}", text, count=1)
    return text


async def start(port: int, home: pathlib.Path, keys: pathlib.Path) -> asyncio.subprocess.Process:
    """xrdp on the port; `home` takes its settings, `keys` its key and certificate."""
    key, certificate = keys / "key.pem", keys / "cert.pem"
    if not key.exists():
        subject = ["-subj", "/CN=lucid", "-days", "365"]
        await _run("/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, *subject)
    for file in ETC.glob("km-*.ini"):
        shutil.copy(file, home)
    changes = {"port": port, "certificate": certificate, "key_file": key, "security_layer": "tls", "LogFile": home / "xrdp.log", "EnableSyslog": "false"}
    (home / "xrdp.ini").write_text(_settings((ETC / "xrdp.ini").read_text(), changes))
    return await asyncio.create_subprocess_exec("/usr/sbin/xrdp", "--nodaemon", "--config", str(home / "xrdp.ini"))


async def answers(port: int) -> bool:
    """Whether an RDP server is there: a connection request (X.224) gets a confirmation."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes.fromhex("030000130ee000000000000100080003000000"))
        confirm = await asyncio.wait_for(reader.readexactly(6), 5)
        writer.close()
        return confirm[:2] == b"\x03\x00" and confirm[5] == 0xD0
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False
