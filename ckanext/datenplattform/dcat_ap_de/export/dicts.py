"""Package dicts of many datasets in four statements, as `package_show` gives them to anyone in what the profile writes.

`package_show` asks ten questions for each dataset and checks each field; a catalogue would wait for minutes.
`tests/dcat_ap_de/test_dicts.py` holds the two against each other, field by field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib import munge
from sqlalchemy import select

# the columns that CKAN keeps for itself
_NOT_SHOWN = frozenset({"extras", "plugin_data"})


def read(at: Any, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """{id: package dict} of the datasets that exist; `at` is the connection. Who may see them is the caller's to ask."""
    found = list(ids)
    fields = _fields()
    package = model.package_table
    packages = select(package).where(package.c.id.in_(found))
    dicts = {row["id"]: _dataset(row, fields) for row in at.execute(packages).mappings()}
    address = _download_address()
    resource = model.resource_table
    rows = select(resource).where(resource.c.package_id.in_(found), resource.c.state == "active")
    for row in at.execute(rows.order_by(resource.c.package_id, resource.c.position)).mappings():
        if row["package_id"] in dicts:
            dicts[row["package_id"]]["resources"].append(_resource(row, fields, address))
    tags = (
        select(model.package_tag_table.c.package_id, model.tag_table.c.name)
        .join(model.tag_table, model.tag_table.c.id == model.package_tag_table.c.tag_id)
        .where(model.package_tag_table.c.package_id.in_(found), model.package_tag_table.c.state == "active")
        .order_by(model.tag_table.c.name)
    )
    for row in at.execute(tags):
        dicts[row.package_id]["tags"].append({"name": row.name})
    _add_units(at, dicts)
    return dicts


def _add_units(at: Any, dicts: dict[str, dict[str, Any]]) -> None:
    group = model.group_table
    wanted = {dataset["owner_org"] for dataset in dicts.values() if dataset.get("owner_org")}
    rows = select(group.c.id, group.c.name, group.c.title).where(group.c.id.in_(wanted), group.c.state == "active")
    units = {row["id"]: dict(row) for row in at.execute(rows).mappings()}
    for dataset in dicts.values():
        dataset["organization"] = units.get(dataset.get("owner_org"))


def _fields() -> dict[str, list[dict[str, Any]]]:
    """The fields of the form: {"dataset_fields": […], "resource_fields": […]}, presets filled in."""
    return tk.h.scheming_get_dataset_schema("dataset", expanded=True)


def _columns(row: Any) -> dict[str, Any]:
    """The columns of a row by plain names (SQLAlchemy's are objects, which are slow to copy), times as ISO 8601."""
    return {
        str(name): value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in row.items()
        if name not in _NOT_SHOWN
    }


def _dataset(row: Any, fields: Any) -> dict[str, Any]:
    values = _columns(row)
    values |= row["extras"] or {}
    values["type"] = values.get("type") or "dataset"
    values["title"] = (values.get("title") or "").strip()
    return {**_loaded(fields["dataset_fields"], values), "resources": [], "tags": []}


def _resource(row: Any, fields: Any, address: str) -> dict[str, Any]:
    values = _columns(row)
    extras = row["extras"]
    values |= (json.loads(extras) if isinstance(extras, str) else extras) or {}
    url = str(values.get("url") or "")
    if values.get("url_type") == "upload":
        name = munge.munge_filename(url.rsplit("/")[-1])
        values["url"] = address.replace("_package_", values["package_id"]).replace("_resource_", values["id"]) + name
    elif url and not urlsplit(url).scheme:
        values["url"] = "http://" + url.lstrip("/")
    return _loaded(fields["resource_fields"], values)


def _download_address() -> str:
    """Where uploaded files are, with names for the ids; never in the language of whoever asks."""
    given = {"id": "_package_", "resource_id": "_resource_", "filename": "_file_"}
    return tk.h.url_for("dataset_resource.download", qualified=True, locale="default", **given).removesuffix("_file_")


def _loaded(fields: list[dict[str, Any]], values: dict[str, Any]) -> dict[str, Any]:
    """The values with what is kept as JSON text as what it is."""
    for field in fields:
        name = field["field_name"]
        if values.get(name) is None:
            continue
        below = field.get("repeating_subfields")
        if below:
            values[name] = _entries(below, _json(values[name]))
        elif "scheming_load_json" in (field.get("output_validators") or ""):
            values[name] = _json(values[name])
    return values


def _entries(fields: list[dict[str, Any]], given: Any) -> list[dict[str, Any]]:
    """The entries of a repeating field, with what the form knows; one that holds nothing else is none."""
    names = [field["field_name"] for field in fields]
    items = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    kept = [{name: item[name] for name in names if name in item} for item in items]
    return [_loaded(fields, item) for item in kept if item]


def _json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
