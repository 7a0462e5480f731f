"""From NGSI-LD's entities (ETSI GS CIM 009 V1.6.1, clause 4.5: normalised and concise) to the data model of all series. Pure.

An entity becomes what a Thing is in SensorThings, each attribute that is measured becomes one of its series: one data model for
all protocols.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from ckanext.datenplattform.timeseries import shared as timeseries

from .ngsi_models import COUNT, DESCRIPTIVE, MODELS, NUMBER, TEXT, TRUTH, UNITS, Attribute, last_part, short
from .sensorthings_client import Observation, moment
from .sensorthings_mapping import place_of
from .sensorthings_rows import CATEGORY, MEASUREMENT
from .sensorthings_rows import COUNT as COUNT_TYPE
from .sensorthings_rows import TRUTH as TRUTH_TYPE

_TYPES = {NUMBER: MEASUREMENT, COUNT: COUNT_TYPE, TEXT: CATEGORY, TRUTH: TRUTH_TYPE}
# Members of an entity that are no attributes (clause 5.2.4).
_RESERVED = frozenset({"id", "@id", "type", "@type", "@context", "scope", "createdAt", "modifiedAt", "deletedAt"})
_CONTENT = ("value", "object", "languageMap", "vocab")
#: What a broker writes for nothing (clause 4.5.0).
NULL = "urn:ngsi-ld:null"
#: Series of one entity, properties kept of one, and characters of a property.
MOST_STREAMS, MOST_PROPERTIES, LONGEST = 100, 50, 500
#: Bytes of an id, and of the name of a series, which stands in indexes (PostgreSQL allows 2,700 there).
LONGEST_ID, LONGEST_KEY = 1_000, 2_000


def thing_content(entity: Mapping[str, Any], kind: str, terms: Mapping[str, str], clock: str = "observedAt") -> dict[str, Any]:
    """What we keep of an entity of type ``kind``. ``terms``: name at the source → name in the model; ``clock``: which of its times
    an attribute's value has (``observedAt`` or ``modifiedAt``)."""
    found = [
        (given, terms.get(given) or terms.get(short(given)) or short(given), instance)
        for given, value in entity.items()
        if given not in _RESERVED
        for instance in (value if isinstance(value, list) else [value])
        if isinstance(instance, dict)
    ]
    words: dict[str, Any] = {}
    for _, term, instance in found:
        words.setdefault(term, plain(instance))
    lon, lat, geometry = _place(found)
    thing: dict[str, Any] = {
        "id": str(entity["id"]),
        "name": _text(words.get("name")) or last_part(str(entity["id"]).rpartition(":")[2]),
        "description": _text(words.get("description")),
        "properties": {},
        "lon": lon,
        "lat": lat,
        "geometry": geometry,
    }
    streams: dict[str, dict[str, Any]] = {}
    for given, term, instance in found:
        model, value = MODELS.get(kind, {}).get(term), plain(instance)
        if _is_series(term, instance, value, model, clock, words):
            stream = _stream(thing, given, term, instance, value, model, _times(instance, clock, words))
            if len(streams) < MOST_STREAMS and _size(stream["id"]) <= LONGEST_KEY:
                streams.setdefault(stream["id"], stream)
        elif term not in DESCRIPTIVE and len(thing["properties"]) < MOST_PROPERTIES and (text := _property(value)) is not None:
            thing["properties"].setdefault(term, text)
    thing["streams"] = [streams[key] for key in sorted(streams)]
    return thing


def usable_id(name: Any) -> bool:
    """Whether an entity of this id can be kept: a text that PostgreSQL can hold, and not endless."""
    return isinstance(name, str) and "\x00" not in name and 0 < _size(name) <= LONGEST_ID


