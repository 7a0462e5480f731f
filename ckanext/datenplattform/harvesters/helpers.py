"""Template helpers."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.pagination import Page

from . import memory, settings, sources
from .logic.source import PREFIX

PAGE = 20


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
    if field.kind == settings.CHECKBOX:
        value = settings.is_checked(value)
    return {
        "key": key,
        "kind": field.kind,
        "label": tk._(field.label),
        "help": tk._(field.help) if field.help else "",
        "value": settings.as_text(field, value),
        "checked": value is True,
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


@tk.chained_helper
def package_count_for_source(up: Any, source_id: str) -> int:
    """The datasets of a source. The original counts the public ones only."""
    return memory.datasets(source_id)[0]


@tk.chained_helper
def package_list_for_source(up: Any, source_id: str) -> Any:
    """A page of the datasets of a source that the reader may see. The original lists the public ones only."""
    page = tk.request.args.get("page", "1")
    number = max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1
    count, ids = memory.datasets(source_id, PAGE, (number - 1) * PAGE)
    if not ids:
        return tk.h.snippet("snippets/package_list_empty.html")
    packages = []
    for package_id in ids:
        try:
            packages.append(tk.get_action("package_show")({"user": tk.current_user.name}, {"id": package_id}))
        except (tk.NotAuthorized, tk.ObjectNotFound):
            continue
    base = tk.h.url_for("harvest.read", id=source_id)

    def url(q: Any = None, page: int = 1) -> str:
        return f"{base}?page={page}"

    pager = Page(collection=packages, page=number, url=url, item_count=count, items_per_page=PAGE)
    return tk.h.snippet("snippets/package_list.html", packages=packages) + pager.pager()


def get_helpers() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith(("harvesters_", "package_"))}
