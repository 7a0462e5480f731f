"""Template helpers."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from . import memory, settings, sources
from .logic.source import PREFIX


def harvesters_settings(data: dict[str, Any], errors: dict[str, Any]) -> list[dict[str, Any]]:
    """For the source's form: for each type ``{"name", "title", "fields": […], "folded": […]}``, each field with what
    was entered, what is stored or the default, and its error."""
    try:
        stored = settings.parse_config(data.get("config"))
    except settings.Invalid:
        stored = {}
    groups = []
    for name, harvester in sorted(sources.harvesters().items()):
        values = stored if data.get("source_type") == name else {}
        fields = [_field(f"{PREFIX}{name}-{field.name}", field, data, values, errors) for field in harvester.all_fields()]
        groups.append(
            {
                "name": name,
                "title": tk._(harvester.title),
                "fields": [field for field in fields if not field["folded"]],
                "folded": [field for field in fields if field["folded"]],
            }
        )
    return groups


def _field(key: str, field: settings.Field, data: dict[str, Any], stored: dict[str, Any], errors: dict[str, Any]) -> dict[str, Any]:
    value = data.get(key, stored.get(field.name, field.empty()))
    return {
        "key": key,
        "kind": field.kind,
        "label": tk._(field.label),
        "help": tk._(field.help) if field.help else "",
        "value": settings.as_text(field, value),
        "checked": value is True or str(value).lower() in ("true", "on", "1"),
        "choices": [{"value": code, "text": tk._(label)} for code, label in field.choices],
        "error": (errors or {}).get(key),
        "folded": field.folded and not (errors or {}).get(key),
    }


def harvesters_waiting(source_id: str) -> int:
    """How many records of a source wait until somebody confirms that they are gone."""
    return len(memory.waiting(source_id))


def harvesters_is_ours(source_type: str) -> bool:
    """Whether a type of source builds on our base (preview, settings)."""
    return source_type in sources.harvesters()


def get_helpers() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith("harvesters_")}
