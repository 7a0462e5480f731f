"""The guarded client reaches nothing it must not reach (hardening 20). Servers on loopback only."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ckanext.datenplattform.core import addresses, connection, http
from ckanext.datenplattform.core.errors import SourceRefused, SourceTimeout, SourceUnreachable
from tests.servers.fault import FaultServer


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "10.0.0.1",
        "192.168.0.1",
        "169.254.169.254",
        "[fe80::1]",
        "[fd00::1]",
    ],
)
def test_inner_hosts_are_refused_without_a_packet(host: str, faulty: FaultServer, setting: Any) -> None:
    setting("http.allowed_hosts", "")
    with pytest.raises(SourceRefused):
        http.fetch(f"http://{host}:{faulty.port}/canary")
    assert faulty.hits == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://127.0.0.1:70/",
        "ftp://example.org/",
        "dict://example.org/",
        "data:text/plain,x",
        "//example.org/",
        "example.org",
        "",
        "http://",
        "http:///path",
        "http://user:secret@example.org/",
        "http://user@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http://example.org /",
        "http://example.org/\r\nX-Injected: 1",
        "http://example.org:99999/",
        "http://[::1/",
    ],
)
def test_malformed_and_foreign_addresses_are_refused(url: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        http.fetch(url)
    assert "secret" not in str(caught.value)
    assert "passwd" not in str(caught.value)


def test_a_host_is_allowed_by_name_and_port_only(faulty: FaultServer, setting: Any) -> None:
    assert http.fetch(faulty.url("canary")).content == b"canary"
    setting("http.allowed_hosts", "127.0.0.1:1 127.0.0.2 localhost")
    with pytest.raises(SourceRefused):
        http.fetch(faulty.url("canary"))


def test_redirect_to_the_metadata_address_is_refused(faulty: FaultServer) -> None:
    with pytest.raises(SourceRefused) as caught:
        http.fetch(faulty.url("redirect-private"))
    assert caught.value.host == "169.254.169.254"


@pytest.mark.parametrize("fault", ["redirect-file", "redirect-private"])
def test_bare_session_follows_no_redirect_inwards(faulty: FaultServer, fault: str) -> None:
    with http.session() as session, pytest.raises(SourceRefused):
        session.get(faulty.url(fault))


def test_redirect_to_another_inner_server_is_refused(faulty: FaultServer, recorder: Any) -> None:
    inner = recorder("127.0.0.1")
    with pytest.raises(SourceRefused):
        http.fetch(faulty.url(f"redirect?to=http://127.0.0.1:{inner.port}/"))
    assert inner.seen == []


def test_redirect_loop_ends(faulty: FaultServer) -> None:
    with pytest.raises(SourceUnreachable):
        http.fetch(faulty.url("redirect-loop"))
    assert len(faulty.hits) == 6  # the first and five redirects


def test_a_key_is_not_told_to_another_host(recorder: Any, setting: Any) -> None:
    other = recorder("127.0.0.2")
    first = recorder("127.0.0.1", to=f"http://127.0.0.2:{other.port}/")
    setting("http.allowed_hosts", "127.0.0.1 127.0.0.2")
    http.fetch(
        f"http://127.0.0.1:{first.port}/",
        accept="text/plain",
        headers={"X-Api-Key": "secret", "Authorization": "secret"},
    )
    assert first.seen[0][1]["x-api-key"] == "secret"
    assert "secret" not in other.seen[0][1].values()
    assert other.seen[0][1]["accept"] == "text/plain"


class Resolver:
    """Answers a name with one address after the other, as a rebinding name server does; all else as usual."""

    def __init__(self, name: str, *answers: list[str]) -> None:
        self.name = name
        self.answers = list(answers)
        self.asked = 0
        self.real = socket.getaddrinfo

    def __call__(self, host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != self.name:
            return self.real(host, port, *args, **kwargs)
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> str:
    """127.0.0.2 stands for an address on the internet."""
    monkeypatch.setattr(connection, "is_public", lambda ip: ip == "127.0.0.2" or addresses.is_public(ip))
    return "127.0.0.2"


def test_rebinding_reaches_only_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, outside: str
) -> None:
    public = recorder(outside)
    inner = recorder("127.0.0.1", port=public.port)
    resolver = Resolver("rebind.example", [outside], ["127.0.0.1"])
    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    url = f"http://rebind.example:{public.port}/"
    assert http.fetch(url).content == b"hello"
    assert resolver.asked == 1  # judged and connected with one answer
    assert public.seen[0][1]["host"] == f"rebind.example:{public.port}"
    with pytest.raises(SourceRefused):
        http.fetch(url)
    assert inner.seen == []


def test_one_inner_address_among_outer_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, outside: str
) -> None:
    public = recorder(outside)
    monkeypatch.setattr(socket, "getaddrinfo", Resolver("mixed.example", [outside, "127.0.0.1"]))
    with pytest.raises(SourceRefused):
        http.fetch(f"http://mixed.example:{public.port}/")
    assert public.seen == []


def test_redirect_to_a_name_with_an_inner_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, outside: str
) -> None:
    inner = recorder("127.0.0.1")
    public = recorder(outside, to=f"http://intern.example:{inner.port}/")
    monkeypatch.setattr(socket, "getaddrinfo", Resolver("intern.example", ["127.0.0.1"]))
    with pytest.raises(SourceRefused):
        http.fetch(f"http://{outside}:{public.port}/")
    assert (len(public.seen), inner.seen) == (1, [])


def test_the_second_address_is_tried_when_the_first_is_dead(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, setting: Any
) -> None:
    alive = recorder("127.0.0.3")
    setting("http.allowed_hosts", "two.example")
    monkeypatch.setattr(socket, "getaddrinfo", Resolver("two.example", ["127.0.0.1", "127.0.0.3"]))
    assert http.fetch(f"http://two.example:{alive.port}/").status == 200


def test_proxies_and_netrc_of_the_environment_are_ignored(
    monkeypatch: pytest.MonkeyPatch, recorder: Any, setting: Any, tmp_path: Path
) -> None:
    proxy, target = recorder("127.0.0.1"), recorder("127.0.0.1")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    setting("http.allowed_hosts", "127.0.0.1")
    with http.session() as session:
        session.get(f"http://127.0.0.1:{target.port}/", proxies={"http": f"http://127.0.0.1:{proxy.port}"})
        session.proxies["http"] = f"http://127.0.0.1:{proxy.port}"
        session.get(f"http://127.0.0.1:{target.port}/")
    assert (len(proxy.seen), len(target.seen)) == (0, 2)
    assert "authorization" not in target.seen[0][1]


class TestTls:
    """A certificate of our own for ``secure.example``, on loopback."""

    @pytest.fixture
    def server(self, recorder: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: Any) -> Any:
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-keyout", str(key), "-out", str(certificate)),
                *("-subj", "/CN=secure.example", "-addext", "subjectAltName=DNS:secure.example"),
            ],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = recorder("127.0.0.1")
        server.names = []
        context.sni_callback = lambda _socket, name, _context: server.names.append(name)
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        server.certificate = str(certificate)

        def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        setting("http.allowed_hosts", "secure.example other.example")
        return server

    def test_name_of_the_address_counts_for_tls(self, server: Any) -> None:
        with http.session() as session:
            session.verify = server.certificate
            assert http.fetch(f"https://secure.example:{server.port}/", session=session).content == b"hello"
        assert server.names == ["secure.example"]

    def test_unknown_certificate_is_not_trusted(self, server: Any) -> None:
        with pytest.raises(SourceUnreachable):
            http.fetch(f"https://secure.example:{server.port}/")
        assert server.seen == []

    def test_certificate_of_another_name_is_not_trusted(self, server: Any) -> None:
        with http.session() as session:
            session.verify = server.certificate
            with pytest.raises(SourceUnreachable):
                http.fetch(f"https://other.example:{server.port}/", session=session)
        assert server.seen == []

    def test_drip_over_tls_is_bounded(self, server: Any, setting: Any) -> None:
        class Drip(server.server.RequestHandlerClass):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):  # the client has had enough, as it should
                    for _ in range(100):
                        self.wfile.write(b".")
                        time.sleep(0.1)

        server.server.RequestHandlerClass = Drip
        started = time.monotonic()
        with http.session() as session:
            session.verify = server.certificate
            with pytest.raises(SourceTimeout):
                http.fetch(f"https://secure.example:{server.port}/", session=session, deadline=1)
        assert time.monotonic() - started < 3
