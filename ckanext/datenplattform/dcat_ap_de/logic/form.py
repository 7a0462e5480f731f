"""From the fields of the dataset's form to a dataset dict, without storing anything."""

from __future__ import annotations

from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk

from ..validation.words import label

# Not a clerk's concern while they type.
HIDDEN = frozenset({"name", "id", "save", "pkg_name", "_ckan_phase", "_csrf_token"})


def plain(context: Any, data_dict: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The dict that saving would store, and what the form itself would refuse: [(field, message with its name)]."""
    given = {key: value for key, value in data_dict.items() if key not in ("id", "save", "_ckan_phase", "pkg_name")}
    known = _stored(context, data_dict.get("id"))
    given = {**{key: known[key] for key in ("id", "name", "resources", "owner_org") if key in known}, **given}
    tags = [{"name": text.strip()} for text in str(given.pop("tag_string", "")).split(",") if text.strip()]
    given.setdefault("tags", tags)
    given["type"] = "dataset"
    plugin = lib_plugins.lookup_package_plugin("dataset")
    action = "package_update" if known else "package_create"
    own: Any = {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj"), "ignore_auth": True}
    own |= {"model": model, "session": model.Session}
    if known:
        own["package"] = model.Package.get(known["id"])
    schema = plugin.update_package_schema() if known else plugin.create_package_schema()
    data, errors = lib_plugins.plugin_validate(plugin, own, {**given}, schema, action)
    data.setdefault("tags", tags)
    return data, _texts(errors)


def _stored(context: Any, id: Any) -> dict[str, Any]:
    if not id:
        return {}
    return tk.get_action("package_show")({"user": context.get("user")}, {"id": id})


def _texts(errors: dict[str, Any]) -> list[tuple[str, str]]:
    """Errors by field as sentences. The address of the dataset and what is within a file are left to saving."""
    found = []
    for field, problem in errors.items():
        name = label(field, False, "de" if str(tk.h.lang()).startswith("de") else "en")
        if field in HIDDEN or not name:
            continue
        found += [(field, f"{name}: {text}") for text in _flat(problem)]
    return found


def _flat(problem: Any) -> list[str]:
    if isinstance(problem, str):
        return [problem]
    if isinstance(problem, dict):
        return [text for value in problem.values() for text in _flat(value)]
    return [text for item in problem or [] for text in _flat(item)]
