"""bin/test: services of its own, then pytest, then the services are ended."""

from __future__ import annotations

import os
import subprocess
import sys

from . import testbed
from .paths import ROOT, VENV, stack_dir
from .services import Stack


def _overrides() -> dict[str, str]:
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
    ini = testbed.ready(stack, _overrides())
    with testbed.ended(stack, keep=keep):
        command = [VENV / "bin" / "python", "-m", "pytest", f"--ckan-ini={ini}", *arguments]
        done = subprocess.run([str(part) for part in command], cwd=ROOT, env=testbed.variables(stack), check=False)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
