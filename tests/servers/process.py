"""Start, find and stop a background server by its pid file. Linux, standard library only.

A pid file holds two lines: the process id and the kernel's start time of that process (clock ticks since
boot, field 22 of ``/proc/<pid>/stat``). Both must match, so that a pid the kernel has given to somebody
else in the meantime is never signalled.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


class ServerError(RuntimeError):
    """A server did not start; the message ends with the last lines of its log."""


@dataclass(frozen=True)
class Server:
    """A running server: ``url`` is the address a harvest source is given, without a trailing slash."""

    name: str
    url: str
    pid: int
    pidfile: Path
    log: Path


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on at this moment."""
    for port in random.sample(range(20000, 32000), 50):  # no outgoing connection takes one of these
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerError("no free port on 127.0.0.1")


def require_free(port: int) -> None:
    """Raise :class:`ServerError` when somebody listens on 127.0.0.1:``port``.

    Else the stranger would be taken for the server that is just failing to start.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ServerError(f"port {port} on 127.0.0.1 is taken: {error.strerror}") from error


def _start_time(pid: int) -> str | None:
    """Start time of a live process in clock ticks, None when there is none (or only a zombie)."""
    try:
        # The command name may contain blanks and brackets: the fixed fields begin after the last ')'.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def running_pid(pidfile: Path) -> int | None:
    """Pid of the process that wrote ``pidfile``, None when it no longer runs."""
    try:
        pid, started = pidfile.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if _start_time(int(pid)) == started else None


def spawn(
    name: str, argv: Sequence[str], *, folder: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> tuple[int, Path, Path]:
    """Start ``argv`` in a session of its own; returns pid, pid file and log (``<folder>/<name>.{pid,log}``)."""
    folder.mkdir(parents=True, exist_ok=True)
    pidfile, log = folder / f"{name}.pid", folder / f"{name}.log"
    with log.open("ab") as out:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            cwd=cwd or folder,
            start_new_session=True,
        )
    # The caller may leave before the server: that is what a pid file is for, so no warning about it.
    child.returncode = 0
    pidfile.write_text(f"{child.pid}\n{_start_time(child.pid) or 0}\n")
    return child.pid, pidfile, log


def stop(pidfile: Path, *, timeout: float = 10.0) -> bool:
    """Stop the process of ``pidfile``: SIGTERM, after ``timeout`` seconds SIGKILL. True when one was running."""
    pid = running_pid(pidfile)
    if pid is None:
        pidfile.unlink(missing_ok=True)
        return False
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            break
        if _until(lambda: _gone(pid), timeout):
            break
    pidfile.unlink(missing_ok=True)
    return True


def wait_for_http(url: str, *, pid: int, log: Path, timeout: float = 30.0) -> None:
    """Wait until ``url`` answers with a status below 500.

    Raises :class:`ServerError` when the process ends or ``timeout`` seconds pass first.
    """

    def answers() -> bool:
        if _gone(pid):
            raise ServerError(f"the server for {url} ended at once\n{tail(log)}")
        return answers_http(url)

    if not _until(answers, timeout):
        raise ServerError(f"{url} did not answer within {timeout:.0f} s\n{tail(log)}")


def answers_http(url: str, *, timeout: float = 5.0) -> bool:
    """Whether ``url`` answers with a status below 500."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, empty when there is none."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _gone(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # our own child leaves a zombie until somebody asks
    return _start_time(pid) is None


def _until(condition: Callable[[], bool], timeout: float) -> bool:
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()
