"""From SensorThings' entities to a dataset. Pure."""

from __future__ import annotations

import json
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.dcat_ap_de import shared as dcat

from .geo import bbox_of_points, bbox_polygon
from .records import MappedRecord, Source

#: Remote id of what has no kind.
OTHER = "_other"
#: Keys of the resources.
SERIES, PLACES, API = "series", "places", "api"
#: Before the ids of MultiDatastreams, which servers count like those of Datastreams.
MULTI = "multi-"

SERIES_NAME = N_("Measurements (CSV)")
SERIES_TEXT = N_("All measurements, times in UTC. Also to be queried by the Data API.")
PLACES_NAME = N_("Places of measurement (GeoJSON)")
PLACES_TEXT = N_("Where is measured, and what.")
API_NAME = N_("SensorThings API of the source")
TWO_LICENCES = N_("The Things name different licences; none was taken over.")
UNKNOWN_LICENCE = N_("The licence “%(licence)s” is not in the list of licences; none was taken over.")


def thing_content(thing: dict[str, Any]) -> dict[str, Any]:
    """What we keep of a Thing: nothing that changes with every measurement."""
    lon, lat, geometry = _place(thing.get("Locations") or [])
    return {
        "id": str(thing["@iot.id"]),
        "name": str(thing.get("name") or ""),
        "description": str(thing.get("description") or ""),
        "properties": thing.get("properties") or {},
        "lon": lon,
        "lat": lat,
        "geometry": geometry,
        "streams": sorted(
            [_stream(s) for s in thing.get("Datastreams") or [] if "@iot.id" in s]
            + [_multi(s) for s in thing.get("MultiDatastreams") or [] if "@iot.id" in s],
            key=lambda s: s["id"],
        ),
    }


def _stream(stream: dict[str, Any]) -> dict[str, Any]:
    return {
        **_common(stream),
        "id": str(stream["@iot.id"]),
        **_measure(stream.get("observationType"), stream.get("unitOfMeasurement"), stream.get("ObservedProperty")),
    }


def _multi(stream: dict[str, Any]) -> dict[str, Any]:
    """A MultiDatastream. Its ``parts`` are series of their own: one series, one observed property."""
    key, common = f"{MULTI}{stream['@iot.id']}", _common(stream)
    types, units, observed = (
        found if isinstance(found := stream.get(name), list) else []
        for name in ("multiObservationDataTypes", "unitOfMeasurements", "ObservedProperties")
    )
    parts = []
    for number in range(max(map(len, (types, units, observed)))):
        measure = _measure(*(_at(found, number) for found in (types, units, observed)))
        name = f"{common['name']}: {measure['property']['name'] or number + 1}"
        parts.append({**common, "id": f"{key}-{number + 1}", "name": name, **measure})
    return {**common, "id": key, **_measure(None, None, None), "parts": parts}


def _common(stream: dict[str, Any]) -> dict[str, Any]:
    sensor, properties = stream.get("Sensor"), stream.get("properties")
    return {
        "name": str(stream.get("name") or ""),
        "description": str(stream.get("description") or ""),
        "sensor": str(sensor.get("name") or "") if isinstance(sensor, dict) else "",
        "properties": properties if isinstance(properties, dict) else {},
        "link": stream.get("Observations@iot.navigationLink"),
    }


def _measure(kind: Any, unit: Any, observed: Any) -> dict[str, Any]:
    unit, observed = (found if isinstance(found, dict) else {} for found in (unit, observed))
    return {
        "type": str(kind or "").rpartition("/")[2],
        "unit": {key: unit.get(key) for key in ("name", "symbol", "definition")},
        "property": {key: observed.get(key) for key in ("name", "definition")},
    }


def _at(values: list[Any], number: int) -> Any:
    return values[number] if number < len(values) else None


def series(thing: dict[str, Any]) -> list[dict[str, Any]]:
    """The series of a Thing: its Datastreams, and the parts of its MultiDatastreams."""
    return [part for stream in thing["streams"] for part in stream.get("parts") or [stream]]


def place_of(value: Any) -> tuple[float | None, float | None, Any]:
    """Longitude and latitude of the middle in degrees (WGS 84), and the geometry, of GeoJSON of any type (RFC 7946); None
    thrice when there is none."""
    geometry = _geometry(value)
    if geometry is None or not dcat.clean_geometry(geometry):
        return None, None, None
    box = bbox_of_points([geometry])
    if box is None:
        return None, None, None
    return round((box[0] + box[2]) / 2, 7), round((box[1] + box[3]) / 2, 7), geometry


def _geometry(value: Any) -> dict[str, Any] | None:
    """The geometry of a Feature, all those of a FeatureCollection, or the value itself."""
    if not isinstance(value, dict):
        return None
    if value.get("type") == "Feature":
        return _geometry(value.get("geometry"))
    if value.get("type") == "FeatureCollection":
        features = value.get("features")
        parts = [part for feature in (features if isinstance(features, list) else []) if (part := _geometry(feature))]
        return {"type": "GeometryCollection", "geometries": parts} if len(parts) > 1 else parts[0] if parts else None
    return value


