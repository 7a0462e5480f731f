"""The guarded client bounds time and memory, and says in one sentence what went wrong (hardening 6, 7, 23)."""

from __future__ import annotations

import gc
import socket
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ckanext.datenplattform.core import errors, failures, http
from tests.servers.fault import FaultServer


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go in this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("status/404", errors.SourceStatus),
        ("status/500", errors.SourceStatus),
        ("truncated", errors.SourceUnreachable),
        ("reset", errors.SourceUnreachable),
        ("reset-midway", errors.SourceUnreachable),
        ("hang", errors.SourceTimeout),
        ("slow-drip", errors.SourceTimeout),
        ("endless", errors.SourceTooLarge),
        ("gzip-bomb", errors.SourceTooLarge),
    ],
)
def test_every_fault_is_an_error_that_names_the_host(
    faulty: FaultServer, temporary: Path, fault: str, kind: type[errors.SourceError]
) -> None:
    started = time.monotonic()
    with pytest.raises(kind) as caught:
        http.fetch(faulty.url(*fault.split("/")) + "?key=secret", max_bytes=5_000_000, deadline=1.5)
    assert time.monotonic() - started < 4
    assert f"127.0.0.1:{faulty.port}" in caught.value.message
    assert "secret" not in caught.value.message
    gc.collect()
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("fault", ["slow-drip", "endless", "gzip-bomb", "hang", "reset-midway"])
def test_a_bare_session_is_bounded_too(faulty: FaultServer, setting: Any, fault: str) -> None:
    setting("http.deadline", 1)
    setting("http.max_bytes", 3_000_000)
    with http.session() as session, pytest.raises(errors.SourceError):
        session.get(faulty.url(fault))
    with http.session() as session, pytest.raises(errors.SourceError):
        _read_all(session, faulty.url(fault))


def _read_all(session: http.GuardedSession, url: str) -> None:
    for _ in session.get(url, stream=True).iter_content(1000):
        pass


