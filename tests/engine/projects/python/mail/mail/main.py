"""Answers every request with the versions of what the lock file pins."""

import http.server

import markupsafe


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"markupsafe {markupsafe.escape("<")}\n".encode())


def main():
    http.server.HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()

main()
