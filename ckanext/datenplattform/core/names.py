"""Addresses of datasets from their titles."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import count

import ckan.model as model
from ckan.lib.munge import munge_title_to_name
from sqlalchemy import select

# CKAN's own function makes "baume" of "Bäume"
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "Ss"})

# addresses below /inventar and /datenraeume that are pages, so that nothing is hidden behind one
RESERVED = frozenset({"anfragen", "bericht", "export", "faellig", "import", "neu", "runden", "suche"})


def plain(title: str, otherwise: str = "datensatz") -> str:
    """An address from a title, or ``otherwise`` where nothing is left of it; whether something has it already nobody asked."""
    return munge_title_to_name(title.translate(_LETTERS))[:80].strip("-_") or otherwise


def salted(name: str, salt: str) -> str:
    """Another address, made unique by a part of the salt's hash."""
    return f"{name[:90]}-{hashlib.sha256(salt.encode()).hexdigest()[:8]}"


def usable(name: str) -> bool:
    """Whether an address may be a dataset's."""
    return len(name) >= 2 and name not in RESERVED


def taken(names: Iterable[str]) -> set[str]:
    """Those addresses that a dataset has, or had."""
    return set(model.Session.execute(select(model.Package.name).where(model.Package.name.in_(list(names)))).scalars())


def free(title: str, salt: str) -> str:
    """An address that no dataset has: from the title, made unique by a part of the salt's hash where needed; by a second or
    third salt where even that one is taken (two sources may call their records alike)."""
    name = plain(title)
    if usable(name) and not model.Package.get(name):
        return name
    others = (salted(name, f"{salt}{number or ''}") for number in count())
    return next(other for other in others if not model.Package.get(other))
