"""The next one of a series: the board has published the same already, under the same licence and with the same columns.

Such a case goes on the fast track by proposal (tracks.py). Nobody gets there by a name alone: the series counts within the
own unit, the columns are read out of the files themselves, and the checks must have found nothing in the data.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ..access import shared as access
from ..inventory import shared as inventory
from .checks import rights
from .checks.subject import Subject
from .checks.tables import TEXT, Broken, open_tables

# members of the series that are looked at, the latest first, and the largest file that is opened for its headings
MOST = 10
MOST_BYTES = 200_000_000
# advice about describing says nothing about the data
DESCRIBING = frozenset({rights.RECORD, rights.DCAT})

Shape = tuple[frozenset[str | None], frozenset[tuple[str, ...]]]


def names(dataset: Mapping[str, Any]) -> frozenset[str]:
    """By what the series of a dataset are known: their addresses, else their titles. Pure."""
    found = dataset.get("in_series") or []
    rows = json.loads(found) if isinstance(found, str) else found
    return frozenset(row.get("uri") or " ".join((row.get("title") or "").lower().split()) for row in rows) - {""}


def licences(dataset: Mapping[str, Any]) -> frozenset[str | None]:
    """The licences of a dataset and of its files. Pure."""
    own = dataset.get("license_id")
    return frozenset({own} | {resource.get("license") or own for resource in dataset.get("resources") or []})


def clean(verdicts: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the checks found nothing in the data. Pure."""
    return all(item["level"] == "ok" or (item["level"] == "look" and item["check"] in DESCRIBING) for item in verdicts)


def forerunner(found: Subject, verdicts: Iterable[Mapping[str, Any]]) -> str | None:
    """Package id of a published dataset of the same unit and series with the same licences and columns; None where there
    is none, where the checks found something, or where not all files are tables."""
    series = names(found.dataset)
    if not series or not clean(verdicts):
        return None
    tables = found.tables
    if not tables or {file.id for file, _ in tables} != {file.id for file in found.files}:
        return None
    shape = licences(found.dataset), frozenset(tuple(column.name for column in scan.columns) for _, scan in tables)
    for package_id in _published(found.dataset):
        other = tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": package_id})
        if names(other) & series and _shape(other) == shape:
            return package_id
    return None


def _published(dataset: Mapping[str, Any]) -> list[str]:
    """Other published datasets of the unit that are in some series, the latest first."""
    package: Any = model.Package
    query = (
        select(package.id)
        .where(package.owner_org == dataset.get("owner_org"), package.id != dataset.get("id"), package.state == "active",
               package.private.is_(False), package.extras["in_series"].astext.isnot(None))
        .order_by(package.metadata_created.desc())
        .limit(MOST)
    )  # fmt: skip
    ids = list(model.Session.execute(query).scalars())
    public = access.published_ids(ids)
    return [package_id for package_id in ids if package_id in public]


def _shape(dataset: Mapping[str, Any]) -> Shape | None:
    headers = set()
    for resource in dataset.get("resources") or []:
        found = _headers(resource)
        if found is None:
            return None
        headers |= found
    return licences(dataset), frozenset(headers)


def headings(resource: Mapping[str, Any]) -> set[str]:
    """The headings of all tables of a file; empty where it lies elsewhere, or is no table of text."""
    return {name for header in _headers(resource) or () for name in header}


def _headers(resource: Mapping[str, Any]) -> set[tuple[str, ...]] | None:
    """The headings of each table of a file; None where there is no file or no table of text."""
    path = inventory.stored(dict(resource))
    if path is None or (resource.get("format") or "").upper() not in TEXT or path.stat().st_size > MOST_BYTES:
        return None
    try:
        with open_tables(path, resource["format"]) as tables:
            return {tuple(table.header) for table in tables}
    except Broken:
        return None
