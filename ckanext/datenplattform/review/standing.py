"""Standing releases: what exactly the board is asked for, what flows after its decision, and what waits."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins as p
from sqlalchemy import select

from ..timeseries import shared as timeseries

log = logging.getLogger(__name__)


def bounded(scope: dict[str, Any], package: model.Package) -> dict[str, Any]:
    """The scope as it is decided: where it names no columns or licence, those of today. So what is new is outside."""
    columns = scope.get("columns")
    if columns is None:
        columns = columns_of(package.id) or None
    return {**scope, "columns": columns, "licence": scope.get("licence") or package.license_id or None}


def bounds(scope: dict[str, Any]) -> dict[str, Any]:
    """The scope without its end, as it is kept and hashed."""
    return {key: value for key, value in scope.items() if key != "until"}


def end(scope: dict[str, Any]) -> datetime | None:
    """The moment at which a release of this scope ends (UTC); None: it does not."""
    if not scope.get("until"):
        return None
    found = datetime.fromisoformat(scope["until"])
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def columns_of(package_id: str) -> list[str]:
    """The columns of the dataset's series, sorted."""
    return sorted({column for resource_id in tables(package_id) for column in timeseries.columns_of(resource_id)})


def let_through(package_id: str) -> None:
    """After the commit of a decision: what waited and is within the release now flows. Can be repeated."""
    try:
        for resource_id in tables(package_id):
            timeseries.let_through(resource_id)
    except Exception as problem:
        # the decision stands whatever the DataStore does; `review_release` repeats this
        log.error("rows that wait could not be let through: %s", type(problem).__name__)


def tables(package_id: str) -> list[str]:
    """Ids of the dataset's series."""
    if not p.plugin_loaded("dp_timeseries"):
        return []
    query = select(model.Resource.id).where(model.Resource.package_id == package_id, model.Resource.state == "active")
    return [resource_id for resource_id in model.Session.execute(query).scalars() if timeseries.columns_of(resource_id)]


def discard(package_id: str) -> int:
    """Forget what waits of a dataset; the number of rows."""
    return sum(timeseries.discard_waiting(resource_id) for resource_id in tables(package_id))


def waiting() -> dict[str, dict[str, Any]]:
    """What waits, by package id: {"rows", "arrived" (ISO 8601, UTC), "why": {code: rows}, "resources": {id: rows},
    "columns": [new ones that the table does not have]}."""
    if not p.plugin_loaded("dp_timeseries"):
        return {}
    found: dict[str, dict[str, Any]] = {}
    by_resource = timeseries.waiting_by_resource()
    rows = model.Session.execute(
        select(model.Resource.id, model.Resource.package_id).where(model.Resource.id.in_(list(by_resource)))
    )
    for resource_id, package_id in rows:
        here = by_resource[resource_id]
        item = found.setdefault(package_id, {"rows": 0, "arrived": "", "why": {}, "resources": {}, "columns": []})
        item["rows"] += here["rows"]
        item["arrived"] = max(item["arrived"], here["arrived"].isoformat())
        item["resources"][resource_id] = here["rows"]
        item["columns"] = sorted({*item["columns"], *timeseries.new_columns(resource_id)})
        for code, count in here["why"].items():
            item["why"][code] = item["why"].get(code, 0) + count
    return found
