"""What a dataset leaves open is filled from what the municipality knows, when it is written as RDF. Pure; no CKAN.

Nothing is stored: a later change in the municipality's file shows in the next export.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import clean
from .vocabulary import licence, needs_attribution, vocabulary

# Implementing Regulation (EU) 2023/138: which datasets are of high value. Its address (ELI) stands at each of them.
HVD_LAW = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
GEOCODING = "http://dcat-ap.de/def/politicalGeocoding/"


@dataclass(frozen=True)
class Defaults:
    """What fills the gaps. `publisher` and `contact` are entries as in the dataset's fields of the same names.

    `contact` is a function's address, never a person's. `ags` is the official municipality key of eight digits, `ars`
    the regional key of twelve. `own_publisher` gives, for the CKAN name of an organisation, the company that it is or
    belongs to as publisher, None for the administration, which publishes under the town's name. `geocoding_uri`: whether
    dcatde:politicalGeocodingURI is written (convention 8 demands it, DCAT-AP.de 3.0 calls it deprecated). `dataset_uri`
    gives the address of a dataset, `series_uri` that of a series with this title, `resource_uris` those of the files of a
    dataset with this address; `catalogue` is the catalogue's own.
    """

    publisher: dict[str, str]
    contact: dict[str, str]
    contributor_id: str = ""
    ags: str = ""
    ars: str = ""
    languages: list[str] = field(default_factory=lambda: ["DEU"])
    geocoding_uri: bool = True
    own_publisher: Callable[[str], dict[str, str] | None] = lambda name: None
    dataset_uri: Callable[[dict[str, Any]], str] = lambda dataset: ""
    series_uri: Callable[[str], str] = lambda title: ""
    resource_uris: Callable[[dict[str, Any], Any], list[Any]] = lambda dataset, node: []
    catalogue: str = ""


def _copy(value: Any) -> Any:
    """A copy of what JSON can hold, all the way down; `copy.deepcopy` takes several times as long."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def fill(dataset: dict[str, Any], defaults: Defaults) -> dict[str, Any]:
    """A copy of a package dict, ready for the graph: every mandatory property has a value, every gap that we can fill
    is filled.

    The dict given is not changed. Idempotent.
    """
    full = _copy(dataset)
    full["title"] = full.get("title") or full.get("name") or "?"
    full["notes"] = full.get("notes") or full["title"]
    full["identifier"] = full.get("identifier") or full.get("id")
    full["modified"] = full.get("modified") or clean.utc(full.get("metadata_modified"))
    full["publisher"] = _publisher(full, defaults)
    # Of a dataset from another catalogue we know neither whom to ask nor language nor place.
    ours = not full.get("uri")
    full["contact"] = _contacts(full.get("contact")) or ([defaults.contact] if defaults.contact and ours else [])
    full["language"] = full.get("language") or (list(defaults.languages) if ours else [])
    full["access_rights"] = full.get("access_rights") or "PUBLIC"
    full["contributor_id"] = _contributor(full.get("contributor_id") or [], defaults.contributor_id)
    if ours and defaults.ags and not full.get("political_geocoding_uri") and not full.get("political_geocoding_level_uri"):
        full["political_geocoding_level_uri"], full["political_geocoding_uri"] = geocoding(defaults.ags, defaults.ars)
    _mirror_geocoding(full)
    if not defaults.geocoding_uri:
        full["political_geocoding_uri"] = []
    full["in_series"] = [_series(series, defaults) for series in full.get("in_series") or [] if series.get("title")]
    if full.get("hvd_category"):
        full["hvd_category"] = _narrowest(full["hvd_category"])
        full["applicable_legislation"] = _with_hvd_law(full.get("applicable_legislation"))
    full["resources"] = [_resource(resource, full, defaults) for resource in full.get("resources") or []]
    return full


def _contributor(given: list[str], own: str) -> list[str]:
    """Conventions 12 and 13: exactly one; of several ours, else the first."""
    return [own] if own and (not given or own in given) else given[:1]


def _narrowest(codes: list[str]) -> list[str]:
    """High-value categories without those that contain another of them: the most exact ones count."""
    words, wider = vocabulary("hvd_category"), set()
    for code in codes:
        concept = words.find(code)
        while concept and concept.extra.get("broader") and concept.extra["broader"] not in wider:
            wider.add(concept.extra["broader"])
            concept = words.find(concept.extra["broader"])
    return [code for code in codes if words.code(code) not in wider]


def _with_hvd_law(laws: Any) -> list[str]:
    return list(dict.fromkeys([HVD_LAW, *(laws or [])]))


def _series(series: dict[str, Any], defaults: Defaults) -> dict[str, Any]:
    """A series with address, description and publisher, the same whichever of its datasets names it."""
    return {
        **series,
        "uri": clean.clean_url(series.get("uri")) or defaults.series_uri(series["title"]),
        "description": series.get("description") or series["title"],
        "publisher": [agent for agent in series.get("publisher") or [] if agent.get("name") or agent.get("uri")][:1]
        or [defaults.publisher],
    }


