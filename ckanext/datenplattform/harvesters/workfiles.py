"""Where files of a record lie between fetch and import."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import ckan.plugins.toolkit as tk


def folder_of(object_id: str, *, create: bool = False) -> Path:
    """The folder of a harvest object, below CKAN's storage (fetch and import may be different workers on one
    machine)."""
    if not re.fullmatch(r"[0-9a-f-]{36}", object_id):
        raise ValueError(object_id)
    folder = Path(str(tk.config.get("ckan.storage_path") or tempfile.gettempdir())) / "datenplattform-harvest" / object_id
    if create:
        folder.mkdir(parents=True, exist_ok=True)
    return folder
