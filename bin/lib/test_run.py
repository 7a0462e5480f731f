"""bin/test: services of its own, then pytest, then the services are ended.

All tests together run in as many processes as there are processor cores, two at most, each on services of its own; a
choice of tests runs in one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from . import testbed
from .paths import ROOT, VENV, stack_dir
from .services import Stack, given_addresses

MOST_STACKS = 2


def _overrides() -> dict[str, str]:
    lines = (ROOT / "test.ini").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith(";"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _stacks(number: int) -> list[Stack]:
    name = os.environ.get("DATENPLATTFORM_STACK", "test")
    return [Stack(stack_dir(name if each == 0 else f"{name}-{each + 1}"), durable=False) for each in range(number)]


def _stop(stacks: list[Stack]) -> None:
    for stack in stacks:
        stack.stop()


def main(arguments: list[str]) -> int:
    """Run the tests; the exit code is pytest's."""
    if "--stop" in arguments:
        _stop(_stacks(MOST_STACKS))
        return 0
    keep = "--keep" in arguments
    arguments = [argument for argument in arguments if argument != "--keep"]
    # services that somebody else runs are there once
    alone = bool(arguments or given_addresses())
    stacks = _stacks(1 if alone else min(MOST_STACKS, os.cpu_count() or 1))
    with ExitStack() as ends:
        inis: list[Path] = []
        for stack in stacks:
            ends.enter_context(testbed.ended(stack, keep=keep))
            inis.append(testbed.ready(stack, _overrides()))
        command = [VENV / "bin" / "python", "-m", "pytest", f"--ckan-ini={inis[0]}", *arguments]
        if len(inis) > 1:
            command += [f"--numprocesses={len(inis)}", "--dist=loadfile", "--no-loadscope-reorder"]
        env = {**testbed.variables(stacks[0]), "DATENPLATTFORM_INIS": os.pathsep.join(map(str, inis))}
        return subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
