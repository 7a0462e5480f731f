"""What the templates of the portal ask for. Each helper starts with `dp_`."""

from __future__ import annotations

import logging
import re
from typing import Any
from urllib.parse import quote

import ckan.lib.search as search
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from babel.numbers import format_decimal

from ..core import dates, formats, municipality
from ..core.i18n import language
from ..dcat_ap_de import shared as dcat
from . import colours, views

log = logging.getLogger(__name__)

# resource formats that are services rather than files
SERVICES = frozenset({"WFS", "WMS", "WMTS", "API", "REST", "SENSORTHINGS", "OGC API", "SPARQL"})


def dp_town() -> municipality.Municipality:
    """The municipality this portal runs for."""
    return municipality.current()


def dp_portal_title() -> str:
    """What stands behind each page's title."""
    return tk._("Data platform of %(town)s") % {"town": municipality.current().title}


def dp_style() -> Any:
    """The town's colours as CSS custom properties."""
    return tk.literal(colours.style(municipality.current().colours))


def dp_has(plugin: str) -> bool:
    """Whether a plugin is loaded."""
    return p.plugin_loaded(plugin)


def dp_corrected(q: str) -> str | None:
    """The words that somebody may have meant who found nothing."""
    if not q or not p.plugin_loaded("dp_search"):
        return None
    try:
        return tk.get_action("search_correct")({"user": tk.g.user}, {"q": q})["q"]
    except search.SearchError:
        return None  # the page says already that the search does not answer


def dp_logo() -> str:
    """Address of the town's logo, empty without one."""
    return tk.h.url_for("dp_theme.logo") if views.logo_file() else ""


def dp_icon() -> Any:
    """The picture in the browser's tab: the town's first letter on its colour."""
    town = municipality.current()
    letter = town.name[:1]
    colour = colours.scheme(town.colours)["light"]["primary"]
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
        f'<rect width="32" height="32" rx="7" fill="{colour}"/>'
        '<text x="16" y="23" font-family="sans-serif" font-size="20" font-weight="700" fill="#fff" '
        f'text-anchor="middle">{letter}</text></svg>'
    )
    return "data:image/svg+xml," + quote(svg)


def dp_navigation() -> list[dict[str, Any]]:
    """The main menu for this reader: label, address, whether one is there."""
    here = tk.request.path
    places = [
        (tk._("Data"), tk.h.url_for("dataset.search"), True),
        (tk._("Organizations"), tk.h.url_for("organization.index"), True),
    ]
    if p.plugin_loaded("dp_inventory"):
        places.append((tk._("Inventory"), "/inventar", _may("inventory_record_list")))
    if p.plugin_loaded("dp_access"):
        places.append((tk._("Data spaces"), "/datenraeume", tk.h.dp_access_has_dataspaces()))
    if p.plugin_loaded("dp_review"):
        places.append((tk._("Data board"), "/gremium", _may("review_list")))
    return [
        {"label": label, "url": url, "active": _within(here, url)} for label, url, allowed in places if allowed
    ]


def _may(action: str) -> bool:
    try:
        return tk.h.check_access(action)
    except ValueError:  # no such auth function: the room is there without its pages
        return False


def _within(here: str, url: str) -> bool:
    return here.rstrip("/") == url.rstrip("/") or here.startswith(url.rstrip("/") + "/")


def dp_date(value: Any, with_time: bool = False) -> str:
    """A date or moment as people write it: "3. November 2026"."""
    return dates.say(value, with_time)


@tk.chained_helper
def render_datetime(
    up: Any, datetime_: Any, date_format: Any = None, with_hours: bool = False, with_seconds: bool = False
) -> str:
    """CKAN's own pages write dates as ours do: the original knows the American order only."""
    if date_format:
        return up(datetime_, date_format, with_hours, with_seconds)
    return dates.say(datetime_, with_hours or with_seconds)


def dp_number(value: Any) -> str:
    """A number with the language's separators."""
    return format_decimal(value, locale=language())


def dp_size(value: Any) -> str:
    """Bytes as a person reads them; empty when unknown."""
    if not isinstance(value, int | float | str):
        return ""  # nothing there, also by the template's own "undefined"
    try:
        size = float(value)
    except (TypeError, ValueError):
        return ""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{format_decimal(size, '#,##0' if unit == 'B' else '#,##0.#', locale=language())} {unit}"
        size /= 1000
    return ""


def dp_format(value: Any) -> str:
    """A file format as people know it: "CSV", never a vocabulary's address."""
    text = dcat.file_format(str(value or ""))
    if "/" in text:
        text = re.split(r"[/#]", text.rstrip("/"))[-1]
    if text.upper() in formats.SPELLED:
        return formats.spelled(text)
    return text.replace("_", " ").upper() if len(text) <= 12 else text


def dp_formats(resources: Any) -> list[str]:
    """The formats of a dataset, each once."""
    return list(dict.fromkeys(found for found in (dp_format(item.get("format")) for item in resources or []) if found))


def dp_is_service(resource: dict[str, Any]) -> bool:
    """Whether the resource is a service's address rather than a file to download."""
    return resource.get("url_type") != "upload" and dp_format(resource.get("format")) in SERVICES


def dp_label(name: str, value: Any) -> str:
    """What a person reads for a code of the list `name`."""
    return dcat.label(name, value, language())


