"""NGSIv2 (OMA/FIWARE NGSI v2, release 2.1 of the specification): the broker's entities in the form of NGSI-LD, so that one mapping
serves both. It has no histories: present values come with each run, all others by notification.

Sections: "JSON Attribute Representation", "Builtin Metadata" (``dateModified``), "Geospatial properties of entities", "List Entities"
(``options=count``), "List Entity Types" (``options=values``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from ckanext.datenplattform.core.errors import SourceError, SourceFormat
from ckanext.datenplattform.core.http import Fetched
from ckanext.datenplattform.core.i18n import N_

from .ngsi_client import NgsiClient
from .records import Source
from .web import Web

NOT_V2 = N_("The source %(host)s answered with JSON that is not NGSIv2.")
BAD_PATH = N_("The service path in the settings must look like /city/trees, or end in /#.")
#: Metadata that say when a value was measured (IoT agents write TimeInstant, Smart Data Models timestamp).
TIMES = ("TimeInstant", "timestamp", "observedAt", "dateObserved")
#: Types in one answer of the broker.
MOST_TYPES = 1000
_PLACES = {"geo:point": "Point", "geo:line": "LineString", "geo:box": "Polygon", "geo:polygon": "Polygon"}
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*,\s*(-?\d{1,3}(?:\.\d{1,20})?)\s*", re.ASCII)
_RESERVED = frozenset({"id", "type"})


class NgsiV2Client(NgsiClient):
    """A broker of the older kind."""

    root: ClassVar[str] = "v2"
    count_header: ClassVar[str] = "Fiware-Total-Count"
    tenant_header: ClassVar[str] = "Fiware-Service"

    def __init__(self, source: Source, web: Web) -> None:
        super().__init__(source, web)
        # There is no @context in this version.
        self.context, self._history = "", False
        self.headers.pop("Link", None)
        path = source.settings["service_path"]
        if path:
            if not re.fullmatch(r"/(?:\w{1,50}(?:/\w{1,50}){0,9}(?:/#)?|#)?", path, re.ASCII):
                raise SourceError(self.host, BAD_PATH)
            self.headers["Fiware-ServicePath"] = path

    def types(self) -> list[str]:
        """The types that the broker has."""
        body = self._get("types", {"options": "values", "limit": str(MOST_TYPES)}).json()
        if not isinstance(body, list):
            raise SourceFormat(self.host, NOT_V2, expected="NGSIv2")
        return [name for name in body if isinstance(name, str) and name]

    def asked(self) -> dict[str, str]:
        """As for NGSI-LD."""
        return {"options": "count", **({"metadata": "*,dateModified"} if self.clock != "observedAt" else {})}

    def _list(self, page: Fetched) -> list[dict[str, Any]]:
        body = page.json()
        if not isinstance(body, list) or not all(isinstance(e, dict) and isinstance(e.get("id"), str) and e["id"] for e in body):
            raise SourceFormat(self.host, NOT_V2, expected="NGSIv2")
        return [as_ld(entity) for entity in body]


def as_ld(entity: Mapping[str, Any]) -> dict[str, Any]:
    """An entity of NGSIv2 (normalised) in the form of NGSI-LD's. Pure."""
    found = {name: entity[name] for name in _RESERVED if name in entity}
    for name, attribute in entity.items():
        if name not in _RESERVED and isinstance(attribute, dict) and "value" in attribute:
            found[name] = _attribute(attribute)
    return found


def _attribute(given: Mapping[str, Any]) -> dict[str, Any]:
    kind, value = given.get("type"), given["value"]
    if kind == "geo:json":
        return {"type": "GeoProperty", "value": value}
    if isinstance(kind, str) and kind in _PLACES:
        return {"type": "GeoProperty", "value": _geometry(kind, value)}
    if kind == "Relationship":
        return {"type": "Relationship", "object": value}
    metadata = given.get("metadata")
    known = {
        name: item["value"]
        for name, item in (metadata.items() if isinstance(metadata, dict) else ())
        if isinstance(item, dict) and isinstance(item.get("value"), str)
    }
    told = {
        "observedAt": next((known[name] for name in TIMES if known.get(name)), None),
        "modifiedAt": known.get("dateModified"),
        "unitCode": known.get("unitCode"),
    }
    return {"type": "Property", "value": value, **{name: text for name, text in told.items() if text}}


def _geometry(kind: str, value: Any) -> dict[str, Any] | None:
    """Simple Location Format: pairs of latitude and longitude, as GeoJSON."""
    pairs = [_pair(text) for text in (value if isinstance(value, list) else [value])[:10_000]]
    if not pairs or None in pairs:
        return None
    points: list[Any] = pairs
    if kind == "geo:point":
        return {"type": "Point", "coordinates": points[0]}
    if kind == "geo:line":
        return {"type": "LineString", "coordinates": points}
    if kind == "geo:box":
        if len(points) != 2:
            return None
        (west, south), (east, north) = points
        points = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [points]}


def _pair(text: Any) -> list[float] | None:
    found = _PAIR.fullmatch(text) if isinstance(text, str) else None
    return [float(found[2]), float(found[1])] if found else None
