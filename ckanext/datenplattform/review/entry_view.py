"""What the board decides on, in words: the frozen public content of a case as the portal will show it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core import dates
from ..core.i18n import language
from ..dcat_ap_de import shared as dcat_ap_de

# shown apart on the page, or of no meaning to a reader
APART = frozenset({"title", "name", "notes", "license_id", "owner_org", "tag_string", "uri", "further_rdf", "theme", "contact"})
GEOMETRY = frozenset({"geom", "bbox", "centroid"})


def dataset(content: Mapping[str, Any]) -> dict[str, Any]:
    """A case's content (access/content.py) in the form of `package_show`, as far as it goes; resources by name."""
    resources = [
        {"id": key, **{name: value for name, value in item.items() if name != "extras"}, **_read(item.get("extras") or {})}
        for key, item in content.get("resources", {}).items()
    ]
    return {
        **content.get("package", {}),
        **_read(content.get("extras", {})),
        "tags": list(content.get("tags", [])),
        "resources": sorted(resources, key=lambda item: (item.get("name") or "", item["id"])),
    }


def _read(extras: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in extras.items()}


def _value(value: Any) -> Any:
    """Lists and groups of fields are stored as JSON text."""
    if isinstance(value, str) and value[:1] in "[{":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def facts(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, words) of all that will be public beside title, description, licence and files; in the order of the form."""
    told = [(_text(field.get("label"), field["field_name"]), words(field["field_name"], found.get(field["field_name"])))
            for field in _fields("dataset_fields") if field["field_name"] not in APART]  # fmt: skip
    named = [(_label("theme"), words("theme", found.get("theme"))), (_label("tag_string"), ", ".join(found["tags"])),
             (_label("contact"), words("contact", found.get("contact")))]  # fmt: skip
    return [(label, text) for label, text in [*named, *told] if text]


def field_label(name: str) -> str:
    """The label of a field as `revisions.difference` names it: "title", or "Bäume: url" of a file."""
    file, _, bare = name.rpartition(": ")
    label = _label(bare, "resource_fields" if file else "dataset_fields")
    return f"{file}: {label}" if file else label


def words(name: str, value: Any) -> str:
    """A field's value as people read it; "" where it has none."""
    bare = name.rpartition(": ")[2]
    value = _value(value)
    if value in (None, "", [], {}):
        return ""
    if bare == "owner_org":
        return _unit(str(value))
    if bare in ("license_id", "license"):
        return dcat_ap_de.label("licence", value, language())
    field = _by_name().get(bare, {})
    if field.get("repeating_subfields") and isinstance(value, list):
        return "\n".join(filter(None, (_group(field, item) for item in value if isinstance(item, dict))))
    return _said(field, value)


def _said(field: Mapping[str, Any], value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, (_said(field, item) for item in value)))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if field.get("vocabulary"):
        return dcat_ap_de.label(field["vocabulary"], value, language())
    return dates.say(value) if field.get("preset") == "dp_date" else str(value)


def _group(field: Mapping[str, Any], item: Mapping[str, Any]) -> str:
    parts = []
    for inner in field["repeating_subfields"]:
        value = item.get(inner["field_name"])
        if value in (None, "", [], {}) or inner["field_name"] in GEOMETRY | {"further_rdf"}:
            continue
        said = _said(inner, value)
        parts.append(said if inner["field_name"] in ("name", "text") else f"{_text(inner.get('label'), inner['field_name'])}: {said}")
    return ", ".join(parts)


def _unit(unit_id: str) -> str:
    found = model.Group.get(unit_id)
    return (found.title or found.name) if found else unit_id


def _fields(kind: str) -> Iterator[dict[str, Any]]:
    if p.plugin_loaded("scheming_datasets"):
        yield from (tk.h.scheming_get_dataset_schema("dataset") or {}).get(kind, [])


def _by_name() -> dict[str, dict[str, Any]]:
    return {field["field_name"]: field for kind in ("resource_fields", "dataset_fields") for field in _fields(kind)}


def _label(name: str, kind: str = "dataset_fields") -> str:
    asked = "tag_string" if name == "tags" else name
    field = next((field for field in _fields(kind) if field["field_name"] == asked), {})
    return _text(field.get("label"), name)


def _text(label: Any, default: str) -> str:
    if isinstance(label, dict):
        return label.get(language()) or label.get("de") or default
    return label or default


def geometries(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """GeoJSON of where the data lie: for each place its outline, else its rectangle, else its centre."""
    shapes = []
    for place in found.get("spatial_coverage") or []:
        raw = next((place[name] for name in ("geom", "bbox", "centroid") if place.get(name)), None) if isinstance(place, dict) else None
        shape = _value(raw)
        if isinstance(shape, dict):
            shapes.append(shape)
    return shapes or [shape for shape in [_value(found.get("spatial"))] if isinstance(shape, dict)]