def dp_licence(dataset: dict[str, Any], resource: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """The licence in words: title, url, open (bool), what it allows and demands (`may`, `must`; `text` in one sentence), the
    attribution text, and `source`, how the source is to be named in full.

    None when no licence is named.
    """
    resource = resource or {}
    code = resource.get("license") or dataset.get("license_id")
    if not code or code == "notspecified":
        return None
    concept = dcat.licence(code)
    title = dp_label("licence", code)
    named = dcat.needs_attribution(concept) if concept else False
    is_open = dcat.is_open(concept) if concept else False
    attribution = resource.get("license_attribution_by_text") or dataset.get("license_attribution_by_text")
    by = attribution or f"{municipality.current().publisher.name}, {dataset.get('title') or ''}"
    address = tk.h.url_for("dataset.read", id=dataset["name"], qualified=True) if dataset.get("name") else ""
    words = dcat.licence_words(code, by, address, language())
    return {
        "may": words.may,
        "must": words.must,
        "source": words.source,
        "title": title,
        "url": concept.extra.get("url", "") if concept else dataset.get("license_url") or "",
        "open": is_open,
        "text": _licence_in_words(is_open, named),
        "attribution": by if named else "",
    }


def _licence_in_words(is_open: bool, named: bool) -> str:
    if not is_open:
        return tk._("Please read the terms of use before you use the data.")
    if named:
        return tk._("You may use, change and pass on the data, also commercially. You must name the source.")
    return tk._("You may use, change and pass on the data, also commercially. There are no conditions.")


def facets() -> dict[str, str]:
    """The filters of the search, in their order, with titles."""
    return {
        "vocab_theme": tk._("Categories"),
        "organization": tk._("Organizations"),
        "res_format": tk._("Formats"),
        "license_id": tk._("Licences"),
    }


def dp_facet_label(name: str, item: Any) -> str:
    """What a person reads for a facet's value (a facet item of CKAN, or the bare value)."""
    value = item["name"] if isinstance(item, dict) else item
    if name == "vocab_theme":
        return dp_label("theme", value)
    if name == "license_id":
        return dp_label("licence", value)
    if name == "res_format":
        return dp_format(value)
    if name == "organization":
        unit = municipality.current().unit(str(value))
        return unit.title if unit else (item.get("display_name") if isinstance(item, dict) else value) or value
    return (item.get("display_name") if isinstance(item, dict) else value) or value


def dp_start() -> dict[str, Any]:
    """What the start page shows of the public catalogue: count, newest datasets, topics and units with counts."""
    empty = {"count": 0, "newest": [], "topics": [], "units": [], "failed": True}
    try:
        found = tk.get_action("package_search")(
            {"user": ""},
            {
                "rows": 6,
                "sort": "metadata_created desc",
                "fq": "dataset_type:dataset",
                "facet.field": ["vocab_theme", "organization"],
                "facet.limit": 50,
            },
        )
    except (search.SearchError, OSError):
        log.warning("start page: the search index was not reached")
        return empty
    facet_items = found["search_facets"]
    return {
        "count": found["count"],
        "newest": found["results"],
        "topics": _items("vocab_theme", facet_items),
        "units": _items("organization", facet_items),
        "failed": False,
    }


def _items(name: str, found: Any) -> list[dict[str, Any]]:
    items = (found.get(name) or {}).get("items") or []
    listed = [
        {
            "label": dp_facet_label(name, item),
            "count": item["count"],
            "url": tk.h.url_for("dataset.search", **{name: item["name"]}),
        }
        for item in items
    ]
    return sorted(listed, key=lambda item: (-item["count"], item["label"]))


def dp_preview(resource: dict[str, Any], rows: int = 5) -> dict[str, Any] | None:
    """The first rows of a resource in the DataStore: {"columns": [{"id", "label"}], "rows": [[text]]}, else None."""
    if not resource.get("datastore_active"):
        return None
    try:
        found = tk.get_action("datastore_search")(
            {}, {"resource_id": resource["id"], "limit": rows, "include_total": False}
        )
    except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
        return None
    columns = [field for field in found["fields"] if field["id"] != "_id"]
    return {
        "columns": [
            {"id": field["id"], "label": (field.get("info") or {}).get("label") or field["id"]} for field in columns
        ],
        "rows": [[_cell(record.get(field["id"]), field.get("type", "")) for field in columns]
                 for record in found["records"]],
    }  # fmt: skip


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if kind.startswith("timestamp") and isinstance(value, str):
        return dp_date(value, with_time=True)
    if isinstance(value, float):
        return format_decimal(value, "#,##0.###", locale=language())
    return str(value)


def dp_units() -> list[dict[str, Any]]:
    """The organisation tree of the municipality: {"unit", "depth"}, parents first."""

    def walk(units: Any, depth: int) -> Any:
        for unit in units:
            yield {"unit": unit, "depth": depth}
            yield from walk(unit.children, depth + 1)

    return list(walk(municipality.current().organisations, 0))


def dp_unit_counts() -> dict[str, int]:
    """Published datasets by name of organisation."""
    try:
        found = tk.get_action("package_search")(
            {"user": ""},
            {"rows": 0, "fq": "dataset_type:dataset", "facet.field": ["organization"], "facet.limit": -1},
        )
    except (search.SearchError, OSError):
        return {}
    return {item["name"]: item["count"] for item in found["search_facets"].get("organization", {}).get("items", [])}


def dp_unit_path(name: str) -> list[municipality.Unit]:
    """From the root of the tree to the unit; empty when the municipality's file does not know it."""
    return list(municipality.current().path(name))


def dp_contact_links() -> list[dict[str, str]]:
    """Imprint, privacy and accessibility, as far as the municipality's file gives addresses."""
    contact = municipality.current().contact
    names = (("imprint", tk._("Imprint")), ("privacy", tk._("Privacy")), ("accessibility", tk._("Accessibility")))
    return [{"label": label, "url": contact[key]} for key, label in names if contact.get(key, "").startswith("http")]


def get_helpers() -> dict[str, Any]:
    """All of them, for the plugin."""
    found = {name: function for name, function in globals().items() if name.startswith("dp_")}
    return {**found, "render_datetime": render_datetime}
