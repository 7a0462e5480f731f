"""A source that misbehaves, for tests: one fault per first segment of the path. Standard library only.

``with FaultServer() as server: fetch(server.url("hang", "v1.1"))``. What follows the first segment is ignored, so that
a harvester may append its own paths to a faulty base address. Faults:

====================  ==============================================================================================
``status``            ``/status/500/…``: that status with a text
``html``              200 and an HTML page, whatever was asked for
``empty``             200 and no body
``empty-page``        200 and ``{"value": []}``: a source that has lost all it had
``broken-json``       200, JSON that ends in the middle
``deep-json``         200, 100,000 nested arrays
``broken-xml``        200, an end tag that does not match
``truncated``         ``Content-Length`` promises more than is sent
``xxe``               XML with external entities: a file, and ``/canary`` on this server
``external-dtd``      XML with a document type at ``/canary`` on this server
``billion-laughs``    XML with nested entities
``hang``              takes the request, never answers
``slow-drip``         a byte every half second
``reset``             resets the connection at once
``reset-midway``      resets it in the middle of the body
``endless``           a body without end (up to 1 GiB)
``gzip-bomb``         1 MiB that unpacks to 1 GiB
``redirect-private``  302 to a link-local metadata address; ``redirect-file`` to ``file:``; ``redirect-loop`` to itself
``redirect``          ``/redirect?to=<address>``
``same-next``         a SensorThings page whose next link is itself
``endless-next``      a SensorThings page whose next link is always another one
``half-pages``        first page good, the second one 500
``proxy``             passes on to ``upstream``, or answers with ``server.fault`` while that is set
``canary``            says "canary"; a hit in ``server.hits`` proves that somebody followed a link he should not
====================  ==============================================================================================

Bounded by itself: no answer lasts longer than ``LIFETIME`` seconds or than the server, none has more than ``LARGEST``
bytes.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import socket
import struct
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

#: Longer than the 60 seconds a client may read, in seconds.
LIFETIME = 120.0
LARGEST = 1024 * 1024 * 1024
_MIB = 1024 * 1024


class FaultServer:
    """The server, on 127.0.0.1 and a port of its own; a context manager.

    ``fault`` names the fault that ``/proxy/…`` shows instead of ``upstream`` (None: pass on), as in ``status/500``; or it is
    asked for that name with each path.
    ``hits`` lists the paths asked for, in order.
    """

    def __init__(self, *, port: int = 0, upstream: str | None = None) -> None:
        self.upstream = upstream.rstrip("/") if upstream else None
        self.fault: str | Callable[[str], str | None] | None = None
        self.hits: list[str] = []
        self.stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="fault-server", daemon=True
        )

    @property
    def port(self) -> int:
        """The TCP port listened on."""
        return int(self._server.server_address[1])

    def url(self, *path: str) -> str:
        """Address of a fault: ``url("status", "500")``."""
        return "/".join([f"http://127.0.0.1:{self.port}", *path])

    def start(self) -> FaultServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop answering; pending answers (``hang``, ``slow-drip``, …) end too."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> FaultServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Fault(BaseHTTPRequestHandler):
    """One request. ``owner`` is set by :func:`_handler`."""

    owner: FaultServer
    protocol_version = "HTTP/1.1"
    timeout = LIFETIME

    def do_GET(self) -> None:
        self.owner.hits.append(self.path)
        # One request per connection: a fault must not reach into the next one.
        self.close_connection = True
        self._run(self.path)

    do_POST = do_HEAD = do_GET

    def _run(self, path: str) -> None:
        name, _, rest = path.lstrip("/").partition("/")
        name = name.partition("?")[0]
        fault = _FAULTS.get(name)
        if fault is None:
            self.send(404, "text/plain", b"no such fault")
            return
        # The client has had enough, as it should.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            fault(self, rest)

    # -- what the faults below are made of ---------------------------------------------------------------------------

    def head(self, status: int, content_type: str, **headers: str) -> None:
        """Send the status line and the headers (``_`` in a name stands for ``-``)."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def send(self, status: int, content_type: str, body: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.head(status, content_type, Content_Length=str(len(body)), **headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def reset(self) -> None:
        """End the connection by RST instead of FIN."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def pieces(self, pause: float) -> Iterator[None]:
        """Turns with a pause between them (seconds), until the life of an answer or of the server is over."""
        end = time.monotonic() + LIFETIME
        while time.monotonic() < end and not self.owner.stopped.wait(pause):
            yield

    def log_message(self, format: str, *args: object) -> None:
        """Faults are expected: say nothing."""

    def finish(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # already reset
            super().finish()


def _handler(owner: FaultServer) -> type[_Fault]:
    return type("Fault", (_Fault,), {"owner": owner})


def _status(r: _Fault, rest: str) -> None:
    code = int(rest.split("/")[0].partition("?")[0] or 500)
    r.send(code, "text/plain; charset=utf-8", f"fault {code}".encode())


def _truncated(r: _Fault, _: str) -> None:
    r.head(200, "application/json", Content_Length="100000")
    r.wfile.write(b'{"value": [{"@iot.id": 1')


def _hang(r: _Fault, _: str) -> None:
    for _turn in r.pieces(0.2):
        pass


def _slow_drip(r: _Fault, _: str) -> None:
    r.head(200, "application/json")
    r.wfile.write(b'{"value": [')
    for _turn in r.pieces(0.5):
        r.wfile.write(b" ")
        r.wfile.flush()


def _reset_midway(r: _Fault, _: str) -> None:
    r.head(200, "application/json", Content_Length="100000")
    r.wfile.write(b'{"value": [' + b" " * 5000)
    r.reset()


def _endless(r: _Fault, _: str) -> None:
    r.head(200, "application/json")
    block = b" " * _MIB
    end = time.monotonic() + LIFETIME
    for _turn in range(LARGEST // _MIB):
        if r.owner.stopped.is_set() or time.monotonic() > end:
            return
        r.wfile.write(block)


@lru_cache(maxsize=1)
def _bomb() -> bytes:
    """A gzip file of many members, each of 16 MiB of blanks: 1 GiB unpacked."""
    return gzip.compress(b" " * (16 * _MIB), mtime=0) * (LARGEST // (16 * _MIB))


def _gzip_bomb(r: _Fault, _: str) -> None:
    r.send(200, "application/json", _bomb(), Content_Encoding="gzip")


def _xxe(r: _Fault, _: str) -> None:
    r.send(200, "application/xml", f"""<?xml version="1.0"?>
