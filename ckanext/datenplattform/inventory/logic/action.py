"""Actions of room `inventory`."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import func, select

from ...access import shared as access
from ...core.clock import utcnow
from ...core.validation import validated
from .. import record, upsert
from ..model import InventoryRecord
from . import schema

MOST = 1000


def inventory_dataset_upsert(context: Any, data_dict: Any) -> dict[str, Any]:
    """Bring a dataset from a source into the inventory; found again by (source, remote_id), always private.

    :param source: id of the harvest source, or "import:…"
    :param remote_id: the dataset's stable id at the source
    :param dataset: package dict without id and private; `title` and `owner_org` are required; `resources` each
        with a `key` (stable within the dataset) and, for a file to store, `upload_path` (a local file)
    :param record: fields of the inventory record; they fill gaps, what a person entered stays
    :returns: {"id", "result": "created" | "updated" | "unchanged" | "revision" | "held",
        "resources": {key: resource id}}. "revision" (published: a revision waits for the board) and "held"
        (in review: nothing changed, try again) come from room `review`.
    :raises ValidationError: the dataset or the record does not fit; nothing was written
    """
    tk.check_access("inventory_dataset_upsert", context, data_dict)
    for name, kind in (("source", str), ("remote_id", str), ("dataset", dict)):
        if not isinstance(data_dict.get(name), kind) or not data_dict[name]:
            raise tk.ValidationError({name: [tk._("Missing value")]})
    upsert.refuse_paths(context, data_dict["dataset"])
    fields = validated(data_dict.get("record") or {}, schema.fields(), context)
    fields = {name: value for name, value in fields.items() if name in record.NAMES}
    data = {**data_dict, "record": fields}
    inner = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    upsert.lock(data["source"], data["remote_id"])
    package_id = upsert.find(data["source"], data["remote_id"])
    if package_id:
        upsert.check_update(context, package_id, data["dataset"])
    try:
        return upsert.update(inner, package_id, data) if package_id else upsert.create(inner, data)
    except Exception:
        model.Session.rollback()
        raise


def inventory_dataset_vanish(context: Any, data_dict: Any) -> dict[str, Any]:
    """Mark that a source no longer has a dataset. The dataset itself is never deleted.

    :param source, remote_id: as for inventory_dataset_upsert
    :param archive: also mark as archived (after the days of grace)
    :returns: {"id", "vanished_at", "archived_at"} (ISO 8601, UTC)
    """
    tk.check_access("inventory_dataset_vanish", context, data_dict)
    source, remote_id = tk.get_or_bust(data_dict, ["source", "remote_id"])
    row = model.Session.query(InventoryRecord).filter_by(source=source, remote_id=remote_id).first()
    if row is None:
        raise tk.ObjectNotFound()
    row.vanished_at = row.vanished_at or utcnow()
    if data_dict.get("archive"):
        row.archived_at = row.archived_at or utcnow()
    model.Session.commit()
    return {"id": row.package_id, **_times(row)}


def _times(row: InventoryRecord) -> dict[str, Any]:
    return {
        name: getattr(row, name).isoformat() if getattr(row, name) else None
        for name in ("created", "modified", "vanished_at", "archived_at")
    }


def _unit_titles(ids: set[str | None]) -> dict[str | None, str]:
    rows = model.Session.execute(select(model.Group.id, model.Group.title, model.Group.name).where(model.Group.id.in_(ids)))
    return {row.id: row.title or row.name for row in rows}


def _record(row: InventoryRecord | None, package: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) if row else None for name in record.NAMES}
    times = _times(row) if row else {}
    origin = {"source": row.source, "remote_id": row.remote_id} if row else {}
    return {
        "id": package.id,
        "name": package.name,
        "title": package.title,
        "owner_org": package.owner_org,
        **values,
        **times,
        **origin,
        "missing": record.missing(values),
    }


@tk.side_effect_free
def inventory_record_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """The inventory record of a dataset.

    :param id: id or name of the dataset
    :returns: id, name, title, owner_org, unit_title, the record's fields (see `record.FIELDS`), its times, source
        and remote_id, and `missing`: names of the fields that a complete record still needs
    :raises NotFound: no such dataset, or none for this reader
    """
    tk.check_access("inventory_record_show", context, data_dict)
    package = model.Package.get(tk.get_or_bust(data_dict, "id"))
    if package is None:
        raise tk.ObjectNotFound()
    found = _record(model.Session.get(InventoryRecord, package.id), package)
    return {**found, "unit_title": _unit_titles({package.owner_org}).get(package.owner_org)}


def inventory_record_patch(context: Any, data_dict: Any) -> dict[str, Any]:
    """Change fields of a record; those not named stay.

    :param id: id or name of the dataset, then any of the record's fields
    :returns: as inventory_record_show
    :raises ValidationError: a value is not in its list
    """
    tk.check_access("inventory_record_patch", context, data_dict)
    data = validated(data_dict, schema.patch(), context)
    package = model.Package.get(data["id"])
    if package is None:
        raise tk.ObjectNotFound()
    fields = {name: data[name] or None for name in record.NAMES if name in data}
    before = access.reader_level(None, package.id)
    row = upsert.write_record(package.id, fields, context.get("user"))
    model.Session.commit()
    if "confidentiality" in fields or before:
        access.reindex([package.id])
    return _record(row, package)


@tk.side_effect_free
def inventory_record_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """The datasets of the city group that the reader may know of, by title.

    :param q: part of the title (optional)
    :param unit: name or id of an organisation (optional)
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "results": [{"id", "name", "title", "owner_org", "unit_title", "published", "level",
        and for level "all" the record's fields}]}
    """
    tk.check_access("inventory_record_list", context, data_dict)
    data = validated(data_dict, schema.listing(), context)
    package = model.Package
    query = select(package.id, package.name, package.title, package.owner_org).where(
        package.type == "dataset", package.state.in_(("active", "draft"))
    )
    if data.get("q"):
        query = query.where(func.strpos(func.lower(package.title), data["q"].lower()) > 0)
    if data.get("unit"):
        group = model.Group.get(data["unit"])
        query = query.where(package.owner_org == (group.id if group else data["unit"]))
    rows = model.Session.execute(query.order_by(func.lower(package.title), package.id)).all()
    known = access.levels(access.current_user(context), [row.id for row in rows])
    visible = [row for row in rows if known.get(row.id)]
    limit, offset = min(int(data.get("limit") or 50), MOST), int(data.get("offset") or 0)
    page = visible[offset : offset + limit]
    records = {
        row.package_id: row
        for row in model.Session.query(InventoryRecord).filter(
            InventoryRecord.package_id.in_([row.id for row in page])
        )
    }
    titles = _unit_titles({row.owner_org for row in page})
    published = access.published_ids([row.id for row in page])
    results = []
    for row in page:
        entry = {"id": row.id, "name": row.name, "title": row.title, "owner_org": row.owner_org}
        level = known[row.id]
        results.append({
            **(_record(records.get(row.id), row) if level == "all" else entry),
            "unit_title": titles.get(row.owner_org),
            "published": row.id in published,
            "level": level,
        })  # fmt: skip
    return {"count": len(visible), "results": results}
