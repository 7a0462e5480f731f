"""The only way out: every address that a source, a user or a remote record names is fetched through here.

`fetch` is what most callers need. `session` gives a `requests.Session` under the same guard for libraries that want
one. Both raise only subclasses of `core.errors.SourceError`, whose message names the host and the cause, never the
whole address.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

from . import config
from .addresses import is_allowed, is_disguised
from .connection import Budget, GuardedAdapter, spending
from .errors import (
    SourceFormat,
    SourceRefused,
    SourceStatus,
    SourceTooLarge,
)
from .failures import BAD_ADDRESS, translated
from .i18n import N_

#: Bodies up to this many bytes stay in memory.
MEMORY_LIMIT = 4_000_000
_CHUNK = 1 << 16
#: What a redirect to another host still carries; keys and cookies of the caller are not for strangers.
_HARMLESS_HEADERS = frozenset(
    {"accept", "accept-encoding", "accept-language", "connection", "content-length", "content-type", "user-agent"}
)

HTML_INSTEAD = N_("The source %(host)s delivered a web page instead of %(expected)s.")
BAD_CHARACTERS = N_("The source %(host)s delivered text in another character set than %(expected)s.")


class GuardedSession(requests.Session):
    """`requests.Session` that reaches only public addresses, and hosts that the operator allowed by name.

    No proxies, no `.netrc`, no environment. Limits come from the settings of ``core``; ``timeout`` may lower them,
    never raise.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = config.max_redirects()
        self.headers["User-Agent"] = config.user_agent()
        self.headers["Accept-Encoding"] = "gzip, deflate"
        self.adapters.clear()
        adapter = GuardedAdapter(config.allowed_hosts, config.connect_timeout)
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def request(
        self, method: str, url: str, *args: Any, budget: Budget | None = None, **kwargs: Any
    ) -> requests.Response:  # type: ignore[override]
        """As in `requests`; the body is read within the limits unless ``stream`` is set, then reading it is bounded
        just the same.

        ``allow_redirects=False`` gives the redirect itself. Raises `SourceError`.
        """
        host = check_url(url)
        given = kwargs.pop("timeout", None)
        budget = budget or new_budget(url)
        if given is not None:
            connect, read = given if isinstance(given, tuple) else (given, given)
            budget.connect = min(budget.connect, connect or budget.connect)
            budget.read = min(budget.read, read or budget.read)
        kwargs["proxies"] = None
        with spending(budget), translated(host, budget):
            return super().request(method, url, *args, timeout=(budget.connect, budget.read), **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """One hop; called again for every redirect."""
        check_url(request.url or "")
        return super().send(request, **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Before a redirect is followed: what was meant for one host is not told to another."""
        super().rebuild_auth(prepared_request, response)
        if _origin(prepared_request.url) != _origin(response.request.url):
            for name in list(prepared_request.headers):
                if name.lower() not in _HARMLESS_HEADERS:
                    del prepared_request.headers[name]


def session() -> GuardedSession:
    """A new guarded session; close it (``with``) when done."""
    return GuardedSession()


class Fetched:
    """An answer, complete. Small bodies are in memory, large ones in a temporary file that goes with this object.

    ``url`` is the address after redirects, ``status`` the HTTP code, ``headers`` is case-insensitive, ``size`` in
    bytes (unpacked).
    """

    def __init__(self, url: str, status: int, headers: Mapping[str, str], body: bytes | Path, size: int) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.size = size
        self.host = host_of(url)
        self._body: bytes | None = body if isinstance(body, bytes) else None
        self._path: Path | None = None
        self._remove: Callable[[], Any] | None = None
        if isinstance(body, Path):
            self._keep(body)

    @property
    def content(self) -> bytes:
        """The body. Reads a large one into memory: prefer `open` or `path`."""
        return self._body if self._body is not None else self.path.read_bytes()

    @property
    def path(self) -> Path:
        """A file with the body. It exists as long as this object, or until `close`."""
        if self._path is None:
            with tempfile.NamedTemporaryFile(prefix="datenplattform-", delete=False) as file:
                file.write(self._body or b"")
            self._keep(Path(file.name))
        assert self._path is not None
        return self._path

    def open(self) -> IO[bytes]:
        """The body as a binary stream; the caller closes it."""
        if self._body is not None:
            stream: IO[bytes] = io.BytesIO(self._body)
            return stream
        return self.path.open("rb")

    def text(self, encoding: str | None = None) -> str:
        """The body as text: in the encoding given, else the one that the source names, else UTF-8. Raises
        `SourceFormat`.
        """
        named = re.search(r"charset=[\"']?([\w.:-]+)", self.headers.get("content-type", ""), re.IGNORECASE)
        name = encoding or (named.group(1) if named else "utf-8")
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            codec = "utf-8"
        try:
            return self.content.decode("utf-8-sig" if codec == "utf-8" else codec)
        except (UnicodeDecodeError, ValueError) as error:
            raise SourceFormat(self.host, BAD_CHARACTERS, expected=codec.upper()) from error

    def json(self) -> Any:
        """The body read as JSON. Raises `SourceFormat`, also for JSON nested without end."""
        try:
            # JSON is UTF-8, -16 or -32 and says which by its first bytes, whatever the header says.
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            page = self.content[:200].lstrip().lower().startswith((b"<!doctype html", b"<html"))
            raise SourceFormat(self.host, HTML_INSTEAD if page else None, expected="JSON") from error

    def close(self) -> None:
        """Remove the temporary file, if there is one. Idempotent."""
        if self._remove is not None:
            self._remove()
            self._path = None

    def __enter__(self) -> Fetched:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _keep(self, path: Path) -> None:
        self._path = path
        self._remove = weakref.finalize(self, path.unlink, missing_ok=True)


def fetch(
    url: str,
    *,
    accept: str | None = None,
    params: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
    max_bytes: int | None = None,
    deadline: float | None = None,
    session: GuardedSession | None = None,
) -> Fetched:
    """GET an address and read the whole answer.

    ``max_bytes`` and ``deadline`` (seconds in all) default to the settings. ``session`` keeps connections open between
    calls. Raises `SourceError`: `SourceRefused`, `SourceUnreachable`, `SourceTimeout`, `SourceTooLarge`,
    `SourceStatus` (400 and above).
    """
    sent = dict(headers or {})
    if accept:
        sent["Accept"] = accept
    check_url(url)
    budget = new_budget(url, deadline=deadline, max_bytes=max_bytes)
    http = session or GuardedSession()
    try:
        response = http.request("GET", url, params=params, headers=sent, stream=True, budget=budget)
        with response, spending(budget):
            host = host_of(response.url)
            if response.status_code >= 400:
                raise SourceStatus(host, status=response.status_code)
            return _read(response, budget)
    finally:
        if session is None:
            http.close()


def _read(response: requests.Response, budget: Budget) -> Fetched:
    announced = response.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > budget.max_bytes:
        raise SourceTooLarge(budget.host, limit=budget.max_bytes)
    before = budget.used_bytes
    with tempfile.SpooledTemporaryFile(max_size=MEMORY_LIMIT) as memory:
        pieces = response.iter_content(_CHUNK)
        for piece in pieces:
            memory.write(piece)
            if budget.used_bytes - before > MEMORY_LIMIT:
                break
        else:
            memory.seek(0)
            body = memory.read()
            return Fetched(response.url, response.status_code, response.headers, body, len(body))
        path: Path | None = None
        try:
            with tempfile.NamedTemporaryFile(prefix="datenplattform-", delete=False) as file:
                path = Path(file.name)
                memory.seek(0)
                shutil.copyfileobj(memory, file)
                for piece in pieces:
                    file.write(piece)
                size = file.tell()
            return Fetched(response.url, response.status_code, response.headers, path, size)
        except BaseException:
            if path is not None:
                path.unlink(missing_ok=True)
            raise


def new_budget(url: str, *, deadline: float | None = None, max_bytes: int | None = None) -> Budget:
    """The limits of the settings for a request to ``url``."""
    return Budget(
        host_of(url),
        connect=config.connect_timeout(),
        read=config.read_timeout(),
        deadline=deadline if deadline is not None else config.deadline(),
        max_bytes=max_bytes if max_bytes is not None else config.max_bytes(),
    )


def check_url(url: str) -> str:
    """Its host, if the address may be asked at all: http or https, a host, no user name, nothing that parsers read
    differently.

    Raises `SourceRefused`. Whether the host's address is public is judged when the connection is made.
    """
    host = host_of(url)
    try:
        parts = parse_url(url)
        port = parts.port
    except (ValueError, HTTPError):
        raise SourceRefused(host, BAD_ADDRESS) from None
    odd = "\\" in url or any(ord(sign) <= 32 or ord(sign) == 127 for sign in url)
    if odd or (parts.scheme or "").lower() not in ("http", "https") or not parts.host or parts.auth is not None:
        raise SourceRefused(host, BAD_ADDRESS)
    number = port or (443 if parts.scheme == "https" else 80)
    if is_disguised(parts.host) and not is_allowed(parts.host, number, config.allowed_hosts()):
        raise SourceRefused(host)
    return host


def host_of(url: str) -> str:
    """Host and, where the address names one, port: how a source is called in messages. Never user name, path or
    query.
    """
    rest = re.sub(r"\A\s*[a-zA-Z][a-zA-Z0-9+.-]*:[/\\]{0,2}", "", url)
    return re.split(r"[/\\?#]", rest, maxsplit=1)[0].rpartition("@")[2][:200].strip() or "?"


def _origin(url: str | None) -> tuple[str | None, str | None, int | None]:
    parts = parse_url(url or "")
    return parts.scheme, parts.host, parts.port or (443 if parts.scheme == "https" else 80)
