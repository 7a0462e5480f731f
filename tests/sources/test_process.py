"""Background servers are found again by their pid file, and nobody else's process is ever touched."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import mapserver, process, sensorthings
from tests.servers.fixtures import run_dir
from tests.servers.process import ServerError
from tests.servers.synthetic import Place


def test_start_and_stop_by_pid_file(tmp_path: Path):
    pid, pidfile, _ = process.spawn("sleeper", ["sleep", "60"], folder=tmp_path)

    assert process.running_pid(pidfile) == pid
    assert os.getsid(pid) == pid  # a session of its own: it outlives the shell it was started from
    assert process.stop(pidfile)
    assert process.running_pid(pidfile) is None
    assert not process.stop(pidfile)


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path):
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    _, pidfile, log = process.spawn("stubborn", [sys.executable, "-c", script], folder=tmp_path)
    while not process.tail(log):
        pass

    assert process.stop(pidfile, timeout=0.3)
    assert process.running_pid(pidfile) is None


def test_a_stale_pid_file_touches_nobody(tmp_path: Path):
    pidfile = tmp_path / "old.pid"
    pidfile.write_text(f"{os.getpid()}\n1\n")  # our own pid, another start time

    assert process.running_pid(pidfile) is None
    assert not process.stop(pidfile)


def test_a_server_that_ends_at_once_says_why(tmp_path: Path):
    pid, _, log = process.spawn("broken", [sys.executable, "-c", "raise SystemExit('no such thing')"], folder=tmp_path)

    with pytest.raises(ServerError, match="no such thing"):
        process.wait_for_http("http://127.0.0.1:1/", pid=pid, log=log)


def test_a_taken_port_is_told(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(ServerError, match=f"port {port}"):
            sensorthings.start(tmp_path, run_dir(), port)
        with pytest.raises(ServerError, match=f"port {port}"):
            mapserver.start(tmp_path, port, Place("Anderswo", 10, 50))


def test_what_the_demo_needs_runs_on_a_bare_python():
    """Without site-packages: ``bin/demo`` uses these modules before anything is installed."""
    modules = ("sensorthings", "seed_sensorthings", "live", "lorawan", "lorawan_live", "mosquitto", "mapserver", "fault")
    script = f"import sys; sys.path.insert(0, {str(process.CHECKOUT)!r})\n" + "\n".join(
        f"import tests.servers.{name}" for name in modules
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
