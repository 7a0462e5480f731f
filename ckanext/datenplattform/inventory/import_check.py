"""The real schemas on what a spreadsheet says: the dataset's form and the record's, errors by column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid

from ..access import shared as access
from ..core import names as addresses
from . import merge
from .columns import Column
from .logic import schema

Errors = dict[str, list[str]]


def _context(**more: Any) -> Any:
    """For validation alone: who may do what has been asked before."""
    site = tk.config["ckan.site_id"]
    return {"model": model, "session": model.Session, "user": site, "ignore_auth": True, **more}


def _wanted(values: Iterable[tuple[Column, Any]], current: dict[str, Any]) -> dict[str, Any]:
    """The dataset dict of cells; of a list of entries the first one is theirs."""
    wanted: dict[str, Any] = {}
    for column, value in values:
        if column.part:
            there = wanted.get(column.field) or [dict(item) for item in current.get(column.field) or []] or [{}]
            there[0][column.part] = value or ""
            wanted[column.field] = there
        elif column.kind == "tags":
            wanted[column.name] = ",".join(value or [])
        else:
            wanted[column.name] = value or ([] if column.several else "")
    for name, entries in wanted.items():
        if isinstance(entries, list) and entries and isinstance(entries[0], dict):
            wanted[name] = [item for item in entries if any(item.values())]
    return wanted


def _by_column(errors: dict[str, Any], prefix: str = "") -> Errors:
    """CKAN's errors by column: those of the first entry of a list under "field.part", of tags under "tag_string"."""
    found: Errors = {}
    for name, texts in errors.items():
        where = "tag_string" if name == "tags" else f"{prefix}{name}"
        if isinstance(texts, str):
            found.setdefault(where, []).append(texts)
            continue
        for text in texts:
            if isinstance(text, dict):
                for inner, more in _by_column(text, f"{name}.").items():
                    found.setdefault(inner if name != "tags" else where, []).extend(more)
            else:
                found.setdefault(where, []).append(str(text))
    return found


def new_dataset(values: list[tuple[Column, Any]], taken: set[str]) -> tuple[dict[str, Any], Errors]:
    """The validated data of a new private dataset, as `package_create` would write them; and errors.

    :param taken: addresses that earlier rows have taken; the new one is added
    """
    wanted = _wanted(values, {})
    name = addresses.free(wanted["title"], make_uuid())
    if name in taken:
        name = addresses.free(f"{name[:70]}-{make_uuid()[:8]}", make_uuid())
    taken.add(name)
    wanted |= {"name": name, "private": True, "state": "active", "type": "dataset"}
    plugin = lib_plugins.lookup_package_plugin("dataset")
    data, errors = lib_plugins.plugin_validate(plugin, _context(), wanted, plugin.create_package_schema(), "package_create")
    return data, _by_column(errors)


def changed_dataset(package_id: str, values: list[tuple[Column, Any]]) -> tuple[dict[str, Any], Errors]:
    """The dataset dict for `package_update` with these cells over what is there; and errors."""
    current = tk.get_action("package_show")({"ignore_auth": True, "use_cache": False}, {"id": package_id})
    wanted = merge.merge(current, _wanted(values, current), make_uuid)
    plugin = lib_plugins.lookup_package_plugin("dataset")
    context = _context(package=model.Package.get(package_id))
    trial = {**wanted, "resources": [dict(item) for item in wanted["resources"]]}
    _data, errors = lib_plugins.plugin_validate(plugin, context, trial, plugin.update_package_schema(), "package_update")
    return wanted, _by_column(errors)


def record_schema() -> Any:
    """The schema of the record's fields; asked once for a sheet."""
    return schema.fields()


def record_fields(given: dict[str, Any], checks: Any, context: Any) -> tuple[dict[str, Any], Errors]:
    """The record's fields as its own schema cleans them (None clears); and errors."""
    if not given:
        return {}, {}
    sent = {name: "" if value is None else value for name, value in given.items()}
    inner: Any = dict(context)
    clean, errors = tk.navl_validate(sent, {name: checks[name] for name in sent}, inner)
    return {name: clean.get(name) or None for name in sent}, _by_column(errors)


def existing(field: str, name: str, checks: Any, context: Any) -> str | None:
    """The id of the dataset that a field of the record names, as the record's own schema finds it; None: there is none, or
    none that the actor may know of."""
    found, errors = record_fields({field: [name]}, checks, context)
    return None if errors or not found[field] else found[field][0]


def keep_known(wanted: Any, stored: Any) -> Any:
    """Names of datasets as ids, so that they compare with what is stored; unknown ones stay, for the schema to refuse."""
    if not wanted:
        return wanted
    ids = []
    for item in wanted:
        package = None if item in (stored or []) else model.Package.get(item.rstrip("/").rsplit("/", 1)[-1])
        ids.append(package.id if package is not None and package.id in (stored or []) else item)
    return ids


def names(ids: Any, user: model.User | None, system: bool = False) -> Any:
    """Datasets by name where the reader may know of them; the others as they are stored."""
    known = access.levels(user, ids or [])
    return [
        package.name if (system or known.get(item)) and (package := model.Package.get(item)) else item for item in ids or []
    ]