<!DOCTYPE wfs:WFS_Capabilities [<!ENTITY file SYSTEM "file:///etc/passwd">
<!ENTITY remote SYSTEM "{r.owner.url("canary", "xxe")}">]>
<wfs:WFS_Capabilities xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:ows="http://www.opengis.net/ows/1.1"
 version="2.0.0"><ows:ServiceIdentification><ows:Title>&file;&remote;</ows:Title></ows:ServiceIdentification>
</wfs:WFS_Capabilities>""".encode())  # fmt: skip


def _external_dtd(r: _Fault, _: str) -> None:
    dtd = r.owner.url("canary", "external.dtd")
    r.send(200, "application/xml", f'<?xml version="1.0"?>\n<!DOCTYPE a SYSTEM "{dtd}">\n<a/>'.encode())


def _billion_laughs(r: _Fault, _: str) -> None:
    entities = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    r.send(200, "application/xml", f'<?xml version="1.0"?>\n<!DOCTYPE a [{entities}]>\n<a>&l9;</a>'.encode())


def _redirect(r: _Fault, to: str) -> None:
    r.send(302, "text/plain", b"", Location=to)


def _redirect_to(r: _Fault, _: str) -> None:
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(r.path).query)
    _redirect(r, query.get("to", [r.owner.url("canary", "redirect")])[0])


def _page(r: _Fault, number: int, following: str | None) -> None:
    thing = {"@iot.id": number, "name": f"Thing {number}", "description": "", "properties": {"kind": "fault"}}
    page = {"value": [thing], **({"@iot.nextLink": following} if following else {})}
    r.send(200, "application/json", json.dumps(page).encode())


def _skip(r: _Fault) -> int:
    given = urllib.parse.parse_qs(urllib.parse.urlsplit(r.path).query).get("$skip", ["0"])[0]
    return int(given) if given.isdigit() else 0


def _endless_next(r: _Fault, rest: str) -> None:
    number = _skip(r)
    _page(r, number, r.owner.url("endless-next", rest.partition("?")[0]) + f"?$skip={number + 1}")


def _half_pages(r: _Fault, rest: str) -> None:
    if _skip(r):
        _status(r, "500")
    else:
        _page(r, 0, r.owner.url("half-pages", rest.partition("?")[0]) + "?$skip=1")


def _proxy(r: _Fault, _: str) -> None:
    """Pass a GET on, with the upstream's own address replaced in the body: next links come back here."""
    upstream = r.owner.upstream
    fault = r.owner.fault(r.path) if callable(r.owner.fault) else r.owner.fault
    if fault:
        r._run(f"/{fault}")
        return
    if upstream is None:
        r.send(502, "text/plain", b"no upstream")
        return
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(upstream + r.path.removeprefix("/proxy"), timeout=60) as answer:
            status, headers, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, headers, body = error.code, error.headers, error.read()
    body = body.replace(upstream.encode(), r.owner.url("proxy").encode())
    r.send(status, headers.get("Content-Type", "application/octet-stream"), body)


