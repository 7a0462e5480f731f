"""Translation that also works where no request is: in the command line, in harvest consumers and background jobs.

CKAN's ``_`` knows the reader's language only inside a request; outside it hands back the English source string.
Messages that are stored with a job or printed for an operator are read by people too: there the portal's default
language counts.
"""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path

import ckan.plugins.toolkit as tk
import flask

DOMAIN = "ckanext-datenplattform"


def N_(text: str) -> str:
    """Mark a string for extraction; it is translated later, when it is read."""
    return text


def language() -> str:
    """The reader's language; without a request the portal's default."""
    asked = tk.h.lang() if flask.has_request_context() else None
    return str(asked or tk.config.get("ckan.locale_default") or "de")


def translate(text: str, language: str | None = None) -> str:
    """The text in the reader's language; without a request in ``language`` or the portal's default language
    (``ckan.locale_default``).
    """
    if language is None and flask.has_request_context():
        return tk._(text)
    return _catalogue(language or str(tk.config.get("ckan.locale_default") or "de")).gettext(text)


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    for folder in _folders():
        try:
            return gettext.translation(DOMAIN, str(folder), [language])
        except OSError:
            continue
    return gettext.NullTranslations()


def _folders() -> list[Path]:
    package = Path(__file__).resolve().parents[1]
    return [package / "i18n", package.parents[1] / "i18n"]  # installed, checkout
