"""Connections of the guarded HTTP client: the address is judged when the socket is connected, and every wait has an
end.

Judging the URL beforehand is not enough: a name may resolve to another address a moment later (DNS rebinding), and a
redirect leads elsewhere. So the name is resolved once, all its addresses are judged, and the socket connects to the
very address that was judged. Host header and TLS name stay the ones of the URL. Proxies are never used: they would
resolve the name themselves.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.poolmanager import PoolManager
from urllib3.util.ssl_ import create_urllib3_context

from .addresses import is_allowed, is_disguised, is_public
from .errors import SourceRefused, SourceTimeout, SourceTooLarge
from .failures import translated

#: How many addresses of one name are tried.
MAX_ADDRESSES = 6


class Budget:
    """What one request, its redirects included, may still use: time until a deadline, bytes after unpacking.

    ``host`` names the source in errors. Times in seconds of the monotonic clock.
    """

    def __init__(self, host: str, *, connect: float, read: float, deadline: float, max_bytes: int) -> None:
        self.host = host
        self.connect = connect
        self.read = read
        self.deadline = deadline
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self.ends = time.monotonic() + deadline
        self.waited_for = deadline

    def wait(self, limit: float) -> float:
        """Seconds that the next step may take: ``limit`` or what is left in all. Raises `SourceTimeout` when nothing
        is left.
        """
        left = self.ends - time.monotonic()
        self.waited_for = limit if limit < left else self.deadline
        if left <= 0:
            raise SourceTimeout(self.host, seconds=self.deadline)
        return min(limit, left)

    def take(self, count: int) -> None:
        """Account for ``count`` bytes. Raises `SourceTooLarge`."""
        self.used_bytes += count
        if self.used_bytes > self.max_bytes:
            raise SourceTooLarge(self.host, limit=self.max_bytes)


_budget: ContextVar[Budget | None] = ContextVar("datenplattform_http_budget", default=None)


@contextlib.contextmanager
def spending(budget: Budget) -> Iterator[Budget]:
    """Every socket of ours that waits inside this block obeys the budget."""
    token = _budget.set(budget)
    try:
        yield budget
    finally:
        _budget.reset(token)


class _PatientSocket(socket.socket):
    """Waits for the next bytes no longer than the budget allows: a source that drips cannot outlast the deadline."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _limit_wait(self)
        return super().recv_into(*args, **kwargs)


class _PatientTlsSocket(ssl.SSLSocket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        _limit_wait(self)
        return super().recv_into(*args, **kwargs)


def _limit_wait(sock: socket.socket) -> None:
    budget = _budget.get()
    if budget is not None:
        sock.settimeout(budget.wait(budget.read))


def connect(host: str, port: int, timeout: float, allowed: frozenset[str], owner: Any = None) -> socket.socket:
    """A socket connected to ``host``, all of whose addresses were judged.

    ``timeout``: seconds for all addresses together. ``owner``: the urllib3 connection, for its errors. Raises
    `SourceRefused`, `SourceTimeout`, urllib3's `NameResolutionError` and `NewConnectionError`.
    """
    budget = _budget.get()
    trusted = is_allowed(host, port, allowed)
    if not trusted and is_disguised(host):
        raise SourceRefused(host)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NameResolutionError(host, owner, socket.gaierror(str(error))) from error
    # One inner address among public ones is enough to refuse: no honest name needs it.
    if not trusted and not all(is_public(str(sockaddr[0])) for *_, sockaddr in found):
        raise SourceRefused(host)
    ends = time.monotonic() + timeout
    last: OSError | None = None
    found = found[:MAX_ADDRESSES]
    for number, (family, kind, protocol, _name, sockaddr) in enumerate(found):
        share = max(0.05, (ends - time.monotonic()) / (len(found) - number))
        sock = _PatientSocket(family, kind, protocol)
        try:
            sock.settimeout(budget.wait(share) if budget else share)
            sock.connect(sockaddr)
            if not trusted and not is_public(str(sock.getpeername()[0])):
                raise SourceRefused(host)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            sock.close()
            last = error
        except BaseException:
            sock.close()
            raise
    if isinstance(last, TimeoutError):
        raise SourceTimeout(host, seconds=timeout) from last
    raise NewConnectionError(owner, str(last)) from last


class GuardedAdapter(HTTPAdapter):
    """Transport of `core.http.GuardedSession`. ``allowed``: a function, so that a changed setting counts at once."""

    def __init__(self, allowed: Callable[[], frozenset[str]], connect_timeout: Callable[[], float]) -> None:
        self._allowed = allowed
        self._connect_timeout = connect_timeout
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """A pool manager whose connections are guarded, for both schemes."""
        adapter = self

        def new_socket(connection: HTTPConnection) -> socket.socket:
            return connect(
                connection._dns_host.strip("[]"),
                int(connection.port or connection.default_port),
                adapter._connect_timeout(),
                adapter._allowed(),
                connection,
            )

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return new_socket(self)

        class Tls(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return new_socket(self)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain  # type: ignore[assignment]  # urllib3 types them as a protocol

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls  # type: ignore[assignment]

        context = create_urllib3_context()
        context.sslsocket_class = _PatientTlsSocket
        context.load_default_certs()
        manager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, ssl_context=context, **kwargs)
        manager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
        self.poolmanager = manager

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Never: a proxy would resolve the name itself."""
        raise SourceRefused(proxy.rpartition("@")[2])

    def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Send; the body that comes back is counted and bounded however it is read."""
        kwargs["proxies"] = None
        response = super().send(request, *args, **kwargs)
        budget = _budget.get()
        if budget is not None:
            response.raw = _BoundedBody(response.raw, budget)
        if response.is_redirect:
            # Nobody needs its body; not reading it is the best bound.
            response.close()
            response._content = b""
            response._content_consumed = True
        return response


class _BoundedBody:
    """urllib3's response, read only within the budget."""

    def __init__(self, raw: Any, budget: Budget) -> None:
        self._raw = raw
        self._budget = budget

    def stream(self, amt: int = 1 << 16, decode_content: bool | None = None) -> Iterator[bytes]:
        """Pieces of the body, unpacked if asked for."""
        pieces = self._raw.stream(amt, decode_content=decode_content)
        while True:
            self._budget.wait(1)
            with translated(self._budget.host, self._budget), spending(self._budget):
                piece = next(pieces, None)
            if piece is None:
                return
            self._budget.take(len(piece))
            yield piece

    def read(self, amt: int | None = None, decode_content: bool | None = None, **kwargs: Any) -> bytes:
        """As urllib3, but never more than the budget allows and one byte."""
        most = self._budget.max_bytes - self._budget.used_bytes + 1
        with translated(self._budget.host, self._budget), spending(self._budget):
            data = self._raw.read(most if amt is None else min(amt, most), decode_content=decode_content, **kwargs)
        self._budget.take(len(data))
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
