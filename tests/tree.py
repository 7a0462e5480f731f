"""The project's own files, for the tests that look at all of them."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ckanext" / "datenplattform"


def project_files() -> list[Path]:
    """Every file that belongs to the project: known to git, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = (ROOT / name for name in sorted(set(listed.split("\0"))) if name)
    return [path for path in paths if path.is_file()]


def name_of(path: Path) -> str:
    """A file as people write it: relative to the checkout."""
    return path.relative_to(ROOT).as_posix()
