"""Hints of an import: rows that would make a dataset which is perhaps there already. Never a refusal.

What is kept with the import are ids alone; titles are looked up when somebody reads it, among what he may know of then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import ckan.model as model
from sqlalchemy import case, select

from ..access import shared as access
from ..core import municipality
from ..core.i18n import N_, translate
from . import records, twin_index, twins
from .imports import Actor, Plan
from .model import InventoryRecord

MOST = 3
SURE, PROBABLE = 95.0, 87.0


def found(plan: Plan, actor: Actor) -> dict[int, list[dict[str, Any]]]:
    """The likely twins of each row that would make a dataset, among the records that the actor may know of and the
    other such rows; best first, at most three.

    :returns: {row: [{"id" (of a dataset) or "row", "score" (0 to 100)}]}
    """
    town = municipality.current().name
    rows = {
        f"row {item.row}": (item.row, twins.Known(
            f"row {item.row}", twins.without(item.title, town), item.unit, item.record.get("source_system")
        ))
        for item in plan.items if item.action == "create"
    }  # fmt: skip
    if not rows:
        return {}
    there = [
        twins.Known(row.id, twins.without(row.title or row.name, town), row.owner_org, row.source_system)
        for row in model.Session.execute(_known(_reader(actor.who, actor.system)))
    ]
    index = twin_index.Index([*there, *(known for _number, known in rows.values())])
    hints = {}
    for number, wanted in rows.values():
        likely = index.find(wanted, MOST)
        if likely:
            hints[number] = [
                {**({"row": rows[twin.known.id][0]} if twin.known.id in rows else {"id": twin.known.id}), "score": twin.score}
                for twin in likely
            ]
    return hints


def told(report: dict[str, Any] | None, user: model.User | None, system: bool = False) -> dict[str, Any] | None:
    """The report of an import for a reader: each hint with title and link; without those to what he may not know of.

    :returns: the report; in its items "twins": [{"row" or "id", "name", "unit_title", "level"; "title", "score", "likely"
        (the score in words)}], and "twins": how many of the items have such
    """
    if not report:
        return report
    hints = [hint for item in report["items"] for hint in item.get("twins", ())]
    query = _known(_reader(access.memberships(user), system)).where(
        model.Package.id.in_({hint["id"] for hint in hints if "id" in hint})  # type: ignore[attr-defined]
    )
    there = {row.id: row for row in model.Session.execute(query)} if hints else {}
    units = records.unit_titles({row.owner_org for row in there.values()}) if there else {}
    titles = {item["row"]: item["title"] for item in report["items"]}

    def words(hint: dict[str, Any]) -> Iterable[dict[str, Any]]:
        likely = {"score": hint["score"], "likely": likelihood(hint["score"])}
        if "row" in hint:
            yield {"row": hint["row"], "title": titles.get(hint["row"], ""), **likely}
        elif row := there.get(hint["id"]):
            yield {"id": row.id, "name": row.name, "title": row.title or row.name, "unit_title": units.get(row.owner_org),
                   "level": row.level, **likely}  # fmt: skip

    items = [{**item, "twins": [word for hint in item.get("twins", ()) for word in words(hint)]} for item in report["items"]]
    return {**report, "items": items, "twins": sum(bool(item["twins"]) for item in items)}


def likelihood(score: float) -> str:
    """A score of `twins.LIKELY` or more in words."""
    return translate(N_("almost certainly") if score >= SURE else N_("probably") if score >= PROBABLE else N_("possibly"))


def _reader(who: access.Memberships, system: bool) -> access.Memberships:
    return replace(who, sysadmin=True) if system else who


def _known(who: access.Memberships) -> Any:
    """All living datasets that the reader may know of; the source system only where he sees all of a record."""
    sight, package = access.sight(who), model.Package
    system = case((sight.level == "all", InventoryRecord.source_system), else_=None)
    return (
        select(package.id, package.name, package.title, package.owner_org, sight.level.label("level"),
               system.label("source_system"))
        .select_from(sight.source)
        .outerjoin(InventoryRecord, InventoryRecord.package_id == package.id)
        .where(package.type == "dataset", package.state.in_(("active", "draft")), sight.level.is_not(None))
    )  # fmt: skip
