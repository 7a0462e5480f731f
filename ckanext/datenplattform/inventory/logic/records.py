"""Actions of room `inventory` for people: records are made, read, changed, deleted, listed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ...access import shared as access
from ...core.validation import validated
from .. import history, merging, record, records, upsert, words
from ..model import InventoryChange, InventoryRecord
from ..request_mails import demand
from . import schema

MOST = 1000


def _package(id: str) -> model.Package:
    package = model.Package.get(id)
    if package is None:
        raise tk.ObjectNotFound()
    return package


def _shown(row: InventoryRecord | None, package: Any) -> dict[str, Any]:
    unit = records.unit_titles({package.owner_org}).get(package.owner_org)
    return {**records.as_dict(row, package), "unit_title": unit, "state": package.state, "demand": demand(package.id)}


def inventory_record_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """A new dataset in the inventory: private, with its record, in one transaction.

    :param title: what the data are called
    :param unit: name or id of the responsible organisation
    :param notes: what it is (optional)
    :param draft: true: only the unit's editors see it until it is finished (optional)
    :param …: any field of the record (see `record.FIELDS`); who answers comes from the unit's last record
    :returns: as inventory_record_show
    :raises ValidationError: title or unit is missing, or a value is not in its list; nothing was written

    Example: `{"title": "Baumkataster", "unit": "fd-geodaten", "personal_data": "none"}`
    """
    unit = model.Group.get(data_dict.get("unit") or "")
    tk.check_access("inventory_record_create", context, {"unit": unit.id if unit else ""})
    data = validated(data_dict, schema.create(), context)
    if unit is None or not unit.is_organization or unit.state != model.State.ACTIVE:
        raise tk.ValidationError({"unit": [tk._("There is no organisation of this name.")]})
    given = {name: data[name] or None for name in record.NAMES if name in data}
    dataset = {
        "title": data["title"],
        "notes": data.get("notes") or "",
        "owner_org": unit.id,
        "private": True,
        "state": "draft" if data.get("draft") else "active",
        "type": "dataset",
    }
    inner: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    # asked above: the inventory lead may, though not an editor of the unit
    carrying: Any = {**inner, "ignore_auth": True, upsert.RECORD: {**records.defaults(unit.id), **given}}
    made = tk.get_action("package_create")(carrying, dataset)
    return tk.get_action("inventory_record_show")(inner, {"id": made["id"]})


@tk.side_effect_free
def inventory_record_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """The inventory record of a dataset.

    :param id: id or name of the dataset
    :returns: id, name, title, owner_org, unit_title, state ("draft", "active"), the record's fields (see
        `record.FIELDS`; days as YYYY-MM-DD), created, modified, confirmed_at, vanished_at, archived_at (ISO 8601,
        UTC), due_on (day), confirmed_by, modified_by, source and remote_id, `missing`: names of the fields that a
        complete record still needs, `completeness` in percent, `demand`: how often the data were asked for
    :raises NotFound: no such dataset, or none for this reader
    """
    tk.check_access("inventory_record_show", context, data_dict)
    package = _package(tk.get_or_bust(data_dict, "id"))
    return _shown(model.Session.get(InventoryRecord, package.id), package)


def inventory_record_patch(context: Any, data_dict: Any) -> dict[str, Any]:
    """Change fields of a record; those not named stay. Every change is kept.

    :param id: id or name of the dataset, then any of the record's fields; empty clears a field
    :param modified: `modified` of the record as the person saw it (optional). Then what others saved meanwhile in
        other fields stays, and a field that both changed is a conflict
    :param draft: false finishes a draft (optional)
    :returns: as inventory_record_show
    :raises ValidationError: a value is not in its list, or `conflict`: [message], with `differences`:
        [{"field", "yours", "theirs", "by", "at"}]; nothing was written
    """
    tk.check_access("inventory_record_patch", context, data_dict)
    data = validated(data_dict, schema.patch(), context)
    package = _package(data["id"])
    fields = {name: data[name] or None for name in record.NAMES if name in data}
    before = access.reader_level(None, package.id)
    row = model.Session.get(InventoryRecord, package.id, with_for_update=True, populate_existing=True)
    if row is not None and data.get("modified"):
        fields = _merged(row, fields, data["modified"])
    row = records.write(package.id, fields, context.get("user"))
    model.Session.commit()
    if data.get("draft") is False and package.state == "draft":
        inner: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
        tk.get_action("package_patch")(inner, {"id": package.id, "state": "active"})
    if "confidentiality" in fields or before:
        access.reindex([package.id])
    return _shown(row, package)


def _merged(row: InventoryRecord, fields: dict[str, Any], opened: str) -> dict[str, Any]:
    """The fields to write over what others saved since; raises ValidationError on a conflict."""
    try:
        moment = datetime.fromisoformat(opened)
    except ValueError:
        raise tk.ValidationError({"modified": [tk._("Date format incorrect")]}) from None
    edits = records.edits_since(row.package_id, moment)
    found = history.merge(records.values(row), fields, [history.Edit(edit.field, edit.before) for edit in edits])
    if not found.conflicts:
        return found.apply
    model.Session.rollback()
    last = {edit.field: edit for edit in edits}
    labels = words.fields()
    names = ", ".join(labels[name].label for name in found.conflicts)
    raise tk.ValidationError({
        "conflict": [tk._("Somebody else has changed this meanwhile: %(fields)s. Nothing was saved; please look at both.")
                     % {"fields": names}],
        "differences": [
            {"field": name, "yours": history.plain(fields[name]), "theirs": last[name].after,
             "by": _person(last[name].user_id), "at": last[name].at.isoformat()}
            for name in found.conflicts
        ],
    })  # fmt: skip


def _person(user_id: str | None) -> str:
    user = model.User.get(user_id) if user_id else None
    return user.display_name if user else tk._("a source")


def inventory_record_delete(context: Any, data_dict: Any) -> dict[str, str]:
    """Take a dataset out of the inventory. CKAN keeps it as deleted; the record and its history stay.

    :param id: id or name of the dataset
    :returns: {"id"}
    :raises NotAuthorized: it is published or before the board: withdraw it first
    """
    tk.check_access("inventory_record_delete", context, data_dict)
    inner: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    package = _package(tk.get_or_bust(data_dict, "id"))
    tk.get_action("package_delete")(inner, {"id": package.id})
    return {"id": package.id}


@tk.side_effect_free
def inventory_record_history(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """Every change of a dataset and of its record, newest first: fields, keywords (`tag_string`) and files (`resources`).

    :param id: id or name of the dataset
    :param limit: at most 1,000, default 100
    :returns: [{"field", "before", "after", "by" (display name), "at" (ISO 8601, UTC), "of" (id of
        the dataset whose field it was: another one's when that went into this one)}]
    """
    tk.check_access("inventory_record_show", context, data_dict)
    package = _package(tk.get_or_bust(data_dict, "id"))
    limit = min(int(data_dict.get("limit") or 100), MOST)
    query = select(InventoryChange).where(InventoryChange.package_id.in_(merging.history_ids(package.id)))
    rows = model.Session.execute(query.order_by(InventoryChange.at.desc(), InventoryChange.id).limit(limit)).scalars().all()
    return [
        {"field": row.field, "before": row.before, "after": row.after, "by": _person(row.user_id), "at": row.at.isoformat(),
         "of": row.package_id}
        for row in rows
    ]  # fmt: skip


ACTIONS = (
    inventory_record_create, inventory_record_show, inventory_record_patch, inventory_record_delete,
    inventory_record_history,
)  # fmt: skip
