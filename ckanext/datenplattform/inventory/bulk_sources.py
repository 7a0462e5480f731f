"""Many new datasets of a source at once. What does not fit is left to `inventory_dataset_upsert`, which says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import select

from ..access import shared as access
from ..core import names
from . import bulk, merge, record, validation
from .logic import schema
from .model import InventoryRecord


@dataclass
class Brought:
    """A dataset as a source brings it: the arguments of `inventory_dataset_upsert`."""

    remote_id: str
    dataset: dict[str, Any]
    record: dict[str, Any] = field(default_factory=dict)


def create_many(source: str, items: Sequence[Brought]) -> dict[str, dict[str, Any]]:
    """Make new private datasets with their records, as `inventory_dataset_upsert` would make each; for the system alone.

    No commit. It is noted that the index lags behind: call `indexing.index_many` after the commit. Files cannot be brought.

    :param source: id of the harvest source
    :returns: {remote_id: {"id", "resources": {key: resource id}}} of those that were made; those that exist already or
        do not fit are missing
    """
    known = select(InventoryRecord.remote_id).where(
        InventoryRecord.source == source, InventoryRecord.remote_id.in_([item.remote_id for item in items])
    )
    there = set(model.Session.execute(known).scalars())
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    taken = names.taken(name for item in items for name in _names(item))
    checks = schema.fields()
    validate = validation.validator()
    made = [
        new
        for item in items
        if item.remote_id not in there and (new := _checked(source, item, user, checks, validate, taken)) is not None
    ]
    if not made:
        return {}
    access.mark(bulk.insert_new(made, user, {"user": user, "ignore_auth": True}))
    return {
        new.remote_id: {
            "id": new.id,
            "resources": {found["dp_key"]: found["id"] for found in new.dataset.get("resources") or [] if found.get("dp_key")},
        }
        for new in made
    }


def _title(item: Brought) -> str:
    return str(item.dataset.get("name") or item.dataset.get("title") or "")


def _names(item: Brought) -> tuple[str, str]:
    """The address of its own, and the one when that is another's."""
    name = names.plain(_title(item))
    return name, names.salted(name, item.remote_id)


def _checked(source: str, item: Brought, user: str, checks: Any, validate: validation.Validate, taken: set[str]) -> bulk.New | None:
    """What is to be written; None when it does not fit."""
    if any("upload_path" in resource for resource in item.dataset.get("resources") or []):
        return None
    context: Any = {"model": model, "session": model.Session, "user": user, "ignore_auth": True}
    name = next((name for name in _names(item) if name not in taken and names.usable(name)), None)
    if name is None:
        return None
    wanted = merge.merge({}, item.dataset, make_uuid)
    wanted |= {"name": name, "private": True, "state": "active", "type": "dataset"}
    fields, faults = tk.navl_validate(dict(item.record), checks, context)
    data, errors = validate(context, wanted)
    if errors or faults:
        return None
    taken.add(name)
    return bulk.New(data, source, item.remote_id, {key: value for key, value in fields.items() if key in record.NAMES})
