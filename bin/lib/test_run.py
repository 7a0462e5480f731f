"""bin/test: services of its own, then pytest, then the services are ended."""

from __future__ import annotations

import os
import subprocess
import sys

from . import install
from .paths import ROOT, VENV, shared_dir, stack_dir
from .processes import free_port
from .report import StepFailed, fail, step
from .services import Stack
from .site import environment, municipality_file, prepare_database, write_ini


def _overrides(stack: Stack) -> dict[str, str]:
    lines = (ROOT / "test.ini").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def main(arguments: list[str]) -> int:
    """Run the tests; the exit code is pytest's."""
    stack = Stack(stack_dir(os.environ.get("DATENPLATTFORM_STACK", "test")), durable=False)
    if "--stop" in arguments:
        stack.stop()
        return 0
    keep = "--keep" in arguments
    arguments = [argument for argument in arguments if argument != "--keep"]
    try:
        with install.install_lock():
            with step("Python-Umgebung"):
                install.venv(development=True)
                install.translations()
            with step("Solr-Bibliotheken"):
                install.solr()
        stack.start()
        stack.state["ports"]["site"] = free_port()
        municipality = municipality_file(os.environ.get("DATENPLATTFORM_MUNICIPALITY", "osnabrueck"))
        # the loopback address is where the tests' own source servers are
        ini = write_ini(stack, municipality, allowed_hosts="127.0.0.1", extra=_overrides(stack))
        with step("Datenbank"):
            prepare_database(stack, ini)
    except StepFailed as problem:
        stack.stop()
        fail(str(problem))
    env = {
        **environment(),
        "DATENPLATTFORM_SHARED": str(shared_dir()),
        "DATENPLATTFORM_STACK_DIR": str(stack.folder),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'bin'}",
    }
    try:
        command = [VENV / "bin" / "python", "-m", "pytest", f"--ckan-ini={ini}", *arguments]
        return subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False).returncode
    finally:
        if not keep:
            stack.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
