"""A server of catalogues for the tests: what a test puts in is what a harvester gets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix hydra: <http://www.w3.org/ns/hydra/core#> .
"""


class Pages(dict[str, tuple[str, bytes]]):
    """Path with query → media type and content. ``asked``: all paths that were asked for."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.asked: list[str] = []

    def turtle(self, path: str, *statements: str) -> str:
        """Put a catalogue there; its address."""
        self[path] = ("text/turtle", (PREFIXES + "\n".join(statements)).encode())
        return self.address + path


@contextmanager
def serve() -> Iterator[Pages]:
    """The server, on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            pages.asked.append(self.path)
            if self.path not in pages:
                self.send_error(404)
                return
            kind, content = pages[self.path]
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pages = Pages(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield pages
    finally:
        server.shutdown()
        server.server_close()
