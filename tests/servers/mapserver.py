"""A real WFS 2.0 / WMS 1.3 server: Debian's MapServer 8 (CGI) behind a small threaded HTTP server of our own.

``start(data_dir, port, place)`` / ``stop(data_dir)``. Standard library only. The map and its data are made by
``mapserver_data``; the address of the service is ``http://127.0.0.1:<port>/ows`` (WFS and WMS).

Facts about this server that a client must know: see ``tests/sources/test_mapserver.py``, which tries each.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.servers import mapserver_data, process
from tests.servers.process import CHECKOUT, Server, ServerError
from tests.servers.synthetic import Place

NAME = "mapserver"
PATH = "/ows"
#: A CGI process that takes longer (seconds) is ended, the client gets 504.
CGI_TIMEOUT = 60
#: MapServer processes at a time.
PARALLEL = 4
_LARGEST_POST = 1024 * 1024


def binary() -> str | None:
    """Path of Debian's ``mapserv`` (package cgi-mapserver or mapserver-bin), None when it is not installed."""
    return shutil.which("mapserv") or next(
        (path for path in ("/usr/bin/mapserv", "/usr/lib/cgi-bin/mapserv") if os.access(path, os.X_OK)), None
    )


def start(
    data_dir: Path | str, port: int, place: Place, *, seed: int = 1, trees: int = 1200, timeout: float = 20.0
) -> Server:
    """Make map and data, start the server on 127.0.0.1:``port``; one that runs already is returned as it is.

    Everything lies below ``data_dir``: ``mapserver/`` (map, layers) and ``mapserver.{pid,log}``. Raises
    :class:`ServerError` when MapServer is not installed or does not answer.
    """
    data_dir = Path(data_dir).resolve()
    url = f"http://127.0.0.1:{port}{PATH}"
    pidfile, log = data_dir / f"{NAME}.pid", data_dir / f"{NAME}.log"
    probe = f"{url}?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetCapabilities"
    pid = process.running_pid(pidfile)
    if pid is not None:
        if process.answers_http(probe):
            return Server(NAME, url, pid, pidfile, log)
        process.stop(pidfile)
    if binary() is None:
        raise ServerError("MapServer is missing: apt-get install mapserver-bin")
    process.require_free(port)
    mapfile = mapserver_data.write(data_dir / "mapserver", place, url=url, seed=seed, trees=trees)
    argv = [sys.executable, "-m", "tests.servers.mapserver", "--mapfile", str(mapfile), "--port", str(port)]
    pid, pidfile, log = process.spawn(NAME, argv, folder=data_dir, cwd=CHECKOUT)
    try:
        process.wait_for_http(probe, pid=pid, log=log, timeout=timeout)
    except ServerError:
        process.stop(pidfile)
        raise
    return Server(NAME, url, pid, pidfile, log)


def stop(data_dir: Path | str) -> bool:
    """Stop the server of ``data_dir``; True when one was running. Its data stay."""
    return process.stop(Path(data_dir) / f"{NAME}.pid")


def run_cgi(
    mapserv: str, mapfile: Path, *, method: str, query: str, port: int, body: bytes = b"", content_type: str = ""
) -> tuple[int, list[tuple[str, str]], bytes]:
    """One request to MapServer; returns status, headers and body.

    Raises :class:`subprocess.TimeoutExpired`. The environment is made anew, not inherited: MapServer reads options
    from it.
    """
    env = {
        "PATH": "/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SCRIPT_NAME": PATH,
        "REMOTE_ADDR": "127.0.0.1",
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "MS_MAPFILE": str(mapfile),
        "MAPSERVER_CONFIG_FILE": str(mapfile.with_name("mapserver.conf")),
    }
    done = subprocess.run(
        [mapserv], input=body, capture_output=True, env=env, cwd=mapfile.parent, timeout=CGI_TIMEOUT, check=False
    )
    head, found, content = done.stdout.partition(b"\r\n\r\n")
    if not found:
        return 502, [("Content-Type", "text/plain")], done.stderr[-500:] or b"no answer from MapServer"
    headers = [
        (name.strip().decode("latin-1"), value.strip().decode("latin-1"))
        for name, colon, value in (line.partition(b":") for line in head.split(b"\r\n"))
        if colon
    ]
    status = next((int(value.split()[0]) for name, value in headers if name.lower() == "status"), 200)
    return status, [h for h in headers if h[0].lower() not in ("status", "content-length")], content


def _handler(mapserv: str, mapfile: Path, port: int) -> type[BaseHTTPRequestHandler]:
    slots = threading.BoundedSemaphore(PARALLEL)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60  # an idle keep-alive connection

        def do_GET(self) -> None:
            self._answer(b"")

        def do_HEAD(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > _LARGEST_POST:
                self.close_connection = True
                self._send(413, [("Content-Type", "text/plain")], b"too large")
                return
            self._answer(self.rfile.read(length))

        def _answer(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            if path.rstrip("/") != PATH:
                self._send(404, [("Content-Type", "text/plain")], b"not found")
                return
            try:
                with slots:
                    answer = run_cgi(
                        mapserv, mapfile, method="POST" if self.command == "POST" else "GET", query=query, port=port,
                        body=body, content_type=self.headers.get("Content-Type", ""),
                    )  # fmt: skip
            except subprocess.TimeoutExpired:
                answer = 504, [("Content-Type", "text/plain")], b"MapServer took too long"
            self._send(*answer)

        def _send(self, status: int, headers: Sequence[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keep the log for errors: a harvest makes thousands of requests."""

    return Handler


def main() -> None:
    """Command line of the server process."""
    parser = argparse.ArgumentParser(description="Serve a map file by MapServer on 127.0.0.1.")
    parser.add_argument("--mapfile", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    mapserv = binary()
    if mapserv is None:
        parser.error("mapserv is not installed")
    server = ThreadingHTTPServer(("127.0.0.1", given.port), _handler(mapserv, given.mapfile.resolve(), given.port))
    server.daemon_threads = True
    # shutdown() must not be called from the thread that serves, and a handler runs in that one.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main()
