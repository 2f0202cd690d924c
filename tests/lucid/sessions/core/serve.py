"""A small HTTP server on asyncio alone: JSON for each known path, 404 for the rest."""

import asyncio
import json
import signal
from collections.abc import Callable


async def serve(port: int, routes: dict[str, Callable[[], dict]]) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            method, path, _ = (await asyncio.wait_for(reader.readline(), 10)).decode("latin-1").split(" ", 2)
            while (await asyncio.wait_for(reader.readline(), 10)).strip():
                pass
            route = routes.get(path.partition("?")[0]) if method == "GET" else None
            status, body = ("200 OK", route()) if route else ("404 Not Found", {"error": "no such path"})
            data = json.dumps(body).encode()
            head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + data)
            await writer.drain()
        except (ValueError, TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with await asyncio.start_server(answer, "0.0.0.0", port):
        await stop.wait()
