"""Actions of room `inventory` for sources: datasets come and go. Those for people stand in `records`."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from ...core.validation import validated
from .. import record, upsert
from ..model import InventoryRecord
from . import schema


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
    return {
        "id": row.package_id,
        "vanished_at": row.vanished_at.isoformat(),
        "archived_at": row.archived_at.isoformat() if row.archived_at else None,
    }


ACTIONS = (inventory_dataset_upsert, inventory_dataset_vanish)
