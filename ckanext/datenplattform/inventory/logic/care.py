"""Actions of room `inventory`: is it still true? Confirmation and the list of what is due."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import func, select, update

from ...access import shared as access
from ...core.clock import utcnow
from ...core.validation import validated, validators, whole_number
from .. import config, due, records, remind
from ..model import InventoryChange, InventoryRecord
from . import auth_care

MOST = 1000
CONFIRMED = "confirmed_at"


def inventory_record_confirm(context: Any, data_dict: Any) -> dict[str, Any]:
    """Say that a record is still true: it is due again after `ckanext.datenplattform.inventory.confirm_months`.

    May be called by who may change the record. The confirmation stands in the record's history.

    :param id: id or name of the dataset
    :returns: {"id", "name", "confirmed_at" (ISO 8601, UTC), "confirmed_by" (user name), "due_on" (day)}
    :raises NotFound: no such dataset, or none for this reader
    :raises ValidationError: it is a draft: that has to be finished first

    Example: `{"id": "baumkataster"}`
    """
    tk.check_access("inventory_record_confirm", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound()
    if package.state != "active":
        raise tk.ValidationError({"id": [tk._("A draft cannot be confirmed. Please finish it first.")]})
    row = model.Session.get(InventoryRecord, package.id, with_for_update=True, populate_existing=True)
    if row is None:
        row = records.write(package.id, {}, context.get("user"))
    now, before = utcnow(), row.confirmed_at
    values = {
        "confirmed_at": now,
        "confirmed_by": context.get("user"),
        "due_on": due.after(now.date(), config.confirm_months()),
        # what a form compares with: nothing was changed
        "modified": InventoryRecord.modified,
    }
    model.Session.execute(
        update(InventoryRecord).where(InventoryRecord.package_id == package.id).values(**values),
        execution_options={"synchronize_session": False},
    )
    model.Session.add(InventoryChange(
        package_id=package.id, at=now, user_id=records.user_id(context.get("user")), field=CONFIRMED,
        before=before.isoformat() if before else None, after=now.isoformat(),
    ))  # fmt: skip
    model.Session.commit()
    return {
        "id": package.id,
        "name": package.name,
        "confirmed_at": now.isoformat(),
        "confirmed_by": context.get("user"),
        "due_on": values["due_on"].isoformat(),
    }


def _schema() -> Any:
    return {
        "unit": validators("ignore_empty", "unicode_safe"),
        "mine": validators("ignore_missing", "boolean_validator"),
        "days": whole_number(),
        "limit": whole_number(),
        "offset": whole_number(),
    }


@tk.side_effect_free
def inventory_due_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Records that have to be confirmed, the longest overdue first. Editors see those of their units, the inventory
    lead all; nobody else may call it. Drafts and archived datasets are never due.

    :param unit: name or id of an organisation (optional)
    :param mine: true: only records that name the caller's e-mail address (optional)
    :param days: also what becomes due within so many days; default: the setting `remind_before_days`
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "overdue": int, "results": [{"id", "name", "title", "owner_org", "unit_title", "due_on"
        (day), "confirmed_at" (ISO 8601, UTC, or null), "overdue_days": int, 0 or less when it is not overdue yet}]}

    Example: `{"unit": "fd-geodaten", "days": 30}`
    """
    tk.check_access("inventory_due_list", context, data_dict)
    data = validated(data_dict, _schema(), context)
    user = access.current_user(context)
    who = access.memberships(user)
    today = utcnow().date()
    days = min(int(data.get("days", config.remind_before_days())), 3650)
    query = remind.due_records(today + timedelta(days=days))
    if not (context.get("ignore_auth") or auth_care.keeps_all_units(who)):
        query = query.where(model.Package.owner_org.in_(who.edits))
    if data.get("unit"):
        group = model.Group.get(data["unit"])
        query = query.where(model.Package.owner_org == (group.id if group else data["unit"]))
    if data.get("mine"):
        email = (user.email if user is not None else None) or ""
        query = query.where(func.lower(func.btrim(InventoryRecord.responsible_email)) == email.lower())
    counted = query.order_by(None).subquery()
    numbers = select(func.count(), func.count().filter(counted.c.due_on < today)).select_from(counted)
    count, overdue = model.Session.execute(numbers).one()
    limit, offset = min(int(data.get("limit") or 50), MOST), int(data.get("offset") or 0)
    rows = model.Session.execute(query.limit(limit).offset(offset)).all()
    titles = records.unit_titles({row.owner_org for row in rows})
    results = [
        {
            "id": row.id,
            "name": row.name,
            "title": row.title,
            "owner_org": row.owner_org,
            "unit_title": titles.get(row.owner_org),
            "due_on": row.due_on.isoformat(),
            "confirmed_at": row.confirmed_at.isoformat() if row.confirmed_at else None,
            "overdue_days": (today - row.due_on).days,
        }
        for row in rows
    ]
    return {"count": count, "overdue": overdue, "results": results}


ACTIONS = (inventory_record_confirm, inventory_due_list)
