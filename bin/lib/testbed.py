"""Services and a site for tests and measurements: what bin/test and bin/bench have in common."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from . import assets, install
from .paths import ROOT, shared_dir
from .processes import free_port
from .report import StepFailed, fail, step
from .services import Stack
from .site import environment, municipality_file, prepare_database, write_ini


def ready(stack: Stack, extra: Mapping[str, str]) -> Path:
    """Install what is missing, start the services, bring the database up to date; the site's ini file.

    Ends the program with a message when a step fails; then nothing is left running.
    """
    try:
        with install.install_lock():
            with step("Python-Umgebung"):
                install.venv(development=True)
                install.translations()
            with step("Solr-Bibliotheken"):
                install.solr()
            with step("Skript-Bibliotheken"):
                assets.build()
        stack.start()
        stack.state["ports"]["site"] = free_port()
        municipality = municipality_file(os.environ.get("DATENPLATTFORM_MUNICIPALITY", "osnabrueck"))
        # the loopback address is where the tests' own source servers are
        ini = write_ini(stack, municipality, allowed_hosts="127.0.0.1", extra=extra)
        with step("Datenbank"):
            prepare_database(stack, ini)
    except StepFailed as problem:
        stack.stop()
        fail(str(problem))
    return ini


def variables(stack: Stack) -> dict[str, str]:
    """The environment of a process that works on the stack."""
    return {
        **environment(),
        "DATENPLATTFORM_SHARED": str(shared_dir()),
        "DATENPLATTFORM_STACK_DIR": str(stack.folder),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'bin'}",
    }


@contextmanager
def ended(stack: Stack, *, keep: bool) -> Iterator[None]:
    """End the services at the end, whatever happens, unless they are to be kept."""
    try:
        yield
    finally:
        if not keep:
            stack.stop()
