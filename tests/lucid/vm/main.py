"""Runs until it is told to stop; opens no socket."""

import asyncio
import logging
import os
import signal

SOCKET = "/var/run/docker.sock"


async def main() -> None:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"))
    stop = asyncio.Event()
    # As process 1 a program gets no default action for SIGTERM: it has to take it itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logging.info("vm is up")
    while not stop.is_set():
        logging.debug("docker: %s", os.path.exists(SOCKET))
        try:
            await asyncio.wait_for(stop.wait(), 5)
        except TimeoutError:
            pass
    logging.info("vm stops")


if __name__ == "__main__":
    asyncio.run(main())
