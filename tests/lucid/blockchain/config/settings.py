"""Settings, from the environment."""

import os

SERVICE = os.environ.get("SERVICE_NAME", "blockchain")
NETWORK = os.environ.get("BLOCKCHAIN_NETWORK", "lucid_blocks")
