"""From series and rows to the properties of entities (OGC 18-088, 8.2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk

from ...core.i18n import language
from ..properties import STATES, CodeList
from ..units import ucum
from . import ids
from .catalogue import Catalogue, Node, Series

_OM = "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_"
_TYPES = {"count": "CountObservation", "category": "CategoryObservation", "text": "CategoryObservation", "boolean": "TruthObservation",
          "geometry": "GeometryObservation"}  # fmt: skip
GEOJSON = "application/geo+json"
# UCUM is written for machines
_SYMBOLS = {"Cel": "°C", "deg": "°", "ug/m3": "µg/m³", "mg/m3": "mg/m³", "g/m3": "g/m³", "m3": "m³", "m3/s": "m³/s", "m3/h": "m³/h",
            "W/m2": "W/m²", "uS/cm": "µS/cm", "kW.h": "kWh", "MW.h": "MWh", "W.h": "Wh", "[ppm]": "ppm", "[ppb]": "ppb", "[ppth]": "‰",
            "[pH]": "pH", "[kn_i]": "kn", "[degF]": "°F", "uSv/h": "µSv/h"}  # fmt: skip
#: Columns that have a place of their own in an Observation; others are its parameters.
KNOWN = frozenset({"stream", "time", "time_end", "result_time", "value", "value_number", "value_text", "quality", "geometry", "thing",
                   "property", "unit", "lon", "lat"})  # fmt: skip


def root() -> str:
    """The address of the service."""
    return f"{tk.config['ckan.site_url'].rstrip('/')}/sta/v1.1"


def body(node: Node, catalogue: Catalogue, extent: Mapping[Series, tuple[datetime, datetime]]) -> dict[str, Any]:
    """The properties of an entity. ``extent``: of the series that are Datastreams, first and last time."""
    if node.kind == "Observations":
        return observation(node.series[0], node.row or {})
    return _BODIES[node.kind](node, catalogue, extent)


def _thing(node: Node, catalogue: Catalogue, extent: Any) -> dict[str, Any]:
    dataset = node.series[0].dataset
    return {
        "name": _place_name(node),
        "description": dataset.title,
        "properties": {
            "dataset": dataset.name,
            "dataset_title": dataset.title,
            "dataset_description": dataset.notes,
            "dataset_url": f"{tk.config['ckan.site_url'].rstrip('/')}/dataset/{dataset.name}",
            "licence": dataset.licence,
        },
    }


def _location(node: Node, catalogue: Catalogue, extent: Any) -> dict[str, Any]:
    name = _place_name(node)
    return {"name": name, "description": name, "encodingType": GEOJSON, "location": _point(node), "properties": {}}


def _feature(node: Node, catalogue: Catalogue, extent: Any) -> dict[str, Any]:
    name = _place_name(node)
    own = (node.row or {}).get("geometry")
    # a place that nobody knows: a feature without geometry (RFC 7946, 3.2)
    place = own or _point(node) or {"type": "Feature", "geometry": None, "properties": {"name": name}}
    return {"name": name, "description": name, "encodingType": GEOJSON, "feature": place, "properties": {}}


def _datastream(node: Node, catalogue: Catalogue, extent: Mapping[Series, tuple[datetime, datetime]]) -> dict[str, Any]:
    series = node.series[0]
    facts, times = series.facts, extent.get(series)
    title = property_title(series, catalogue.codes)
    kept = {"dataset": series.dataset.name, "stream": series.stream, "interval_seconds": facts.get("interval_seconds"),
            "source_property": facts.get("source_property") or None, "source_unit": facts.get("source_unit") or None,
            "ended": True if facts.get("state") == "vanished" else None}  # fmt: skip
    return {
        "name": facts.get("name") or series.stream,
        "description": f"{title}, {_place_name(node)}",
        "observationType": _OM + _TYPES.get(facts.get("kind") or "", "Measurement"),
        "unitOfMeasurement": _unit(facts.get("unit") or ""),
        **({"observedArea": _point(node)} if series.placed else {}),
        **({"phenomenonTime": f"{written(times[0])}/{written(times[1])}"} if times else {}),
        "properties": {key: value for key, value in kept.items() if value is not None},
    }


def _sensor(node: Node, catalogue: Catalogue, extent: Any) -> dict[str, Any]:
    """Who measures is not told by the register: here it is the dataset that says how."""
    dataset = node.series[0].dataset
    page = f"{tk.config['ckan.site_url'].rstrip('/')}/dataset/{dataset.name}"
    return {
        "name": dataset.title, "description": tk._("The page of the dataset says how it is measured."), "encodingType": "text/html",
        "metadata": page, "properties": {"dataset": dataset.name},
    }  # fmt: skip


def _property(node: Node, catalogue: Catalogue, extent: Any) -> dict[str, Any]:
    series = node.series[0]
    listed = catalogue.codes.entries.get(series.facts.get("property") or "")
    title = property_title(series, catalogue.codes)
    uri = (listed.uris[0] if listed.uris else "") if listed else series.facts.get("source_property_uri") or ""
    found = {"code": listed.code, "unit": listed.unit, "kind": listed.kind} if listed else {}
    return {"name": title, "description": title, "definition": uri or address(node), "properties": found}


def _place_name(node: Node) -> str:
    series = node.series[0]
    return series.facts.get("thing") or series.facts.get("name") or series.stream


def _point(node: Node) -> dict[str, Any] | None:
    placed = next((series.facts for series in node.series if series.placed), None)
    return {"type": "Point", "coordinates": [placed["lon"], placed["lat"]]} if placed else None


_BODIES = {
    "Things": _thing, "Locations": _location, "Datastreams": _datastream, "Sensors": _sensor, "ObservedProperties": _property,
    "FeaturesOfInterest": _feature,
}  # fmt: skip


def property_title(series: Series, codes: CodeList) -> str:
    """What a series measures, in the reader's language where it is on the list."""
    listed = codes.entries.get(series.facts.get("property") or "")
    return (listed.title(language()) if listed else series.facts.get("source_property")) or tk._("Not named")


