"""bin/bench: services of its own, then each bench file in a process of its own, then the services are ended."""

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


def main(arguments: list[str]) -> int:
    """Run the benches of a name; 1 when a claim is short or a bench fails, 2 for a name without benches."""
    keep, names = "--keep" in arguments, [argument for argument in arguments if not argument.startswith("--")]
    files = sorted(path.stem for name in names for path in (ROOT / "bench").glob(f"{name}_*.py"))
    if not files:
        known = sorted({path.stem.split("_")[0] for path in (ROOT / "bench").glob("[a-z]*_*.py")})
        print(f"bin/bench NAME; es gibt: {', '.join(known)}")
        return 2
    stack = Stack(stack_dir(os.environ.get("DATENPLATTFORM_STACK", "bench")))
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
        ini = write_ini(stack, municipality, allowed_hosts="127.0.0.1", extra={"ckan.jobs.timeout": "3600"})
        with step("Datenbank"):
            prepare_database(stack, ini)
    except StepFailed as problem:
        stack.stop()
        fail(str(problem))
    env = {**environment(), "DATENPLATTFORM_SHARED": str(shared_dir()), "PYTHONPATH": f"{ROOT}:{ROOT / 'bin'}"}
    try:
        codes = [
            subprocess.run([str(VENV / "bin" / "python"), "-m", "bench", str(ini), name], cwd=ROOT, env=env, check=False).returncode
            for name in files
        ]
        return 1 if any(codes) else 0
    finally:
        if not keep:
            stack.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
