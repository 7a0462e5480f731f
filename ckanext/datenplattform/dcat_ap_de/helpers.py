"""Template helpers: choices for the form, labels for codes."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from markupsafe import Markup

from ckanext.datenplattform.core import municipality

from .defaults import fill
from .export import catalogue, dicts, public
from .export.formats import FORMATS
from .export.schema_org import schema_org, schema_org_catalogue, script_text
from .profile import defaults
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


def dcat_ap_de_structured_data(package_id: str) -> list[Markup]:
    """What stands in a dataset's page for programs: its DCAT-AP.de and its schema.org, as texts of
    `<script type="application/ld+json">`. Made from what anyone may see, whoever looks; nothing for other datasets.
    """
    document = catalogue.one(FORMATS["jsonld"], package_id)
    with public.connection() as at:
        found = dicts.read(at, [package_id]).get(package_id) if document else None
    if document is None or found is None:
        return []
    page, given = tk.h.url_for("dataset.read", id=found["name"], qualified=True, locale="default"), defaults()
    words = schema_org(fill(found, given), str(given.dataset_uri(found)), page)
    # script_text leaves no character that could end the element
    return [Markup(script_text(text)) for text in (document, words)]  # noqa: S704


def dcat_ap_de_unit_structured_data(name: str) -> list[Markup]:
    """What stands in an organisation's page for programs: its catalogue in DCAT-AP.de and in schema.org, without the datasets."""
    unit = model.Group.get(name)
    if unit is None or not unit.is_organization:
        return []
    given, modified = catalogue.of_unit(unit), public.newest(unit.id)
    document = catalogue.alone(FORMATS["jsonld"], catalogue.head(modified, **given))
    page = tk.h.url_for("organization.read", id=unit.name, qualified=True, locale="default")
    words = schema_org_catalogue(given, modified, page)
    return [Markup(script_text(text)) for text in (document, words)]  # noqa: S704


def dcat_ap_de_quality(id: str) -> dict[str, Any] | None:
    """The predicted quality of a dataset for whoever reads the page, None if they may not see it."""
    try:
        return tk.get_action("dcat_quality_show")({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def get_helpers() -> dict[str, Any]:
    """All of them, for the plugin."""
    return {name: function for name, function in globals().items() if name.startswith("dcat_ap_de_")}