def geocoding(ags: str, ars: str = "") -> tuple[list[str], list[str]]:
    """Level and key addresses for a municipality: AGS of eight digits, regional key (ARS) of twelve where known."""
    keys = [f"{GEOCODING}municipalityKey/{ags}"] if re.fullmatch(r"\d{8}", ags) else []
    if re.fullmatch(r"\d{12}", ars or ""):
        keys.append(f"{GEOCODING}regionalKey/{ars}")
    return ["municipality"], keys


def _mirror_geocoding(full: dict[str, Any]) -> None:
    """Convention 11: what politicalGeocodingURI names should stand in dct:spatial too, by the same address."""
    places = list(full.get("spatial_coverage") or [])
    known = {place.get("uri") for place in places}
    full["spatial_coverage"] = places + [
        {"uri": uri} for uri in full.get("political_geocoding_uri") or [] if uri not in known
    ]


def _publisher(full: dict[str, Any], defaults: Defaults) -> list[dict[str, Any]]:
    """The publisher given, else the organisation if it is a body of its own, else the municipality."""
    given = [agent for agent in full.get("publisher") or [] if agent.get("name") or agent.get("uri")]
    if given:
        return given[:1]
    own = defaults.own_publisher((full.get("organization") or {}).get("name", ""))
    return [own or defaults.publisher]


def _contacts(contacts: Any) -> list[dict[str, Any]]:
    """Contacts that one can reach."""
    return [
        contact
        for contact in contacts or []
        if clean.clean_email(contact.get("email")) or clean.clean_url(contact.get("url")) or contact.get("telephone")
    ]


def _resource(resource: dict[str, Any], full: dict[str, Any], defaults: Defaults) -> dict[str, Any]:
    """A resource with address, licence and attribution text."""
    url = clean.clean_url(resource.get("url"))
    page = clean.clean_url(full.get("url")) or defaults.dataset_uri(full)
    access = clean.clean_url(resource.get("access_url")) or url or page
    resource["access_url"] = access
    endpoints = [
        clean.clean_url(address)
        for service in resource.get("access_services") or []
        for address in service.get("endpoint_url") or []
    ]
    if any(endpoints):
        # Convention 41: with a service there is no download address, and its endpoint is an address for access.
        addresses = [access, clean.clean_url(resource.get("download_url")), *endpoints]
        resource["access_url"] = list(dict.fromkeys(address for address in addresses if address))
        resource["download_url"] = ""
    elif not resource.get("download_url") and resource.get("url_type") in ("upload", "datastore"):
        resource["download_url"] = url
    resource["license"] = resource.get("license") or full.get("license_id") or "other-closed"
    known = licence(resource["license"])
    text = resource.get("license_attribution_by_text") or full.get("license_attribution_by_text")
    if known and needs_attribution(known):
        # Convention 35: a licence that wants the source named needs the text; without one it is the publisher's name.
        text = text or full["publisher"][0].get("name")
    resource["license_attribution_by_text"] = text
    if not resource.get("mimetype"):
        kind = vocabulary("file_type").find(resource.get("format"))
        resource["mimetype"] = kind.extra.get("media", "") if kind else ""
    resource["access_services"] = [
        _service(service, resource, full, defaults) for service in resource.get("access_services") or []
    ]
    if full.get("hvd_category"):
        # A high-value dataset names its law at each distribution too.
        resource["applicable_legislation"] = _with_hvd_law(resource.get("applicable_legislation"))
    return resource


def _service(
    service: dict[str, Any], resource: dict[str, Any], full: dict[str, Any], defaults: Defaults
) -> dict[str, Any]:
    """A service with title, publisher, contact and licence; that of a high-value dataset also with category, law and
    documentation (SEMIC DCAT-AP HVD 3.0).
    """
    high_value: dict[str, Any] = {}
    if full.get("hvd_category"):
        pages = [service.get("endpoint_description"), full.get("url"), defaults.dataset_uri(full)]
        high_value = {
            "hvd_category": _narrowest(service.get("hvd_category") or full["hvd_category"]),
            "applicable_legislation": _with_hvd_law(service.get("applicable_legislation")),
            "documentation": service.get("documentation") or [page for page in pages if page][:1],
            "contact": _contacts(service.get("contact")) or full["contact"] or [defaults.contact],
        }
    return {
        **service,
        "contact": _contacts(service.get("contact")) or full["contact"],
        **high_value,
        "title": service.get("title") or resource.get("name") or full["title"],
        "publisher": [agent for agent in service.get("publisher") or [] if agent.get("name")][:1] or full["publisher"],
        "license": service.get("license") or resource["license"],
    }
