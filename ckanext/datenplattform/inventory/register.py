"""The Nachweis: a record's entry alone in a public register. Only `review` releases one; no commit here."""

from __future__ import annotations

import re
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import func, or_, select

from ..core.clock import utcnow
from .model import InventoryRecord
from .model_register import RegisterEntry

# what the register shows: these and nothing else, never a person
FIELDS = ("title", "unit", "description", "formats", "update_cycle", "openness", "openness_reason")
_PERSON = re.compile(r"[\w.+-]+@[\w-]+\.\w+|\+?\d[\d /()-]{7,}\d")


def entry(package_id: str) -> dict[str, Any]:
    """What the register would show of a dataset, from the listed fields only."""
    context: Any = {"ignore_auth": True, "use_cache": False}
    package = tk.get_action("package_show")(context, {"id": package_id})
    row = model.Session.get(InventoryRecord, package_id)
    resources = [item.get("format") or "" for item in package.get("resources") or []]
    return {
        "title": package.get("title") or package["name"],
        "unit": (package.get("organization") or {}).get("title") or "",
        "description": package.get("notes") or "",
        "formats": sorted({name for name in [*resources, *(package.get("available_formats") or [])] if name}),
        "update_cycle": package.get("frequency") or "",
        "openness": (row.openness if row else None) or "",
        "openness_reason": (row.openness_reason if row else None) or "",
    }


def problems(found: dict[str, Any], confidential: bool) -> dict[str, list[str]]:
    """What speaks against releasing this entry, by field, in words. Pure."""
    errors: dict[str, list[str]] = {}
    if not found["description"].strip():
        errors["notes"] = [tk._("Please describe the dataset.")]
    if not found["openness"]:
        errors["openness"] = [tk._("Please say in the inventory record who may have the data.")]
    elif found["openness"] != "open" and not found["openness_reason"].strip():
        errors["openness_reason"] = [tk._("Please say in the inventory record why the data are not open.")]
    if confidential:
        errors["confidentiality"] = [tk._("The protection need is high: even the entry stays internal.")]
    for name in ("title", "description", "openness_reason"):
        if _PERSON.search(found[name]):
            errors.setdefault("notes" if name == "description" else name, []).append(
                tk._("There is an e-mail address or a telephone number in the text. Please take it out: the register names no person.")
            )
    return errors


def released(package_id: str) -> RegisterEntry | None:
    """The register's row of a dataset."""
    return model.Session.get(RegisterEntry, package_id)


def decisions() -> list[tuple[str, str, dict[str, Any]]]:
    """(package id, decision id, entry) of all rows of the register: what each is founded on can be proved."""
    rows = model.Session.execute(select(RegisterEntry).order_by(RegisterEntry.package_id)).scalars()
    return [(row.package_id, row.decision_id, dict(row.entry)) for row in rows]


def release(package_id: str, found: dict[str, Any], decision_id: str) -> None:
    """Put a decided entry into the register, in place of an older one."""
    row = RegisterEntry(package_id=package_id, entry={name: found[name] for name in FIELDS}, decision_id=decision_id, since=utcnow())
    model.Session.merge(row)
    model.Session.flush()


def withdraw(package_id: str) -> bool:
    """Take an entry out of the register; whether there was one."""
    row = released(package_id)
    if row is None:
        return False
    model.Session.delete(row)
    model.Session.flush()
    return True


def listing(q: str = "", limit: int = 50, offset: int = 0) -> tuple[int, list[tuple[Any, RegisterEntry]]]:
    """How many entries there are, and some of them by title, each with its package's name. Deleted datasets are gone."""
    query = (
        select(model.Package.name, RegisterEntry)
        .join(model.Package, model.Package.id == RegisterEntry.package_id)
        .where(model.Package.state == model.State.ACTIVE)
    )
    title = RegisterEntry.entry["title"].astext
    for word in q.split()[:10]:
        like = f"%{word.replace('%', '').replace('_', '')}%"
        query = query.where(or_(title.ilike(like), RegisterEntry.entry["description"].astext.ilike(like),
                                RegisterEntry.entry["unit"].astext.ilike(like)))  # fmt: skip
    count = model.Session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
    rows = model.Session.execute(query.order_by(func.lower(title), RegisterEntry.package_id).limit(limit).offset(offset)).all()
    return count, [(row[0], row[1]) for row in rows]
