"""The fault server does what each fault's name says, and ends when it is told to."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
import urllib.error
import urllib.request

import pytest

from tests.servers import fault
from tests.servers.fault import FaultServer
from tests.servers.process import Server


def _get(url: str, timeout: float = 5) -> tuple[int, dict, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=timeout) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_answers_that_are_wrong(fault_server: FaultServer):
    assert _get(fault_server.url("status", "503", "v1.1", "Things"))[0] == 503
    assert b"Wartungsarbeiten" in _get(fault_server.url("html", "v1.1"))[2]
    assert _get(fault_server.url("empty"))[2] == b""
    with pytest.raises(json.JSONDecodeError):
        json.loads(_get(fault_server.url("broken-json"))[2])
    assert b"file:///etc/passwd" in _get(fault_server.url("xxe"))[2]
    assert b"<!ENTITY l9" in _get(fault_server.url("billion-laughs"))[2]
    assert _get(fault_server.url("unheard-of"))[0] == 404


def test_connections_that_end_badly(fault_server: FaultServer):
    with pytest.raises(http.client.IncompleteRead):
        _get(fault_server.url("truncated"))
    for name in ("reset", "reset-midway"):
        with pytest.raises((ConnectionResetError, urllib.error.URLError)):
            _get(fault_server.url(name))


def test_answers_that_never_end(fault_server: FaultServer):
    with pytest.raises(TimeoutError):
        _get(fault_server.url("hang"), timeout=0.5)
    # Each byte comes within the time allowed for a read: only a limit on the whole ends it.
    with socket.create_connection(("127.0.0.1", fault_server.port), timeout=1) as connection:
        connection.sendall(b"GET /slow-drip HTTP/1.1\r\nHost: localhost\r\n\r\n")
        end = time.monotonic() + 2
        while time.monotonic() < end:
            assert connection.recv(4096) != b""


def test_bodies_that_are_too_large(fault_server: FaultServer):
    with urllib.request.urlopen(fault_server.url("endless"), timeout=5) as answer:
        assert len(answer.read(50 * 1024 * 1024)) == 50 * 1024 * 1024
    _, headers, bomb = _get(fault_server.url("gzip-bomb"))
    assert headers["Content-Encoding"] == "gzip"
    assert len(bomb) < 2 * 1024 * 1024
    assert bomb[:4096] != b""
    assert gzip.decompress(bomb[: len(bomb) // 64]) == b" " * 16 * 1024 * 1024


def test_redirects_to_where_one_must_not_go(fault_server: FaultServer):
    def location(*path: str) -> str | None:
        connection = http.client.HTTPConnection("127.0.0.1", fault_server.port, timeout=5)
        connection.request("GET", "/".join(["", *path]))
        answer = connection.getresponse()
        connection.close()
        assert answer.status == 302
        return answer.headers["Location"]

    assert location("redirect-private") == "http://169.254.169.254/latest/meta-data/"
    assert location("redirect-file") == "file:///etc/passwd"
    assert location("redirect?to=http://10.0.0.1/") == "http://10.0.0.1/"
    assert _get(fault_server.url("redirect"))[2] == b"canary"
    assert fault_server.hits[-1] == "/canary/redirect"


def test_pages_without_end(fault_server: FaultServer):
    url = fault_server.url("endless-next", "v1.1", "Things")
    seen = set()
    for _ in range(5):
        page = json.loads(_get(url)[2])
        seen.add(page["value"][0]["@iot.id"])
        url = page["@iot.nextLink"]
    assert len(seen) == 5

    url = fault_server.url("same-next", "v1.1", "Things")
    assert json.loads(_get(url)[2])["@iot.nextLink"] == url

    page = json.loads(_get(fault_server.url("half-pages", "v1.1", "Things"))[2])
    assert _get(page["@iot.nextLink"])[0] == 500


def test_a_good_source_that_turns_bad(mapserver: Server):
    with FaultServer(upstream=mapserver.url) as server:
        url = server.url("proxy") + "?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetCapabilities"
        status, _, body = _get(url)
        assert status == 200
        assert b"ms:baumkataster" in body
        assert mapserver.url.encode() not in body

        server.fault = "status/500"
        assert _get(url)[0] == 500
        server.fault = None
        assert _get(url)[0] == 200


def test_stopping_ends_what_hangs():
    server = FaultServer().start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /hang HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not server.hits:
            time.sleep(0.01)
        server.stop()
        assert connection.recv(1) == b""


def test_every_fault_is_documented():
    assert all(f"``{name}``" in (fault.__doc__ or "") for name in fault.FAULTS)
