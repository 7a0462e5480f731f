"""Fixtures of room `core`: settings of the guarded client, small servers on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from tests.servers.fault import FaultServer

PREFIX = "ckanext.datenplattform.core."


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Any], None]:
    """``setting("http.deadline", 2)``: a setting of core for this test."""

    def change(name: str, value: Any) -> None:
        monkeypatch.setitem(tk.config, PREFIX + name, value)

    return change


@pytest.fixture(autouse=True)
def nothing_allowed(setting: Callable[[str, Any], None]) -> None:
    """Whatever the ini file of the tests allows: here every test says itself what is allowed."""
    setting("http.allowed_hosts", "")


@pytest.fixture
def faulty(setting: Callable[[str, Any], None]) -> Iterator[FaultServer]:
    """A server that misbehaves, allowed by host and port."""
    with FaultServer() as server:
        setting("http.allowed_hosts", f"127.0.0.1:{server.port}")
        yield server


class Recorder:
    """A server on one loopback address that answers 200 (or redirects) and remembers what it was sent."""

    def __init__(self, address: str, port: int = 0, to: str = "") -> None:
        seen: list[tuple[str, dict[str, str]]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                self.send_response(302 if to else 200)
                if to:
                    self.send_header("Location", to)
                self.send_header("Content-Length", "5")
                self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(b"hello")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.seen = seen
        self.server = ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.address = address
        self.port = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def recorder() -> Iterator[Callable[..., Recorder]]:
    """``recorder("127.0.0.2", port=…, to=…)`` starts a `Recorder`; all are stopped at the end."""
    started: list[Recorder] = []

    def start(address: str = "127.0.0.1", **kwargs: Any) -> Recorder:
        started.append(Recorder(address, **kwargs))
        return started[-1]

    yield start
    for server in started:
        server.stop()
