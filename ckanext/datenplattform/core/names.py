"""Addresses of datasets from their titles."""

from __future__ import annotations

import hashlib

import ckan.model as model
from ckan.lib.munge import munge_title_to_name

# CKAN's own function makes "baume" of "Bäume"
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "Ss"})

# addresses below /inventar that are pages, so that no record is hidden behind one
RESERVED = frozenset({"anfragen", "bericht", "export", "faellig", "import", "neu", "runden", "suche"})


def free(title: str, salt: str) -> str:
    """An address that no dataset has: from the title, made unique by a part of the salt's hash where needed."""
    name = munge_title_to_name(title.translate(_LETTERS))[:80].strip("-_") or "datensatz"
    if len(name) < 2 or name in RESERVED or model.Package.get(name):
        name = f"{name}-{hashlib.sha256(salt.encode()).hexdigest()[:8]}"
    return name
