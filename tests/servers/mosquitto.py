"""A real MQTT broker: Debian's mosquitto, with users, rights and, at a second port, TLS by a certificate authority of its own.

``start(data_dir, port, tls_port)`` / ``stop`` / ``kill``. Standard library only. Everything lies in ``data_dir``: sessions and queued
messages survive ``stop`` and ``kill`` (written to disk with every change), so that the same broker can be started again.

Facts about mosquitto 2.0 that a client must know: it sends at most ``max_inflight_messages`` (20) messages before one of them is
acknowledged; it keeps ``max_queued_messages`` (1,000) for a client that is away and drops the rest; a message that a client may not read is
granted in the SUBACK (rights are checked when it is delivered), to a publisher without rights it is acknowledged and thrown away.
"""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.servers import process
from tests.servers.process import Server, ServerError

NAME = "mosquitto"
#: Accounts: who reads (the platform) and who sends (the sensors).
READER, SENDER = ("leser", "geheim-l"), ("sender", "geheim-s")
READABLE = ("v1.1/#", "v3/#", "application/#", "sensoren/#")


@dataclass(frozen=True)
class Certificates:
    """Paths (PEM): ``ca`` signed the broker's certificate, ``other_ca`` did not."""

    ca: Path
    other_ca: Path
    certificate: Path
    key: Path


def binary() -> str | None:
    """Where mosquitto is; None when it is not installed."""
    return shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def start(
    data_dir: Path | str, port: int, tls_port: int, *, inflight: int | None = None, queued: int = 100_000, timeout: float = 10.0,
    careful: bool = True,
) -> Server:  # fmt: skip
    """Start the broker on 127.0.0.1: plain on ``port``, TLS on ``tls_port``; one that runs already is returned as it is. ``inflight``:
    messages without acknowledgement, None: as mosquitto does by itself. Raises :class:`ServerError`."""
    folder = Path(data_dir).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    url, running = f"mqtt://127.0.0.1:{port}", folder / f"{NAME}.pid"
    if (there := process.running_pid(running)) is not None:
        return Server(NAME, url, there, running, folder / f"{NAME}.log")
    found = binary()
    if found is None:
        raise ServerError("mosquitto is missing: apt-get install mosquitto")
    process.require_free(port)
    made = certificates(folder)
    _accounts(folder)
    config = folder / "mosquitto.conf"
    config.write_text(_config(folder, port, tls_port, made, inflight, queued, careful))
    pid, pidfile, log = process.spawn(NAME, [found, "-c", str(config)], folder=folder)
    server = Server(NAME, url, pid, pidfile, log)
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", tls_port)) == 0:
                return server
        if process.running_pid(pidfile) is None:
            break
        time.sleep(0.05)
    process.stop(pidfile)
    raise ServerError(f"mosquitto did not start\n{process.tail(log)}")


def stop(data_dir: Path | str) -> bool:
    """Stop the broker in good order; True when one was running. Its data stay."""
    return process.stop(Path(data_dir).resolve() / f"{NAME}.pid")


def kill(data_dir: Path | str) -> bool:
    """Kill it (SIGKILL); True when one was running. What is on the disk stays."""
    pidfile = Path(data_dir).resolve() / f"{NAME}.pid"
    pid = process.running_pid(pidfile)
    if pid is None:
        return False
    os.kill(pid, signal.SIGKILL)
    while process.running_pid(pidfile) is not None:
        time.sleep(0.01)
    return True


def certificates(folder: Path) -> Certificates:
    """Two authorities and a certificate for 127.0.0.1 and localhost, made once for a folder."""
    made = Certificates(folder / "ca.pem", folder / "other-ca.pem", folder / "server.pem", folder / "server.key")
    if made.certificate.exists():
        return made
    for name in ("ca", "other-ca"):
        _openssl(
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=Test {name}",
            "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"),
        )  # fmt: skip
    _openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", str(made.key), "-out", str(folder / "server.csr"))
    names = folder / "names.txt"
    names.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    _openssl(
        "x509", "-req", "-days", "2", "-in", str(folder / "server.csr"), "-CA", str(made.ca), "-CAkey", str(folder / "ca.key"),
        "-CAcreateserial", "-extfile", str(names), "-out", str(made.certificate),
    )  # fmt: skip
    return made


def _accounts(folder: Path) -> None:
    passwords = folder / "passwords"
    if not passwords.exists():
        passwords.write_text("".join(f"{name}:{word}\n" for name, word in (READER, SENDER)))
        passwords.chmod(0o600)
        tool = shutil.which("mosquitto_passwd", path=f"{os.environ.get('PATH', '')}:/usr/bin")
        if tool is None:
            raise ServerError("mosquitto_passwd is missing")
        subprocess.run([tool, "-U", str(passwords)], check=True, capture_output=True)
    rights = [f"user {READER[0]}", *(f"topic read {topic}" for topic in READABLE), f"user {SENDER[0]}", "topic write #"]
    (folder / "rights").write_text("\n".join(rights) + "\n")


def _config(folder: Path, port: int, tls_port: int, made: Certificates, inflight: int | None, queued: int, careful: bool) -> str:
    lines = [
        f"user {getpass.getuser()}",
        "per_listener_settings false",
        "allow_anonymous false",
        f"password_file {folder / 'passwords'}",
        f"acl_file {folder / 'rights'}",
        "persistence true",
        f"persistence_location {folder}/",
        *(["autosave_on_changes true", "autosave_interval 1"] if careful else []),
        f"max_queued_messages {queued}",
        *([f"max_inflight_messages {inflight}"] if inflight is not None else []),
        f"listener {port} 127.0.0.1",
        f"listener {tls_port} 127.0.0.1",
        f"cafile {made.ca}",
        f"certfile {made.certificate}",
        f"keyfile {made.key}",
    ]
    return "\n".join(lines) + "\n"


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"openssl {arguments[0]} failed:\n{done.stderr[-1000:]}")
