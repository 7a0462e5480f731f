"""A dataset in the words of schema.org, for search engines (https://schema.org/Dataset). Pure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from .. import clean
from ..vocabulary import licence, vocabulary


def schema_org(full: dict[str, Any], address: str, page: str) -> dict[str, Any]:
    """The JSON-LD of a dataset that is ready for the graph (`defaults.fill`). `address`: its IRI, `page`: its web page."""
    known = licence(full.get("license_id"))
    found = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": address,
        "url": page,
        "name": full["title"],
        "description": full["notes"],
        "identifier": full.get("identifier"),
        "keywords": [tag["name"] for tag in full.get("tags") or []],
        "license": known.iri if known else None,
        "dateModified": full.get("modified"),
        "datePublished": full.get("issued"),
        "inLanguage": [_language(code) for code in full.get("language") or []],
        "version": full.get("version"),
        "isAccessibleForFree": True,
        "publisher": [_agent(agent) for agent in full["publisher"]],
        "creator": [_agent(agent) for agent in full.get("creator") or full["publisher"]],
        "temporalCoverage": [
            f"{period.get('start') or '..'}/{period.get('end') or '..'}" for period in full.get("temporal_coverage") or []
        ],
        "spatialCoverage": [
            {"@type": "Place", "name": place["text"]} for place in full.get("spatial_coverage") or [] if place.get("text")
        ],
        "distribution": [_download(resource) for resource in full["resources"]],
    }
    return _said(found)


def schema_org_catalogue(given: dict[str, Any], modified: datetime | None, page: str) -> dict[str, Any]:
    """The JSON-LD of a catalogue of datasets. `given` as for `catalogue.head`; `modified`: when a dataset changed last."""
    return _said(
        {
            "@context": "https://schema.org/",
            "@type": "DataCatalog",
            "@id": given["node"],
            "url": page,
            "name": given["title"],
            "description": given["description"],
            "publisher": _agent(given["publisher"]),
            "dateModified": modified.isoformat() if modified else None,
        }
    )


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _language(code: str) -> str:
    """The two letters of BCP 47 where the list of the EU names a language of Europe that we know, else its code."""
    return {"DEU": "de", "ENG": "en"}.get(code, str(code).lower())


def _agent(agent: dict[str, Any]) -> dict[str, Any]:
    return _said({"@type": "Organization", "name": agent.get("name") or agent.get("uri"), "url": clean.clean_url(agent.get("url"))})


def _download(resource: dict[str, Any]) -> dict[str, Any]:
    kind = vocabulary("file_type").find(resource.get("format"))
    return _said(
        {
            "@type": "DataDownload",
            "name": resource.get("name"),
            "contentUrl": resource.get("download_url") or resource.get("url") or resource.get("access_url"),
            "encodingFormat": resource.get("mimetype") or (kind.code if kind else resource.get("format")),
        }
    )


def script_text(value: Any) -> str:
    """JSON that may stand in a `<script>`: no character of it can end the element or open a comment."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
