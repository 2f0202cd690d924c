"""Answers every request with the versions of what the lock file pins."""

import http.server

import pydantic
import stem


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"pydantic {pydantic.VERSION}, stem {stem.__version__}\n".encode())


def main():
    http.server.HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