def _size(text: str) -> int:
    """In bytes; too many for halves of a surrogate pair, which nobody can store."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        return LONGEST_KEY + 1


def without_values(thing: Mapping[str, Any]) -> dict[str, Any]:
    """A thing without what changes with every measurement."""
    return {**thing, "streams": [{key: value for key, value in stream.items() if key != "current"} for stream in thing["streams"]]}


def plain(instance: Mapping[str, Any]) -> Any:
    """The value of an attribute: of a property, the text of a language map, the target of a relationship."""
    for name in _CONTENT:
        if name in instance:
            return content(instance[name], name == "languageMap")
    return None


def content(value: Any, texts: bool = False) -> Any:
    """A value as it stands in an attribute or in a row of its history; ``texts``: it is a language map."""
    if isinstance(value, dict):
        if "@value" in value:
            value = value["@value"]
        elif texts or "languageMap" in value:
            value = _in_german(value.get("languageMap", value))
    return None if value == NULL else value


def history(body: Any, stream: Mapping[str, Any], clock: str = "observedAt") -> list[Observation]:
    """The rows of a series in an answer of the temporal API: normalised, or ``temporalValues`` (clause 4.5.9), oldest first. Those
    without a usable time are among them."""
    value = body.get(stream["attribute"]) if isinstance(body, dict) else None
    if value is None and isinstance(body, dict):
        value = next((found for name, found in body.items() if short(name) == short(stream["attribute"])), None)
    rows = []
    for instance in value if isinstance(value, list) else [value]:
        if not isinstance(instance, dict) or (instance.get("datasetId") or "") != stream["dataset"]:
            continue
        name = next((name for name in ("values", "languageMaps", "vocabs") if isinstance(instance.get(name), list)), None)
        if name is None:
            rows.append(Observation(str(instance.get(clock) or ""), None, _in_unit(plain(instance), instance, stream), None))
        else:
            pairs = [pair for pair in instance[name] if isinstance(pair, list) and len(pair) >= 2]
            texts = name == "languageMaps"
            rows += [Observation(str(pair[1]), None, scaled(content(pair[0], texts), stream["scale"]), None) for pair in pairs]
    return sorted(rows, key=lambda row: found.timestamp() if (found := moment(row.time)) else 0.0)


def _in_unit(value: Any, instance: Mapping[str, Any], stream: Mapping[str, Any]) -> Any:
    """A value in the unit that the series has now; a value in a unit from which no way leads there fits nowhere."""
    code = str(instance.get("unitCode") or "")
    if code == stream["unit"]["name"] or not code or isinstance(value, bool) or not isinstance(value, (int, float)):
        return scaled(value, stream["scale"])
    how = timeseries.conversion(UNITS.get(code, code), stream["unit"]["symbol"])
    return float(f"{value * how.factor + how.offset:.12g}") if how else ()


def scaled(value: Any, scale: float) -> Any:
    """A number of the source in the unit of its series."""
    if scale == 1 or isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return float(f"{value * scale:.12g}")


def _is_series(term: str, instance: Mapping[str, Any], value: Any, model: Attribute | None, clock: str, words: Mapping[str, Any]) -> bool:
    sort = instance.get("type")
    if term in DESCRIPTIVE or sort in ("Relationship", "GeoProperty") or "object" in instance or not _is_simple(value):
        return False
    if isinstance(value, str) and moment(value):
        return False
    if model is not None or instance.get(clock):
        return True
    # An entity that is an observation as a whole (dateObserved): its numbers are what was observed.
    return value is not None and not isinstance(value, str) and "dateObserved" in words


def _is_simple(value: Any) -> bool:
    return value is None or isinstance(value, (bool, int, float, str))


def _stream(
    thing: Mapping[str, Any],
    given: str,
    term: str,
    instance: Mapping[str, Any],
    value: Any,
    model: Attribute | None,
    times: tuple[str, str | None] | None,
) -> dict[str, Any]:
    dataset = str(instance.get("datasetId") or "")
    code = str(instance.get("unitCode") or "")
    share = model is not None and model.share and UNITS.get(code, "1") == "1"
    unit = "%" if share else UNITS.get(code) or (code if code else model.unit if model else "")
    known = unit and (share or code in UNITS or not code)
    kind = _TYPES[model.kind] if model else _type_of(value)
    key = ":".join(filter(None, (thing["id"], term, dataset)))
    return {
        "id": key,
        "name": f"{thing['name']}: {last_part(term)}" + (f" ({last_part(dataset)})" if dataset else ""),
        "description": "",
        "sensor": "",
        "type": kind,
        "unit": {"name": code, "symbol": unit, "definition": f"ucum:{unit}" if known else None},
        "property": {"name": last_part(term), "definition": (model.uri if model else "") or (given if "://" in given else "")},
        "properties": {},
        "link": quote(key, safe=""),
        "entity": thing["id"],
        "attribute": given,
        "dataset": dataset,
        "scale": 100 if share else 1,
        "current": [*times, value] if times else None,
    }


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return TRUTH_TYPE
    if isinstance(value, (int, float)):
        return MEASUREMENT
    return CATEGORY if isinstance(value, str) else ""


def _times(instance: Mapping[str, Any], clock: str, words: Mapping[str, Any]) -> tuple[str, str | None] | None:
    """When the value was measured: from, to. Its own time comes before that of the entity."""
    if instance.get(clock):
        return str(instance[clock]), None
    start, end = _text(words.get("dateObservedFrom")), _text(words.get("dateObservedTo"))
    if start:
        return start, end or None
    start, _, end = _text(words.get("dateObserved") or words.get("observationDateTime") or words.get("TimeInstant")).partition("/")
    return (start, end or None) if start else None


def _place(found: list[tuple[str, str, dict[str, Any]]]) -> tuple[float | None, float | None, Any]:
    """Of ``location``, else of the first attribute that is a place."""
    places = [
        (term != "location", instance)
        for _, term, instance in found
        if term == "location" or instance.get("type") in ("GeoProperty", "geo:json")
    ]
    for _, instance in sorted(places, key=lambda pair: pair[0]):
        value = instance.get("value")
        if isinstance(value, str) and len(value) < 100_000:
            try:
                value = json.loads(value)  # clause 4.7: GeoJSON may come as a string
            except (ValueError, RecursionError):
                continue
        place = place_of(value)
        if place[2]:
            return place
    return None, None, None


def _property(value: Any) -> Any:
    """What is kept of an attribute that is no series."""
    if isinstance(value, list):
        value = ", ".join(str(item) for item in value[:20] if _is_simple(item))
    if isinstance(value, str):
        # A time would change the dataset with every measurement.
        return value[:LONGEST] if value and not moment(value.partition("/")[0]) else None
    return value if isinstance(value, (bool, int, float)) else None


def _in_german(texts: Any) -> str | None:
    """A language map as one text: German, else English, else what there is."""
    if not isinstance(texts, dict):
        return None
    for language in ("de", "en", "@none", *texts):
        text = texts.get(language)
        text = ", ".join(filter(lambda item: isinstance(item, str), text)) if isinstance(text, list) else text
        if isinstance(text, str) and text and text != NULL:
            return text
    return None


def _text(value: Any) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""


def entity_types(entity: Mapping[str, Any]) -> Iterator[str]:
    """The types of an entity, as people write them."""
    given = entity.get("type", entity.get("@type"))
    yield from (short(name) for name in (given if isinstance(given, list) else [given]) if isinstance(name, str))