def _place(locations: list[dict[str, Any]]) -> tuple[float | None, float | None, Any]:
    """Of the first usable Location."""
    return next((found for place in locations if (found := place_of(place.get("location")))[2]), (None, None, None))


def group_of(thing: dict[str, Any], group_by: str) -> str:
    """The kind of a Thing; empty when it does not say."""
    value = thing["properties"].get(group_by) if group_by else ""
    return str(value).strip() if isinstance(value, (str, int)) else ""


def map_group(source: Source, content: dict[str, Any]) -> MappedRecord:
    """The dataset of one kind of Thing."""
    given, kind, things = source.settings, content["kind"], content["things"]
    warnings: list[str] = []
    group_by = given["group_by"]
    title = given["titles"].get(kind) or _shared(things, f"{group_by}_title") or ": ".join(filter(None, (source.title, kind)))
    dataset: dict[str, Any] = {
        "title": title,
        "notes": dcat.clean_text(_shared(things, f"{group_by}_description") or _common_description(things)),
        "tags": [{"name": tag} for tag in dcat.clean_tags(_words(things))],
        "resources": _resources(source, kind, things),
    }
    themes = [theme.strip() for theme in given["kind_themes"].get(kind, "").split(",") if theme.strip()]
    if themes:
        dataset["theme"] = themes
    if given["kind_units"].get(kind):
        dataset["owner_org"] = given["kind_units"][kind]
    licence = _licence(things, warnings)
    if licence:
        dataset["license_id"] = licence
    box = bbox_of_points([thing["geometry"] for thing in things if thing["geometry"]])
    if box is not None:
        dataset["spatial_coverage"] = [{"bbox": json.dumps(bbox_polygon(box))}]
    return MappedRecord(dataset, {}, warnings, {PLACES: json.dumps(places(things), ensure_ascii=False, indent=1)})


def _resources(source: Source, kind: str, things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    resources: list[dict[str, Any]] = [
        {
            "key": SERIES,
            "name": translate(SERIES_NAME),
            "description": translate(SERIES_TEXT),
            "format": "CSV",
            "url_type": "datastore",
            "url": "_datastore_only_resource",
        },
        {
            "key": PLACES,
            "name": translate(PLACES_NAME),
            "description": translate(PLACES_TEXT),
            "format": "GeoJSON",
            "mimetype": "application/geo+json",
            "url": f"{dcat_name(kind)}.geojson",
        },
    ]
    if source.settings["public_source"]:
        root = source.url.split("?")[0].rstrip("/") + "/"
        resources.append(
            {
                "key": API,
                "name": translate(API_NAME),
                "format": "SensorThings",
                "url": root,
                "access_services": [{"title": source.title, "endpoint_url": [root], "conforms_to": ["OGC SensorThings API 1.1"]}],
            }
        )
    return resources


def dcat_name(kind: str) -> str:
    """A file name for a kind: letters, digits and hyphens only."""
    name = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in kind.lower()).strip("-")
    return name or "places"


def places(things: list[dict[str, Any]]) -> dict[str, Any]:
    """A GeoJSON FeatureCollection (RFC 7946) of all Things that have a place."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": thing["id"],
                "geometry": thing["geometry"],
                "properties": {
                    "name": thing["name"],
                    "description": thing["description"],
                    **{k: v for k, v in thing["properties"].items() if isinstance(v, (str, int, float)) and k not in _HOUSEKEEPING},
                    "streams": [
                        {
                            "stream": s["id"],
                            "name": s["name"],
                            "property": s["property"]["name"],
                            "unit": s["unit"]["symbol"],
                            **({"sensor": s["sensor"]} if s["sensor"] else {}),
                        }
                        for s in series(thing)
                    ],
                },
            }
            for thing in things
            if thing["geometry"]
        ],
    }


# Of the properties, those that speak of the whole kind or of the file rather than of the place.
_HOUSEKEEPING = frozenset({"kind_title", "kind_description", "generator", "seed", "licence", "license"})


def _shared(things: list[dict[str, Any]], name: str) -> str:
    """A property on which all Things agree."""
    values = {str(thing["properties"].get(name) or "") for thing in things}
    return values.pop() if len(values) == 1 else ""


def _common_description(things: list[dict[str, Any]]) -> str:
    descriptions = list(dict.fromkeys(stream["description"] for thing in things for stream in thing["streams"] if stream["description"]))
    return "\n\n".join(descriptions[:5])


def _words(things: list[dict[str, Any]]) -> list[str]:
    return [str(stream["property"]["name"]) for thing in things for stream in series(thing) if stream["property"].get("name")]


def _licence(things: list[dict[str, Any]], warnings: list[str]) -> str | None:
    named = {str(thing["properties"].get("licence") or thing["properties"].get("license") or "") for thing in things} - {""}
    if not named:
        return None
    if len(named) > 1:
        warnings.append(translate(TWO_LICENCES))
        return None
    text = named.pop()
    found = dcat.licence(text)
    if found is None:
        warnings.append(translate(UNKNOWN_LICENCE) % {"licence": text[:100]})
        return None
    return found.code
