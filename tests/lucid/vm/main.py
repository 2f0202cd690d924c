"""Runs until it is told to stop; opens no socket."""

import asyncio
import logging
import os
import signal

import docker
from docker.errors import DockerException

SOCKET = "unix:///var/run/docker.sock"


def running() -> list[str]:
    """The containers that run; none where the socket is not mounted or cannot be opened."""
    try:
        client = docker.DockerClient(base_url=SOCKET, timeout=2)
        return sorted(container.name for container in client.containers.list())
    except DockerException:
        return []


async def main() -> None:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"))
    stop = asyncio.Event()
    # As process 1 a program gets no default action for SIGTERM: it has to take it itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logging.info("vm is up")
    while not stop.is_set():
        logging.debug("running: %s", await asyncio.to_thread(running))
        try:
            await asyncio.wait_for(stop.wait(), 5)
        except TimeoutError:
            pass
    logging.info("vm stops")


if __name__ == "__main__":
    asyncio.run(main())
