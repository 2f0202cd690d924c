"""Where blocks are kept."""

import os

PATH = os.environ.get("BLOCK_STORAGE_PATH", "/data/blocks")
