"""Runs until it is told to stop; opens no socket."""

import asyncio
import logging
import os
import signal

import yaml

from discovery import registry
from security import certificates

CONSUL = os.environ.get("SERVICE_DISCOVERY_URL", "http://consul:8500")


async def main() -> None:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"))
    stop = asyncio.Event()
    # As process 1 a program gets no default action for SIGTERM: it has to take it itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logging.info("service-mesh-controller is up")
    while not stop.is_set():
        state = {"services": await asyncio.to_thread(registry.services, CONSUL), "days_left": certificates.days_left()}
        logging.debug(yaml.safe_dump(state))
        try:
            await asyncio.wait_for(stop.wait(), 5)
        except TimeoutError:
            pass
    logging.info("service-mesh-controller stops")


if __name__ == "__main__":
    asyncio.run(main())
