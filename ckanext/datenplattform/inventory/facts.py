"""What the columns of the spreadsheet hold for datasets that are there: read in bulk, for imports and exports alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from . import columns, words
from .columns import Column
from .model import InventoryRecord
from .record import BY_NAME as RECORD_FIELDS

# what a dataset has without ckanext-scheming
CORE = frozenset({"title", "notes", "owner_org", "tag_string", "license_id", "url", "version"})
_TABLE = {"title", "notes", "owner_org", "license_id", "url", "version"}


@dataclass
class Facts:
    """One dataset: the row of `package`, extras, tags, formats of its files, and its record."""

    package: Any
    tags: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    record: InventoryRecord | None = None

    def value(self, column: Column) -> Any:
        """What the column's cell would say, as value (see `columns.value`); None or [] for nothing."""
        if column.place == "record":
            found = getattr(self.record, column.name) if self.record else None
            return found.isoformat() if isinstance(found, date) else found
        if column.name == columns.ID:
            return self.package.id
        if column.name == columns.KEY:
            imported = self.record is not None and (self.record.source or "").startswith("import:")
            return self.record.remote_id if imported and self.record else None
        if column.name == columns.FORMATS:
            return self.formats
        if column.name == "tag_string":
            return self.tags
        if column.field in _TABLE:
            return getattr(self.package, column.field)
        return self._extra(column)

    def _extra(self, column: Column) -> Any:
        found = (self.package.extras or {}).get(column.field)
        if isinstance(found, str) and found[:1] == "[":
            found = json.loads(found)
        if not column.part:
            return found if not column.several or isinstance(found, list) else [found] if found else []
        first = found[0] if isinstance(found, list) and found else None
        return first.get(column.part) if isinstance(first, dict) else None


def load(package_ids: Iterable[str], lock: bool = False) -> dict[str, Facts]:
    """The facts of datasets by id, in a constant number of statements. `lock`: their records until the transaction ends."""
    ids = list(package_ids)
    if not ids:
        return {}
    package, resource = model.package_table, model.resource_table
    found = {row.id: Facts(row) for row in model.Session.execute(select(package).where(package.c.id.in_(ids)))}
    tags = (
        select(model.PackageTag.package_id, model.Tag.name)
        .join(model.Tag, model.Tag.id == model.PackageTag.tag_id)
        .where(model.PackageTag.package_id.in_(ids), model.PackageTag.state == "active", model.Tag.vocabulary_id.is_(None))
    )
    for package_id, name in model.Session.execute(tags.order_by(model.Tag.name)):
        found[package_id].tags.append(name)
    formats = select(resource.c.package_id, resource.c.format).where(
        resource.c.package_id.in_(ids), resource.c.state == "active"
    )
    for package_id, name in model.Session.execute(formats.order_by(resource.c.position)):
        if name and name not in found[package_id].formats:
            found[package_id].formats.append(name)
    query = select(InventoryRecord).where(InventoryRecord.package_id.in_(ids)).execution_options(populate_existing=True)
    for row in model.Session.execute(query.with_for_update() if lock else query).scalars():
        if row.package_id in found:
            found[row.package_id].record = row
    return found


def schema_fields() -> dict[str, Any]:
    """{name: definition} of the dataset's form as ckanext-scheming has it; empty without."""
    if not p.plugin_loaded("scheming_datasets"):
        return {}
    try:
        schema = tk.get_action("scheming_dataset_schema_show")({"ignore_auth": True}, {"type": "dataset"})
    except tk.ObjectNotFound:
        return {}
    return {item["field_name"]: item for item in schema["dataset_fields"]}


def known_columns() -> list[Column]:
    """The columns that this installation has: all of the record, and what the dataset's form holds."""
    there = CORE | set(schema_fields())
    return [item for item in columns.COLUMNS if item.place != "dataset" or item.field in there]


def codes(column: Column, definitions: Mapping[str, Any]) -> dict[str, str]:
    """The closed list of a column as {code: word in the reader's language}, in its order; empty for free text."""
    if column.place == "record":
        return words.choices(RECORD_FIELDS[column.name])
    if column.kind not in ("choice", "multi") or column.name == columns.UNIT:
        return {}
    definition = definitions.get(column.field)
    if definition is None:
        return {code: title for title, code in model.Package.get_license_options()} if column.name == "license_id" else {}
    offered = tk.h.scheming_field_choices(definition) or []
    return {str(item["value"]): str(tk.h.scheming_language_text(item.get("label", item["value"]))) for item in offered}
