"""Harvest sources before the board: what of a source is decided, and within which bounds its datasets flow.

What a source reads, and with which settings, is decided by a hash: the settings themselves are nobody else's business. Who
changes them afterwards changes what was released: then nothing flows any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ..access import shared as access
from ..core.clock import utcnow
from ..core.http import host_of
from ..inventory import shared as inventory
from . import series, standing

# as many datasets are asked for their columns and licences when the board is asked
MOST = 200


def find(name: Any) -> model.Package | None:
    """The harvest source of this id or name; None where there is none, or it was deleted."""
    package = model.Package.get(name) if isinstance(name, str) and name else None
    living = package is not None and package.type == "harvest" and package.state == model.State.ACTIVE
    return package if living else None


def content(source: model.Package) -> dict[str, Any]:
    """What is decided of a source, as a case freezes it."""
    extras = source.extras or {}
    named = {"name": source.name, "title": source.title or source.name}
    return {
        "package": {**named, "source_type": extras.get("source_type") or "", "source_host": host_of(source.url or "")},
        "source_hash": access.content_hash(source.id),
    }


def unchanged(source_id: str, decided: dict[str, Any]) -> None:
    """Raises ContentChanged where the source is gone or no longer what was decided; else it stays so until the transaction ends."""
    query = model.Session.query(model.Package).filter_by(id=source_id).with_for_update(read=True)
    source = query.populate_existing().first()
    if source is None or source.state != model.State.ACTIVE or access.content_hash(source_id) != decided.get("source_hash"):
        raise access.ContentChanged(source_id)


def bounded(scope: dict[str, Any], source: model.Package) -> dict[str, Any]:
    """The scope as it is decided: where it names no licence or columns, those of the datasets of today.

    :raises ValidationError: without an end date, or where neither is known yet
    """
    errors = {}
    until = scope.get("until")
    if not until:
        errors["until"] = [tk._("Please say until when the source is released.")]
    elif until[:10] <= utcnow().date().isoformat():
        errors["until"] = [tk._("This date is over. Please choose a later one.")]
    datasets = list(_datasets(source.id))
    licences = {licence for dataset in datasets for licence in series.licences(dataset) if licence}
    licence = scope.get("licence") or (next(iter(licences)) if len(licences) == 1 else None)
    if not licence:
        errors["licence"] = [tk._("Please name the licence under which the datasets of this source may appear.")]
    columns = scope.get("columns")
    if columns is None:
        columns = sorted({column for dataset in datasets for column in columns_of(dataset)})
    if errors:
        raise tk.ValidationError(errors)
    return {**scope, "streams": None, "columns": columns, "licence": licence}


def known(source_id: str) -> dict[str, list[str]]:
    """What the datasets of today have: {"licences", "columns"}, sorted."""
    datasets = list(_datasets(source_id))
    licences = {licence for dataset in datasets for licence in series.licences(dataset) if licence}
    return {"licences": sorted(licences), "columns": sorted({column for dataset in datasets for column in columns_of(dataset)})}


def columns_of(dataset: dict[str, Any]) -> set[str]:
    """The columns of a dataset's series and of its files that are tables."""
    found = set(standing.columns_of(dataset["id"]))
    for resource in dataset.get("resources") or []:
        found |= set(series.headings(resource) or ())
    return found


def _datasets(source_id: str) -> Iterable[dict[str, Any]]:
    for package_id in inventory.of_source(source_id)[:MOST]:
        package = model.Package.get(package_id)
        if package is not None and package.state == model.State.ACTIVE:
            yield tk.get_action("package_show")({"ignore_auth": True, "user": ""}, {"id": package_id})
