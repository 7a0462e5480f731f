"""Writing many datasets with their records in one transaction: what `package_create` would write, in few statements.

The data come validated by the dataset's own schema. New datasets are private, always; the triggers of the gate see every
row. Changes of datasets go through `package_update`, so that every lock of the gate and every plugin has its say.
Nothing here commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import ckan.lib.datapreview as datapreview
import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import insert, select

from ..access import shared as access
from ..core.clock import utcnow
from . import config, due, history, record, records
from .import_found import SOURCE
from .imports import Actor, Item
from .model import InventoryChange, InventoryRecord

CHUNK = 250
T = TypeVar("T")
# what the row of `package` takes from the validated data; all else is an extra or a table of its own
_COLUMNS = (
    "name", "title", "version", "url", "author", "author_email", "maintainer", "maintainer_email", "notes", "license_id",
    "owner_org",
)  # fmt: skip
_RESOURCE_COLUMNS = tuple(column.name for column in model.resource_table.columns if column.name not in ("extras", "state"))


@dataclass
class New:
    """A dataset to be made: `dataset` is the validated data, `record` the checked fields of its record."""

    dataset: dict[str, Any]
    source: str
    remote_id: str
    record: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=make_uuid)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """The items in groups of at most `size`."""
    for at in range(0, len(items), size):
        yield items[at : at + size]


def write(items: Sequence[Item], actor: Actor, beat: Callable[[int], None]) -> list[str]:
    """Write new and changed datasets; the ids of all whose entry in the index is out of date.

    :param beat: told how many are written so far
    """
    new = [item for item in items if item.action == "create"]
    changed = [item for item in items if item.action == "change"]
    done, written = 0, []
    for part in chunks(new):
        written += _create(part, actor)
        done += len(part)
        beat(done)
    for item in changed:
        if _change(item, actor):
            written.append(item.package_id or "")
        done += 1
        beat(done)
    return written


# new ones


def _create(items: Sequence[Item], actor: Actor) -> list[str]:
    free = _sources(items)
    new = [
        New(item.dataset, free[item.unit, item.key], item.key, item.record, item.new_id or make_uuid()) for item in items
    ]
    return insert_new(new, actor.name, actor.context)


def insert_new(items: Sequence[New], name: str, context: Any) -> list[str]:
    """Write new private datasets with their records; their ids.

    :param name: of the person, or of the site user
    :param context: for the plugins that are told of each
    """
    now = utcnow()
    user = model.User.get(name)
    creator, who = user.id if user else None, records.user_id(name)
    packages, records_rows, changes, confidential = [], [], [], []
    for item in items:
        packages.append(_package(item.id, item.dataset, creator, now))
        values = {field_name: item.record.get(field_name) for field_name in record.NAMES}
        records_rows.append({
            "package_id": item.id, "source": item.source, "remote_id": item.remote_id, "created": now,
            "modified": now, "modified_by": name, "due_on": due.after(now.date(), config.confirm_months()), **values,
        })  # fmt: skip
        changes += [
            {"id": make_uuid(), "package_id": item.id, "at": now, "user_id": who, "field": changed, "before": before, "after": after}
            for changed, (before, after) in history.changes({}, values).items()
        ]  # fmt: skip
        if record.is_confidential(values):
            confidential.append(item.id)
    execute = model.Session.execute
    execute(insert(model.package_table), packages)
    execute(insert(model.member_table), [_member(row["id"], row["owner_org"]) for row in packages])
    _tag({item.id: [tag["name"] for tag in item.dataset.get("tags") or []] for item in items})
    resources = [row for item in items for row in _resources(item, now)]
    if resources:
        execute(insert(model.resource_table), resources)
    execute(insert(InventoryRecord.__table__), records_rows)
    if changes:
        execute(insert(InventoryChange.__table__), changes)
    access.add_confidential(confidential)
    _tell_plugins(items, context)
    model.Session.flush()
    model.Session.expunge_all()
    return [item.id for item in items]


def _package(package_id: str, data: dict[str, Any], creator: str | None, now: Any) -> dict[str, Any]:
    moment = now.replace(tzinfo=None)
    return {
        **{name: data.get(name) for name in _COLUMNS},
        "id": package_id,
        "type": "dataset",
        "state": "active",
        "private": True,
        "creator_user_id": creator,
        "metadata_created": moment,
        "metadata_modified": moment,
        "extras": {extra["key"]: extra["value"] for extra in data.get("extras") or []},
        "plugin_data": None,
    }


def _resources(item: New, now: Any) -> list[dict[str, Any]]:
    moment = now.replace(tzinfo=None)
    rows = []
    for position, given in enumerate(item.dataset.get("resources") or []):
        given["id"] = given.get("id") or make_uuid()
        given["package_id"] = item.id
        own = {name: given.get(name) for name in _RESOURCE_COLUMNS}
        extras = {name: value for name, value in given.items() if name not in _RESOURCE_COLUMNS and name not in ("extras", "state")}
        for name in ("url", "format", "hash"):
            own[name] = own[name] or ""
        times = {"created": given.get("created") or moment, "metadata_modified": moment}
        rows.append({**own, **times, "position": position, "extras": extras, "state": "active"})
    return rows


def _member(package_id: str, unit: str) -> dict[str, Any]:
    return {
        "id": make_uuid(), "group_id": unit, "table_name": "package", "table_id": package_id, "capacity": "organization",
        "state": "active",
    }  # fmt: skip


def _tag(tags: dict[str, list[str]]) -> None:
    """Link keywords; new ones are made."""
    names = sorted({name for found in tags.values() for name in found})
    if not names:
        return
    query = select(model.Tag.name, model.Tag.id).where(model.Tag.name.in_(names), model.Tag.vocabulary_id.is_(None))
    known = {row.name: row.id for row in model.Session.execute(query)}
    made = [{"id": make_uuid(), "name": name, "vocabulary_id": None} for name in names if name not in known]
    if made:
        model.Session.execute(insert(model.tag_table), made)
    known |= {row["name"]: row["id"] for row in made}
    links = [
        {"id": make_uuid(), "package_id": package_id, "tag_id": known[name], "state": "active"}
        for package_id, found in tags.items()
        for name in dict.fromkeys(found)
    ]
    model.Session.execute(insert(model.package_tag_table), links)


def _sources(items: Sequence[Item]) -> dict[tuple[str, str], str]:
    """The source to note for each (unit, key). Where a deleted or moved dataset still bears the pair, another one."""
    pairs = {(item.unit, item.key): f"{SOURCE}{item.unit}" for item in items}
    query = select(InventoryRecord.source, InventoryRecord.remote_id).where(
        InventoryRecord.source.in_(set(pairs.values())), InventoryRecord.remote_id.in_([key for _unit, key in pairs])
    )
    borne = {(row.source, row.remote_id) for row in model.Session.execute(query)}
    return {
        pair: f"{source}:{make_uuid()}" if (source, pair[1]) in borne else source for pair, source in pairs.items()
    }


def _tell_plugins(items: Sequence[New], given: Any) -> None:
    """What other plugins do with a new dataset (review notes who made it); this room has done its part."""
    others = [item for item in p.PluginImplementations(p.IPackageController) if item.name != "dp_inventory"]
    hooks = [item.after_dataset_create for item in others if _overridden(item, "after_dataset_create")]
    made = [item.create for item in others if _overridden(item, "create")]
    views: list[Any] = datapreview.get_default_view_plugins(False)
    for item in items:
        context: Any = {**given, "model": model, "session": model.Session, "defer_commit": True}
        for hook in made:
            hook(model.Session.get_one(model.Package, item.id))
        data = {**item.dataset, "id": item.id}
        for hook in hooks:
            hook(context, data)
        for resource in data.get("resources") or []:
            if any(view.can_view({"resource": resource, "package": data}) for view in views):
                inner: Any = {**context, "ignore_auth": True}
                datapreview.add_views_to_resource(inner, resource, data)


def _overridden(plugin: Any, name: str) -> bool:
    return getattr(type(plugin), name, None) is not getattr(p.IPackageController, name)


# changed ones


def _change(item: Item, actor: Actor) -> bool:
    """Write one change; whether the index has to hear of it."""
    assert item.package_id is not None
    if item.dataset:
        context: Any = {**actor.context, "defer_commit": True, "return_id_only": True}
        tk.get_action("package_update")(context, item.dataset)
        # `package_update` leaves its savepoint open then: thousands of them, one in the other, would not end
        nested = model.Session().get_nested_transaction()
        if nested is not None:
            nested.commit()
    if item.record:
        records.write(item.package_id, item.record, actor.name)
    # of the record the index knows only who may see the dataset
    return bool(item.dataset) or "confidentiality" in item.record
