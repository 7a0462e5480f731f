"""bin/bench: services of its own, then each bench file in a process of its own, then the services are ended."""

from __future__ import annotations

import os
import subprocess
import sys

from . import testbed
from .paths import ROOT, VENV, stack_dir
from .services import Stack


def main(arguments: list[str]) -> int:
    """Run the benches of a name; 1 when a claim is short or a bench fails, 2 for a name without benches."""
    keep, names = "--keep" in arguments, [argument for argument in arguments if not argument.startswith("--")]
    files = sorted({path.stem for name in names for ending in ("", "_*") for path in (ROOT / "bench").glob(f"{name}{ending}.py")})
    files = [name for name in files if "_" in name.strip("_")]
    if not files:
        known = sorted({path.stem.split("_")[0] for path in (ROOT / "bench").glob("[a-z]*_*.py")})
        print(f"bin/bench NAME; es gibt: {', '.join(known)}")
        return 2
    stack = Stack(stack_dir(os.environ.get("DATENPLATTFORM_STACK", "bench")))
    ini = testbed.ready(stack, {"ckan.jobs.timeout": "3600"})
    with testbed.ended(stack, keep=keep):
        codes = [
            subprocess.run(
                [str(VENV / "bin" / "python"), "-m", "bench", str(ini), name], cwd=ROOT, env=testbed.variables(stack), check=False
            ).returncode
            for name in files
        ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
