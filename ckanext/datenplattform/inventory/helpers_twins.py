"""Template helpers: suggestions of a Musterdatensatz and likely twins of a record."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from . import musterdatensatz


def dp_inventory_suggestions(record: dict[str, Any]) -> list[str]:
    """Names of the three entries of the Musterdatenkatalog that fit title and description of a record."""
    package = model.Package.get(record["id"])
    if package is None:
        return []
    return [item.entry.name for item in musterdatensatz.suggest(package.title or "", package.notes or "")]


def dp_inventory_catalogue() -> list[tuple[str, list[tuple[str, str]]]]:
    """All entries of the Musterdatenkatalog for a selection: [(topic, [(name, name without topic)])]."""
    return [
        (topic, [(entry.name, entry.name.removeprefix(f"{topic} - ")) for entry in entries])
        for topic, entries in musterdatensatz.by_topic().items()
    ]


def dp_inventory_twins(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Likely twins of a record, see inventory_twin_list; each with `mergeable`: whether the reader may make one of the two."""
    asked = {"title": record["title"] or record["name"], "unit": record["owner_org"], "id": record["id"]}
    if record.get("source_system"):
        asked["source_system"] = record["source_system"]
    try:
        found = tk.get_action("inventory_twin_list")({}, asked)
    except tk.NotAuthorized:
        return []
    may = tk.h.check_access
    mine = bool(found) and may("inventory_record_patch", {"id": record["id"]})
    return [{**item, "mergeable": mine and may("inventory_record_patch", {"id": item["id"]})} for item in found]


def get_helpers() -> dict[str, Any]:
    """Helpers by name."""
    return {name: function for name, function in globals().items() if name.startswith("dp_inventory_")}
