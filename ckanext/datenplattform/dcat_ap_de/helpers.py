"""Template helpers: choices for the form, labels for codes."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.datenplattform.core import municipality

from .vocabulary import licence, vocabulary


def dcat_ap_de_choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """All entries of the field's code list, in its order, for scheming's `choices_helper`; `broader` is the code of the
    entry that an entry belongs below, "" at the top.
    """
    return [
        {
            "value": concept.code,
            "label": {"de": concept.de, "en": concept.label("en")},
            "broader": concept.extra.get("broader", ""),
        }
        for concept in vocabulary(field["vocabulary"])
    ]


def dcat_ap_de_licence_choices(field: dict[str, Any]) -> list[dict[str, Any]]:
    """The licences that the municipality offers, in the order of its file."""
    found = [licence(code) for code in municipality.current().licences]
    return [
        {"value": concept.code, "label": {"de": concept.de, "en": concept.label("en")}} for concept in found if concept
    ]


def dcat_ap_de_label(name: str, value: Any) -> str:
    """What a person reads for a code of the list `name`, in the page's language; an unknown value is shown as it is."""
    return vocabulary(name).label(value, tk.h.lang() or "de")


def get_helpers() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith("dcat_ap_de_")}
