"""Template helpers of room `inventory`."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..access import shared as access
from ..core import dates
from . import record, words


def dp_inventory_words(name: str, value: Any) -> str:
    """A field's value in words."""
    return words.say(name, value)


def dp_inventory_label(name: str) -> str:
    """The label of a field of the record."""
    found = words.fields().get(name)
    return found.label if found else name


def dp_inventory_form() -> list[dict[str, Any]]:
    """The form: sections in order, each with its fields as {"name", "kind", "required", "words", "choices"}."""
    texts = words.fields()
    return [
        {
            "name": section,
            "title": words.sections()[section],
            "fields": [
                {
                    "name": field.name,
                    "kind": field.kind,
                    "required": field.required,
                    "words": texts[field.name],
                    "choices": list(words.choices(field).items()),
                }
                for field in record.FIELDS
                if field.section == section
            ],
        }
        for section in record.SECTIONS
    ]


def dp_inventory_names(ids: Any) -> list[str]:
    """The names of datasets by id, for a form; what is gone, or nothing to this reader, stays its id."""
    reader = model.User.get(tk.current_user.name) if tk.current_user.is_authenticated else None
    known = access.levels(reader, ids or [])
    return [package.name if known.get(item) and (package := model.Package.get(item)) else item for item in ids or []]


def dp_inventory_date(value: Any, with_time: bool = False) -> str:
    """A date or moment as people write it: "3. November 2026"."""
    return dates.say(value, with_time)


def dp_inventory_has(plugin: str) -> bool:
    """Whether a plugin is loaded: what later rooms show is shown where they are there."""
    return p.plugin_loaded(plugin)


def get_helpers() -> dict[str, Any]:
    """Helpers by name."""
    return {name: function for name, function in globals().items() if name.startswith("dp_inventory_")}
