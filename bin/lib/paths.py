"""Where things lie. Everything that is made at run time is below `.run/` in the checkout."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUN = ROOT / ".run"
VENV = RUN / "venv"
SOLR_LIB = RUN / "solr-lib"


def stack_dir(name: str) -> Path:
    """The data folder of one set of services (`demo`, `test`, or what DATENPLATTFORM_STACK names)."""
    return RUN / name


def shared_dir() -> Path:
    """Data for tests beside the project; DATENPLATTFORM_SHARED names another place."""
    return Path(os.environ.get("DATENPLATTFORM_SHARED") or ROOT.parent / "shared").resolve()
