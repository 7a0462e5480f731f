"""Where the translations lie: in the installed package, or at the top of a checkout (an editable install)."""

from __future__ import annotations

from pathlib import Path

from ..core.i18n import DOMAIN

__all__ = ["DOMAIN", "folder", "locales"]


def folder() -> Path:
    """The folder with `<language>/LC_MESSAGES/`."""
    package = Path(__file__).resolve().parents[1]
    for found in (package / "i18n", package.parents[1] / "i18n"):
        if found.is_dir():
            return found
    return package / "i18n"


def locales() -> list[str]:
    """The languages there are translations for."""
    return sorted(path.parent.name for path in folder().glob("*/LC_MESSAGES"))