def _unit(unit: str) -> dict[str, Any]:
    """A unit as the standard wants it; what has none names nothing."""
    if not unit:
        return {"name": None, "symbol": None, "definition": None}
    code = ucum(unit)
    symbol = _SYMBOLS.get(unit, unit)
    return {"name": symbol, "symbol": symbol, "definition": f"ucum:{code}" if code else None}


def observation(series: Series, row: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of an Observation."""
    end, quality = row.get("time_end"), row.get("quality")
    further = ((name, value) for name, value in row.items() if name not in KNOWN and value is not None)
    more = {name: written(value) if isinstance(value, datetime) else value for name, value in further}
    return {
        "phenomenonTime": f"{written(row['time'])}/{written(end)}" if end else written(row["time"]),
        "resultTime": written(row["result_time"]) if row.get("result_time") else None,
        "result": result(series.facts.get("kind") or "", row),
        **({"resultQuality": quality} if quality is not None else {}),
        **({"parameters": more} if more else {}),
    }


def result(kind: str, row: Mapping[str, Any]) -> Any:
    """What was measured, in the type of its series."""
    value, text = row.get("value"), row.get("value_text")
    if value is None:
        value = row.get("value_number")
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        # JSON knows no such number; it can only come past this platform
        value = None
    if kind == "geometry" and row.get("geometry") is not None:
        return row["geometry"]
    if kind == "boolean" and not isinstance(value, bool):
        return {"true": True, "false": False}.get(text or "", None if value is None else bool(value))
    if text is not None and (value is None or kind in STATES):
        return text
    return int(value) if kind == "count" and value is not None and value == int(value) else value


def observation_id(series: Series, row: Mapping[str, Any]) -> str:
    """Of the Observation in a row."""
    return ids.joined(series.resource_id, series.stream, str(ids.micros(row["time"])))


def written(moment: datetime) -> str:
    """A time in UTC as the standard writes it."""
    return moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def address(node: Node) -> str:
    """The address of an entity. No id of ours has a quote in it."""
    return f"{root()}/{node.kind}('{node.id}')"
