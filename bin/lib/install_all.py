"""Everything the demo needs, side by side: downloads wait for the network, not for each other."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.servers import sensorthings

from . import assets, install
from .paths import RUN
from .processes import StepFailed
from .report import fail, step


def main() -> None:
    """Install what is missing below `.run/`."""
    with install.install_lock(), step("Python-Umgebungen, Solr und Skript-Bibliotheken"), ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(install.venv, development=False),
            pool.submit(install.solr),
            pool.submit(sensorthings.ensure_venv, RUN),
            pool.submit(assets.build),
        ]
        for job in jobs:
            job.result()
        install.translations()


if __name__ == "__main__":
    try:
        main()
    except StepFailed as problem:
        fail(str(problem))
    sys.exit(0)
