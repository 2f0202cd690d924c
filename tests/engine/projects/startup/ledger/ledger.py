"""Writes a file before it starts, and then serves it on ::1 alone, until it is told to end."""

import http.server
import signal
import socket
import sys
from pathlib import Path


class Ledger(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        right = self.headers["Host"] == "ledger.example" and Path("/data/ledger").exists()
        self.send_response(204 if right else 500)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6


match sys.argv[1:]:
    case ["migrate", path, broken]:
        if broken:
            sys.exit("the ledger is broken")
        Path(path).write_text("migrated\n")
    case ["seed", path]:
        Path(path).write_text(Path(path).read_text() + "seeded\n")
    case ["serve", port, literal]:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(f"port {port}, {literal}", flush=True)
        Server(("::1", int(port)), Ledger).serve_forever()
