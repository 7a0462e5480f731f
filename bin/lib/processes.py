"""Start, watch and end processes; only such as we started, found again by their pid file."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .report import StepFailed

# below the range from which Linux takes the ports of outgoing connections: one of those would be in the way later
PORTS = range(20000, 32000)


def free_port(preferred: int | None = None) -> int:
    """A TCP port on 127.0.0.1 that nobody listens on; the preferred one where it is free."""
    for candidate in ([preferred] if preferred else []) + random.sample(PORTS, 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise StepFailed("Kein freier Port auf 127.0.0.1")


def answers(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _start_time(pid: int) -> str | None:
    """The kernel's start time of a process: a pid that was given again has another one."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()
    return None if fields[0] == "Z" else fields[19]


class Process:
    """One background process with a pid file and a log file in the stack's folder."""

    def __init__(self, stack: Path, name: str):
        self.name = name
        self.pid_file = stack / "pids" / name
        self.log = stack / "logs" / f"{name}.log"

    def pid(self) -> int | None:
        """The pid of the running process, or None."""
        try:
            pid, started = self.pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if _start_time(int(pid)) == started else None

    def start(
        self,
        command: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start in the background unless it runs already."""
        if self.pid():
            return
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            child = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )
        self.pid_file.write_text(f"{child.pid} {_start_time(child.pid)}")

    def wait(self, ready: Callable[[], bool], seconds: float) -> None:
        """Wait until `ready` says yes; raise StepFailed with the end of the log otherwise."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if ready():
                return
            if not self.pid():
                break
            time.sleep(0.1)
        tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
        raise StepFailed(f"{self.name} antwortet nicht. Protokoll: {self.log}\n{tail}")

    def stop(self, sig: int = signal.SIGTERM, seconds: float = 20) -> None:
        """End the process and its children (its own session), first politely."""
        pid = self.pid()
        if pid:
            os.killpg(pid, sig)
            deadline = time.monotonic() + seconds
            while self.pid() and time.monotonic() < deadline:
                _reap(pid)
                time.sleep(0.05)
            if self.pid():
                os.killpg(pid, signal.SIGKILL)
                _reap(pid)
        self.pid_file.unlink(missing_ok=True)


def _reap(pid: int) -> None:
    """Collect the exit status when the process is our own child, so that it is no zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def run(
    command: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None, text: str = ""
) -> str:
    """Run a command to its end with `text` as its input; its output, or StepFailed with the end of it."""
    done = subprocess.run(
        [str(part) for part in command],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"{' '.join(str(part) for part in command[:4])} …: Fehler {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout
