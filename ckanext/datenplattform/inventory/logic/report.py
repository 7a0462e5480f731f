"""Action of room `inventory`: the report. Its numbers are counted by the database; later figures reuse them."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from sqlalchemy import func, select

from ...access import shared as access
from ...core.clock import utcnow
from ...core.validation import validated, validators, whole_number
from .. import musterdatensatz, numbers, records, remind
from ..model import InventoryRecord
from . import auth_care

# how many overdue records and refusals the report lists; the numbers count all
LISTED = 100


def _schema() -> Any:
    return {
        "unit": validators("ignore_empty", "unicode_safe"),
        "listed": whole_number(),
    }


@tk.side_effect_free
def inventory_record_report(context: Any, data_dict: Any) -> dict[str, Any]:
    """The inventory in numbers. The inventory lead and the board see all units, editors their own; nobody else.

    :param unit: name or id of an organisation: it and all below it (optional)
    :param listed: how many overdue records and refusals are listed, default 100, at most 20,000
    :returns: {"at" (ISO 8601, UTC), "units": [{"id", "unit" (name), "title", …numbers}] (every unit that the reader sees,
        also those without a record), "totals": {…numbers}, "overdue": [{"id", "name", "title", "unit_title", "due_on",
        "overdue_days"}], "refused": [{"id", "name", "title", "unit_title", "reason", "decided_at"}] (empty without room
        `review`), "gaps": [{"name", "topic"}] of the Musterdatenkatalog that no record of the city group names, or null
        for who does not see all units or names one}. Numbers: records, complete, confirmed (within
        `ckanext.datenplattform.inventory.confirm_months`), in_review, reviewed (the board has decided), published, refused,
        overdue, and drafts (null where drafts are not the reader's business)
    :raises NotFound: no such unit, or none of the reader's

    Example: `{"unit": "dezernat-umwelt"}`
    """
    tk.check_access("inventory_record_report", context, data_dict)
    data = validated(data_dict, _schema(), context)
    who = access.memberships(access.current_user(context))
    system = bool(context.get("ignore_auth"))
    everything = system or auth_care.sees_all_units(who)
    units = _units(None if everything else who.edits, data.get("unit"))
    keeps = {unit.id for unit in units if system or auth_care.keeps_all_units(who) or unit.id in who.edits}
    counted = numbers.by_unit(unit.id for unit in units)
    listed = min(int(data.get("listed") or LISTED), 20_000)
    rows = []
    for unit in units:
        found: dict[str, Any] = {**counted.get(unit.id, numbers.NOTHING)}
        if unit.id not in keeps:
            found["drafts"] = None
        rows.append({"id": unit.id, "unit": unit.name, "title": unit.title or unit.name, **found})
    totals: dict[str, Any] = {name: sum(row[name] or 0 for row in rows) for name in numbers.COUNTED}
    if len(keeps) < len(units):
        totals["drafts"] = None
    ids = [unit.id for unit in units]
    return {
        "at": utcnow().isoformat(),
        "units": rows,
        "totals": totals,
        "overdue": _overdue(ids, listed),
        "refused": _refused(context, set(ids), listed) if totals["refused"] else [],
        "gaps": _gaps() if everything and not data.get("unit") else None,
    }


def _units(allowed: frozenset[str] | None, name: str | None) -> list[Any]:
    """Organisations by title: those allowed (None: all of the city group), of them the named one and what is below."""
    group = model.Group
    query = select(group.id, group.name, group.title).where(group.is_organization.is_(True), group.state == "active")
    if allowed is None:
        query = query.where(func.coalesce(group.extras["kind"].astext, "") != "outside")
    else:
        query = query.where(group.id.in_(allowed))
    if name:
        top = model.Group.get(name)
        if top is None or not top.is_organization or (allowed is not None and top.id not in allowed):
            raise tk.ObjectNotFound()
        below = [row[0] for row in top.get_children_group_hierarchy(type="organization")]
        query = query.where(group.id.in_([top.id, *below]))
    return list(model.Session.execute(query.order_by(func.lower(func.coalesce(group.title, group.name)), group.id)))


def _overdue(unit_ids: list[str], listed: int) -> list[dict[str, Any]]:
    today = utcnow().date()
    query = remind.due_records(today).where(InventoryRecord.due_on < today, model.Package.owner_org.in_(unit_ids))
    rows = model.Session.execute(query.limit(listed)).all()
    titles = records.unit_titles({row.owner_org for row in rows})
    return [
        {
            "id": row.id,
            "name": row.name,
            "title": row.title or row.name,
            "unit_title": titles.get(row.owner_org),
            "due_on": row.due_on.isoformat(),
            "overdue_days": (today - row.due_on).days,
        }
        for row in rows
    ]


def _refused(context: Any, unit_ids: set[str], listed: int) -> list[dict[str, Any]]:
    """Datasets whose last decision is a refusal, with its reason. Reasons are room `review`'s: it says who reads them."""
    if not p.plugin_loaded("dp_review"):
        return []
    inner: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    try:
        cases = tk.get_action("review_list")(inner, {"state": "refused", "limit": min(listed, 1000)})["results"]
    except tk.NotAuthorized:
        return []
    sight = access.sight(access.memberships(None))
    query = select(model.Package.id).select_from(sight.source).where(
        sight.state == "refused", model.Package.id.in_({case["package_id"] for case in cases})
    )  # fmt: skip
    standing = set(model.Session.execute(query).scalars())
    found: dict[str, dict[str, Any]] = {}
    for case in cases:
        if case["package_id"] in standing and case["owner_org"] in unit_ids:
            found.setdefault(case["package_id"], {
                "id": case["package_id"],
                **{name: case[name] for name in ("name", "title", "unit_title", "decided_at")},
                "reason": case["reason"] or "; ".join(
                    vote["reason"] for vote in case["votes"] if vote["vote"] == "refuse" and vote["reason"]
                ),
            })  # fmt: skip
    return list(found.values())


def _gaps() -> list[dict[str, str]]:
    """Entries of the Musterdatenkatalog that no active dataset is."""
    query = (
        select(InventoryRecord.musterdatensatz)
        .join(model.Package, model.Package.id == InventoryRecord.package_id)
        .where(model.Package.state == "active", model.Package.type == "dataset", InventoryRecord.musterdatensatz.is_not(None))
        .distinct()
    )
    there = {str(name).strip().lower() for name in model.Session.execute(query).scalars()}
    return [
        {"name": entry.name, "topic": entry.topic}
        for entry in musterdatensatz.catalogue()
        if not {entry.name.lower(), *(name.lower() for name in entry.formerly)} & there
    ]


ACTIONS = (inventory_record_report,)
