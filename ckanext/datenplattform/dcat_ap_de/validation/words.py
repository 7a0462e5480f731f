"""What a broken rule is called for a person. Rules that carry a message of their own (shapes/conventions.ttl) keep it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from rdflib import URIRef
from rdflib.term import Node

from ckanext.datenplattform.core import yaml_file
from ckanext.datenplattform.core.i18n import N_, language, translate

from ..rdf.terms import short
from .compiler import Result

SCHEMAS = Path(__file__).parents[1] / "schemas"
# Fields that the form has from CKAN, not from our YAML.
OTHERS = {
    "tags": {"de": "Schlagwörter", "en": "Keywords"},
    "resources": {"de": "Dateien und Dienste", "en": "Files and services"},
}
OUTDATED = N_("“%(property)s” belongs to an older version of DCAT-AP.de and is no longer used.")
ONE_ONLY = N_("“%(field)s”: only one entry is allowed.")
TEXTS = {
    "minCount": N_("“%(field)s” is missing."),
    "maxCount": ONE_ONLY,
    "datatype": N_("“%(field)s”: “%(value)s” is not written correctly."),
    "class": N_("“%(field)s”: “%(value)s” is not described completely."),
    "pattern": N_("“%(field)s”: “%(value)s” is not in the list of allowed values."),
    "in": N_("“%(field)s”: “%(value)s” is not in the list of allowed values."),
    "hasValue": N_("“%(field)s”: “%(value)s” is not in the list of allowed values."),
    "not": N_("“%(field)s”: “%(value)s” comes from an old list."),
}
KINDS = {
    "Literal": N_("“%(field)s” must be a text."),
    "IRI": N_("“%(field)s”: “%(value)s” is no web address (https://…)."),
    "BlankNodeOrIRI": N_("“%(field)s”: “%(value)s” is no web address (https://…)."),
}
OTHER_RULE = N_("“%(field)s” breaks a rule.")


def message(result: Result, field: str, in_resource: bool) -> str:
    """A sentence in the reader's language that names the field as the form does."""
    lang = "de" if language().startswith("de") else "en"
    if result.messages:
        return result.messages.get(lang) or next(iter(result.messages.values()))
    prop = " / ".join(short(step) for step in result.path)
    template = KINDS.get(result.parameter) if result.component == "nodeKind" else TEXTS.get(result.component)
    if result.component == "maxCount" and result.parameter == 0:
        template = OUTDATED
    value = result.value if result.value is not None else result.focus
    return translate(template or OTHER_RULE) % {
        "field": label(field, in_resource, lang) or prop,
        "property": prop,
        "value": _shown(value),
    }


def _shown(value: Node) -> str:
    text = short(value) if isinstance(value, URIRef) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def label(field: str, in_resource: bool, lang: str = "de") -> str:
    """The name of a field in the form, "" for a field that the form does not have."""
    names = _labels()[in_resource].get(field) or OTHERS.get(field) or {}
    return names.get(lang) or names.get("de", "")


@cache
def _labels() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    """Names of the fields of datasets and of resources."""
    found: tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]] = ({}, {})
    for path in sorted(SCHEMAS.glob("*.yaml")):
        schema = yaml_file.read(path)
        for names, part in zip(found, ("dataset_fields", "resource_fields"), strict=True):
            for field in schema.get(part) or []:
                text = field.get("label")
                names.setdefault(field["field_name"], {"de": text, "en": text} if isinstance(text, str) else text or {})
    return found