def test_a_gzip_bomb_is_bounded_in_memory(faulty: FaultServer) -> None:
    http.fetch(faulty.url("canary"))  # what is loaded once does not count
    tracemalloc.start()
    with pytest.raises(errors.SourceTooLarge):
        http.fetch(faulty.url("gzip-bomb"), max_bytes=100_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000


def test_a_large_body_is_a_file_that_goes_with_the_answer(faulty: FaultServer, temporary: Path, setting: Any) -> None:
    with serving(b"x" * 9_000_000) as port:
        setting("http.allowed_hosts", f"127.0.0.1:{port}")
        answer = http.fetch(f"http://127.0.0.1:{port}/")
        assert (answer.size, answer.path.stat().st_size) == (9_000_000, 9_000_000)
        with answer.open() as stream:
            assert stream.read(3) == b"xxx"
        assert len(answer.content) == 9_000_000
        assert answer.path.stat().st_mode & 0o077 == 0
        answer.close()
    assert list(temporary.iterdir()) == []


def test_a_small_body_can_be_a_file_too(faulty: FaultServer, temporary: Path) -> None:
    with http.fetch(faulty.url("canary")) as answer:
        assert answer.path.read_bytes() == answer.open().read() == b"canary"
    assert list(temporary.iterdir()) == []


def test_broken_compression_is_said_to_be_that(setting: Any) -> None:
    with serving(b"no gzip at all", headers="Content-Encoding: gzip") as port:
        setting("http.allowed_hosts", f"127.0.0.1:{port}")
        with pytest.raises(errors.SourceFormat):
            http.fetch(f"http://127.0.0.1:{port}/")


def test_a_full_disk_is_not_blamed_on_the_source(setting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> Any:
        raise OSError(28, "No space left on device")

    with serving(b"x" * 9_000_000) as port:
        setting("http.allowed_hosts", f"127.0.0.1:{port}")
        monkeypatch.setattr(http.shutil, "copyfileobj", full)
        with pytest.raises(OSError, match="No space left"):
            http.fetch(f"http://127.0.0.1:{port}/")


def test_an_announced_size_is_believed_at_once(setting: Any) -> None:
    with serving(b"", announced=10**12) as port:
        setting("http.allowed_hosts", f"127.0.0.1:{port}")
        with pytest.raises(errors.SourceTooLarge):
            http.fetch(f"http://127.0.0.1:{port}/")


def test_slow_headers_are_bounded(setting: Any) -> None:
    with serving(b"", drip_headers=True) as port:
        setting("http.allowed_hosts", f"127.0.0.1:{port}")
        started = time.monotonic()
        with pytest.raises(errors.SourceTimeout):
            http.fetch(f"http://127.0.0.1:{port}/", deadline=1)
        assert time.monotonic() - started < 3


def test_read_timeout_names_its_own_limit(faulty: FaultServer, setting: Any) -> None:
    setting("http.read_timeout", 1)
    with pytest.raises(errors.SourceTimeout) as caught:
        http.fetch(faulty.url("hang"))
    assert caught.value.values["seconds"] == "1"


def test_nobody_there_and_unknown_name(setting: Any) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        setting("http.allowed_hosts", "127.0.0.1")
        with pytest.raises(errors.SourceUnreachable) as caught:
            http.fetch(f"http://127.0.0.1:{port}/")
    assert caught.value.values["cause"] == failures.NO_CONNECTION
    with pytest.raises(errors.SourceUnreachable) as caught:
        http.fetch("http://no-such-name.invalid/")
    assert caught.value.values["cause"] == failures.NO_NAME


def test_a_connection_that_is_not_accepted_times_out(setting: Any) -> None:
    setting("http.connect_timeout", 1)
    with socket.socket() as busy, socket.socket() as first, socket.socket() as second:
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        for filler in (first, second):  # the queue is full now
            filler.setblocking(False)
            filler.connect_ex(busy.getsockname())
        setting("http.allowed_hosts", "127.0.0.1")
        started = time.monotonic()
        with pytest.raises(errors.SourceTimeout):
            http.fetch(f"http://127.0.0.1:{busy.getsockname()[1]}/")
        assert time.monotonic() - started < 3


@pytest.mark.parametrize("fault", ["html", "empty", "broken-json", "deep-json"])
def test_what_is_not_json_is_said_to_be_no_json(faulty: FaultServer, fault: str) -> None:
    answer = http.fetch(faulty.url(fault))
    with pytest.raises(errors.SourceFormat) as caught:
        answer.json()
    assert (caught.value.source_string == http.HTML_INSTEAD) == (fault == "html")


@pytest.mark.parametrize(
    ("body", "header", "text"),
    [
        ("Wüste".encode(), "text/csv", "Wüste"),
        ("\ufeffWüste".encode(), "text/csv; charset=utf-8", "Wüste"),
        ("Wüste".encode("latin-1"), 'text/csv; charset="ISO-8859-1"', "Wüste"),
        ("Wüste".encode(), "text/csv; charset=no-such", "Wüste"),
        ("Wüste".encode("latin-1"), "text/csv", None),
    ],
)
def test_text(body: bytes, header: str, text: str | None) -> None:
    answer = http.Fetched("http://example.org/a", 200, {"content-type": header}, body, len(body))
    if text is None:
        with pytest.raises(errors.SourceFormat):
            answer.text()
    else:
        assert answer.text() == text


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://me:secret@daten.example:8443/a?key=1", "daten.example:8443"),
        ("https://daten.example?key=1", "daten.example"),
        ("file:///etc/passwd", "?"),
        ("http://[::1]:80/", "[::1]:80"),
        ("", "?"),
    ],
)
def test_how_a_source_is_called(url: str, host: str) -> None:
    assert http.host_of(url) == host


def test_defaults_are_the_declared_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    import ckan.plugins.toolkit as tk

    from ckanext.datenplattform.core import config

    for key in [key for key in tk.config if key.startswith(config.PREFIX)]:
        monkeypatch.delitem(tk.config, key)
    assert (config.connect_timeout(), config.read_timeout(), config.max_bytes()) == (10, 60, 200_000_000)
    assert (config.max_redirects(), config.allowed_hosts()) == (5, frozenset())


class serving:
    """A server of one raw answer: ``with serving(b"body") as port``."""

    def __init__(
        self, body: bytes, announced: int | None = None, drip_headers: bool = False, headers: str = ""
    ) -> None:
        self.body, self.announced, self.drip = body, announced, drip_headers
        self.headers = f"{headers}\r\n" if headers else ""
        self.ended = threading.Event()

    def __enter__(self) -> int:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return int(self.listener.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.listener.close()
        self.thread.join(5)

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(65536)
            try:
                for piece in self._pieces():
                    connection.sendall(piece)
            except OSError:
                pass  # the client has had enough, as it should

    def _pieces(self) -> Iterator[bytes]:
        length = self.announced if self.announced is not None else len(self.body)
        yield f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n{self.headers}".encode()
        while self.drip and not self.ended.wait(0.1):
            yield b"X-Slow: 1\r\n"
        yield b"\r\n" + self.body
