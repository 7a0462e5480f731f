"""Rows of a standing release are looked at before they flow: what may name a person waits, and so does all while a new licence
is before the board.

What wants the context of a whole column (a share of its values) gets the values of the batch; what speaks for itself, like an
IBAN or a name, holds back the rows that have it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model

from .. import revisions
from .columns import meanings
from .detectors import SHAPE, interesting
from .personal import CONTENTS, HEADINGS, NEEDS_CONTENT
from .verdict import EVERYDAY

# headings that say it all, whatever stands below
TELLING = frozenset(kind for kind, level, _, _ in HEADINGS if level == "stop") - NEEDS_CONTENT


def look(package_id: str, resource_id: str, texts: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Receiver of `core.signals.series_rows`."""
    why = ["licence"] if _new_licence(package_id) else []
    found = {column: hits(column, list(values)) for column, values in texts.items()}
    return {"why": why, "values": {column: values for column, values in found.items() if values}}


def hits(column: str, values: list[str]) -> list[str]:
    """Those of the distinct values of a column that may be personal data. Pure."""
    if meanings(column) & TELLING:
        return values
    by_kind: dict[str, list[str]] = {}
    shapes: dict[str, Any] = {}
    for value in values:
        form = value.translate(SHAPE)
        if form not in shapes:
            shapes[form] = interesting(form)
        for detector in shapes[form]:
            if detector.hits(value):
                by_kind.setdefault(detector.kind, []).append(value)
    held: set[str] = set()
    for kind, level, share, least, _ in CONTENTS:
        some = by_kind.get(kind, [])
        counts = level == "stop" or kind not in EVERYDAY
        if some and counts and len(some) >= least and len(some) >= share * len(values):
            held.update(some)
    return sorted(held)


def _new_licence(package_id: str) -> bool:
    revision = revisions.pending(package_id)
    package = model.Package.get(package_id)
    if revision is None or package is None:
        return False
    return (revision.content.get("package") or {}).get("license_id") != package.license_id
