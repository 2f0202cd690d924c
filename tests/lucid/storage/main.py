"""Runs until it is told to stop; opens no socket."""

import asyncio
import logging
import os
import signal

import pymongo

URL = os.environ.get("MONGODB_URL", "mongodb://mongodb:27017")
CLIENT = pymongo.MongoClient(URL, connect=False, serverSelectionTimeoutMS=1000)


async def main() -> None:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"))
    stop = asyncio.Event()
    # As process 1 a program gets no default action for SIGTERM: it has to take it itself.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    logging.info("storage is up")
    while not stop.is_set():
        logging.debug("mongodb: %s", CLIENT.topology_description.topology_type_name)
        try:
            await asyncio.wait_for(stop.wait(), 5)
        except TimeoutError:
            pass
    logging.info("storage stops")


if __name__ == "__main__":
    asyncio.run(main())