_FAULTS: dict[str, Callable[[_Fault, str], None]] = {
    "status": _status,
    "html": lambda r, _: r.send(200, "text/html; charset=utf-8", b"<!doctype html><h1>Wartungsarbeiten</h1>"),
    "empty": lambda r, _: r.send(200, "application/json", b""),
    "empty-page": lambda r, _: r.send(200, "application/json", b'{"value": []}'),
    "broken-json": lambda r, _: r.send(200, "application/json", b'{"value": [{"@iot.id": 1, "name": "'),
    "deep-json": lambda r, _: r.send(200, "application/json", b"[" * 100_000 + b"]" * 100_000),
    "broken-xml": lambda r, _: r.send(200, "application/xml", b"<?xml version='1.0'?><a><b></a>"),
    "truncated": _truncated,
    "xxe": _xxe,
    "external-dtd": _external_dtd,
    "billion-laughs": _billion_laughs,
    "hang": _hang,
    "slow-drip": _slow_drip,
    "reset": lambda r, _: r.reset(),
    "reset-midway": _reset_midway,
    "endless": _endless,
    "gzip-bomb": _gzip_bomb,
    "redirect-private": lambda r, _: _redirect(r, "http://169.254.169.254/latest/meta-data/"),
    "redirect-file": lambda r, _: _redirect(r, "file:///etc/passwd"),
    "redirect-loop": lambda r, _: _redirect(r, r.owner.url("redirect-loop", str(len(r.owner.hits)))),
    "redirect": _redirect_to,
    "same-next": lambda r, _: _page(r, 1, r.owner.url(*r.path.strip("/").split("/"))),
    "endless-next": _endless_next,
    "half-pages": _half_pages,
    "proxy": _proxy,
    "canary": lambda r, _: r.send(200, "text/plain", b"canary"),
}
#: Every fault there is.
FAULTS = tuple(_FAULTS)


def main() -> None:
    """Run it by hand: ``python -m tests.servers.fault --port 8399``."""
    parser = argparse.ArgumentParser(description="A source that misbehaves.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--upstream", help="what /proxy/ passes on to")
    given = parser.parse_args()
    with FaultServer(port=given.port, upstream=given.upstream) as server:
        print("\n".join(server.url(name) for name in FAULTS))
        server.stopped.wait()


if __name__ == "__main__":
    main()
