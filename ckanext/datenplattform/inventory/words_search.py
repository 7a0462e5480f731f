"""The filters of the inventory's search in words. Functions, since each reader has a language."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import has_request_context

from ..core import formats
from . import search, words


def facets() -> dict[str, str]:
    """Headings of the filters, in their order."""
    fields = words.fields()
    return {
        "unit": tk._("Responsible unit"),
        "status": tk._("Status"),
        "protection": tk._("Protection need"),
        "personal_data": fields["personal_data"].label,
        "openness": fields["openness"].label,
        "format": tk._("Formats"),
        "theme": tk._("Categories"),
        "freshness": tk._("Confirmed"),
        "completeness": tk._("Completeness"),
    }


def sorts() -> dict[str, str]:
    """The orders of the list."""
    return {
        "relevance": tk._("Relevance"),
        "title": tk._("Title A to Z"),
        "changed": tk._("Last changed"),
        "due": tk._("Next to confirm"),
    }


def _codes() -> dict[str, dict[str, str]]:
    codes = words.codes()
    return {
        "status": {
            "draft": tk._("Draft"),
            "internal": tk._("Internal"),
            "in_review": tk._("Before the board"),
            "changes_requested": tk._("To be changed"),
            "refused": tk._("Refused"),
            "entry_released": tk._("Listed in the register"),
            "published": tk._("Published"),
            "withdrawn": tk._("Withdrawn"),
        },
        **{facet: codes[name] for facet, name in search.RECORD_FACETS.items()},
        "freshness": {
            "confirmed": tk._("Confirmed, not due yet"),
            "never": tk._("New, never confirmed"),
            "overdue": tk._("Overdue"),
        },
        "completeness": {"complete": tk._("Complete"), "incomplete": tk._("Answers missing")},
    }


def choices() -> dict[str, dict[str, str]]:
    """{facet: {value: words}} of the filters with a closed list."""
    unset = {search.UNSET: tk._("not said yet")}
    return {facet: {**found, **(unset if facet in search.RECORD_FACETS else {})} for facet, found in _codes().items()}


def label(facet: str, value: str) -> str:
    """A filter's value in words; what is in no list comes back as it is."""
    if facet == "theme":
        # the list of themes belongs to a room below, which may be missing; and only a request has a language
        themes = getattr(tk.h, "dcat_ap_de_label", None) if has_request_context() else None
        return themes("theme", value) if themes else value
    if facet == "format":
        return formats.spelled(value)
    return choices().get(facet, {}).get(value, value)
