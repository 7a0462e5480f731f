"""Reading and writing inventory records, with their history. No commit here: the caller's transaction decides."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ..access import shared as access
from ..core.clock import utcnow
from . import config, due, history, record
from .model import InventoryChange, InventoryRecord

TIMES = ("created", "modified", "vanished_at", "archived_at", "confirmed_at", "due_on")


def user_id(name: str | None) -> str | None:
    """The id of a person by name; None for the system itself (a harvester)."""
    found = model.User.get(name) if name else None
    return found.id if found is not None and found.name != tk.config["ckan.site_id"] else None


def write(package_id: str, fields: dict[str, Any], user: str | None) -> InventoryRecord:
    """Write fields into the record (made when missing), keep what changed, tell `access` about confidentiality.

    :param fields: any columns of the record, checked already
    :param user: name of the person, or None
    """
    row = model.Session.get(InventoryRecord, package_id)
    now, who = utcnow(), user_id(user)
    if row is None:
        row = InventoryRecord(package_id=package_id, created=now, due_on=due.after(now.date(), config.confirm_months()))
        model.Session.add(row)
    changed = history.changes(
        {name: getattr(row, name) for name in fields}, fields
    )
    for name, value in fields.items():
        if name in changed:
            setattr(row, name, value)
    for name, (before, after) in changed.items():
        if name in record.BY_NAME:
            model.Session.add(InventoryChange(
                package_id=package_id, at=now, user_id=who, field=name, before=before, after=after
            ))  # fmt: skip
    if changed:
        row.modified, row.modified_by = now, user
    access.set_confidential(package_id, record.is_confidential({"confidentiality": row.confidentiality}))
    model.Session.flush()
    return row


def edits_since(package_id: str, moment: datetime) -> list[InventoryChange]:
    """What was changed after a moment, oldest first."""
    query = select(InventoryChange).where(InventoryChange.package_id == package_id, InventoryChange.at > moment)
    return list(model.Session.execute(query.order_by(InventoryChange.at, InventoryChange.id)).scalars())


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def values(row: InventoryRecord | None) -> dict[str, Any]:
    """The fields of a record as JSON carries them (days as YYYY-MM-DD)."""
    return {name: _text(getattr(row, name)) if row else None for name in record.NAMES}


def as_dict(row: InventoryRecord | None, package: Any) -> dict[str, Any]:
    """A record as the actions give it; see inventory_record_show."""
    found = values(row)
    times = {name: _text(getattr(row, name)) for name in TIMES} if row else {}
    origin = {name: getattr(row, name) for name in ("source", "remote_id", "confirmed_by", "modified_by")} if row else {}
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title,
        "owner_org": package.owner_org,
        **found,
        **times,
        **origin,
        "missing": record.missing(found),
        "completeness": record.completeness(found),
    }


def unit_titles(ids: set[str | None]) -> dict[str | None, str]:
    """{id: title} of organisations."""
    rows = model.Session.execute(select(model.Group.id, model.Group.title, model.Group.name).where(model.Group.id.in_(ids)))
    return {row.id: row.title or row.name for row in rows}


def defaults(owner_org: str) -> dict[str, Any]:
    """What the unit said last about who answers: fills a new record."""
    names = ("responsible_function", "responsible_email", "deputy", "technical_contact")
    query = (
        select(InventoryRecord)
        .join(model.Package, model.Package.id == InventoryRecord.package_id)
        .where(model.Package.owner_org == owner_org, InventoryRecord.responsible_function.is_not(None))
        .order_by(InventoryRecord.modified.desc())
        .limit(1)
    )
    row = model.Session.execute(query).scalars().first()
    return {name: getattr(row, name) for name in names if getattr(row, name)} if row else {}
