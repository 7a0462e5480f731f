"""The form of a standing release: what may be asked for, and the scope that was sent."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from sqlalchemy import select

from ..access import shared as access
from ..dcat_ap_de import shared as dcat_ap_de
from ..timeseries import shared as timeseries
from . import sources, standing

#: As many sources and datasets are offered.
MOST = 200
RESOLUTIONS = ("resolution_seconds", "resolution_metres")


def choices(reader: model.User | None) -> dict[str, list[dict[str, str]]]:
    """For what the reader may ask: {"sources", "datasets"}, each as {"id", "title"}."""
    who = access.memberships(reader)
    package: Any = model.Package
    found = select(package.id, package.title, package.name).where(package.state == "active").order_by(package.title).limit(MOST)
    if not (who.sysadmin or "inventory_lead" in who.roles):
        found = found.where(package.owner_org.in_(who.edits))
    series = select(model.Resource.package_id).where(model.Resource.url_type == "datastore", model.Resource.state == "active")
    offered = {
        "sources": found.where(package.type == "harvest"),
        "datasets": found.where(package.type == "dataset", package.private.is_(False), package.id.in_(series)),
    }
    return {
        kind: [{"id": row.id, "title": row.title or row.name} for row in model.Session.execute(query)] for kind, query in offered.items()
    }


def about(package: model.Package) -> dict[str, Any]:
    """What the form offers: {"columns", "new" (those of them that no table has yet), "licences"}."""
    if package.type == "harvest":
        known = sources.known(package.id)
        # those that its datasets have come first
        more = [concept.code for concept in dcat_ap_de.vocabulary("licence").concepts if dcat_ap_de.can_be_published(concept.code)]
        return {"columns": known["columns"], "new": [], "licences": list(dict.fromkeys([*known["licences"], *more]))}
    new = sorted({name for resource_id in standing.tables(package.id) for name in timeseries.new_columns(resource_id)})
    return {"columns": [*standing.columns_of(package.id), *new], "new": new, "licences": []}


def sent(form: Any, columns: list[str]) -> dict[str, Any]:
    """The scope of a sent form, as the actions take it. Columns that nobody offered are not taken."""
    scope: dict[str, Any] = {name: form[name] for name in ("until", "licence", *RESOLUTIONS) if form.get(name)}
    more = _lines(form.get("more_columns"))
    if columns or more:
        scope["columns"] = [*(name for name in columns if name in form.getlist("columns")), *more]
    streams = _lines(form.get("streams"))
    return {**scope, "streams": streams} if streams else scope


def _lines(text: str | None) -> list[str]:
    """What stands line by line, without empty ones and twins."""
    return list(dict.fromkeys(filter(None, map(str.strip, (text or "").splitlines()))))
