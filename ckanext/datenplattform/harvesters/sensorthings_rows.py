"""From SensorThings' observations to rows of a series. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from .sensorthings_client import Observation, moment
from .sensorthings_mapping import place_of, series

#: Order of the columns.
NAMES = (
    "stream",
    "time",
    "value",
    "value_number",
    "value_text",
    "quality",
    "time_end",
    "result_time",
    "thing",
    "property",
    "unit",
    "lon",
    "lat",
    "geometry",
)
MEASUREMENT, COUNT, CATEGORY, TRUTH, GEOMETRY = (
    f"OM_{kind}Observation" if kind else "OM_Measurement" for kind in ("", "Count", "Category", "Truth", "Geometry")
)
# observation type → kind of the values in room `timeseries`
KINDS = {MEASUREMENT: "number", COUNT: "count", CATEGORY: "category", TRUTH: "boolean", GEOMETRY: "geometry"}
NUMBERS = frozenset({MEASUREMENT, COUNT})
NOT_A_NUMBER, DOES_NOT_FIT = "nan", "invalid"

LABELS = {
    "stream": N_("Series"),
    "time": N_("Time (UTC)"),
    "value": N_("Value"),
    "value_number": N_("Value as number"),
    "value_text": N_("Meaning"),
    "quality": N_("Quality"),
    "time_end": N_("End of the period (UTC)"),
    "result_time": N_("Time of the result (UTC)"),
    "thing": N_("Place of measurement"),
    "property": N_("What is measured"),
    "unit": N_("Unit"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
    "geometry": N_("Geometry (GeoJSON)"),
}
_TYPES = {
    "time": "timestamptz",
    "time_end": "timestamptz",
    "result_time": "timestamptz",
    "value_number": "numeric",
    "lon": "float8",
    "lat": "float8",
    "geometry": "jsonb",
}
_UCUM = re.compile(r"(?:ucum:|https?://unitsofmeasure\.org/)(?!ucum\.html)([^#?]+)")


@dataclass(frozen=True)
class Table:
    """The table of a kind: ``names`` of its columns in their order; ``truth``: ``value`` is boolean; ``extra``: property of
    the source → column."""

    names: tuple[str, ...]
    truth: bool = False
    extra: Mapping[str, str] = field(default_factory=dict)


def only_truth(things: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all series of these Things are yes or no."""
    return {stream["type"] for stream in _all(things)} == {TRUTH}


def columns(things: Sequence[Mapping[str, Any]], *, truth: bool, moving: bool, extra: Mapping[str, str]) -> list[dict[str, Any]]:
    """Columns of the table for these Things. ``value`` is boolean (``truth``) or numeric; what then does not fit has a column
    of its own: ``value_number``, ``value_text``, ``geometry``."""
    types = {stream["type"] for stream in _all(things)}
    left_out = set()
    if not truth or types <= {TRUTH}:
        left_out.add("value_number")
    if types <= NUMBERS | {TRUTH, GEOMETRY} and (truth or TRUTH not in types):
        left_out.add("value_text")
    if GEOMETRY not in types and not moving:
        left_out.add("geometry")
    kinds = {**_TYPES, "value": "boolean" if truth else "numeric"}
    found = [
        {"id": name, "type": kinds.get(name, "text"), "info": {"label": translate(LABELS[name])}} for name in NAMES if name not in left_out
    ]
    return found + [{"id": column, "type": "text", "info": {"label": name}} for name, column in extra.items()]


def _all(things: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    return (stream for thing in things for stream in series(dict(thing)))


def described(things: Sequence[dict[str, Any]]) -> list[timeseries.Stream]:
    """What the register of streams is told of these Things."""
    return [
        timeseries.Stream(
            stream=stream["id"],
            name=stream["name"],
            thing=thing["name"],
            property=str(stream["property"].get("name") or ""),
            property_uri=str(stream["property"].get("definition") or ""),
            unit=unit_of(stream),
            kind=KINDS.get(stream["type"], ""),
            lon=thing["lon"],
            lat=thing["lat"],
            interval_seconds=_seconds(stream["properties"].get("interval_seconds")),
        )
        for thing in things
        for stream in series(thing)
    ]


def unit_of(stream: Mapping[str, Any]) -> str:
    """The UCUM code, where the definition is one; else the symbol or the name that the source gives."""
    unit = stream["unit"]
    code = _UCUM.fullmatch(str(unit.get("definition") or "").strip())
    return code[1] if code else str(unit.get("symbol") or unit.get("name") or "")


def _seconds(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 10**9 else None


class RowMaker:
    """Makes the rows of one Datastream or MultiDatastream. ``channels`` say under which names and in which units."""

    def __init__(
        self, thing: Mapping[str, Any], stream: Mapping[str, Any], table: Table, channels: Mapping[str, timeseries.Channel]
    ) -> None:
        self.multi = bool(stream.get("parts"))
        self.parts = [_Part(thing, part, table, channels.get(part["id"])) for part in stream.get("parts") or [stream]]
        #: Columns that the values need and the table has not: their values would be lost.
        self.lacking = sorted({part.needs for part in self.parts if part.needs and part.needs not in table.names})
        names = table.names
        self.time, self.end, self.result_time = (_position(names, name) for name in ("time", "time_end", "result_time"))
        self.lon, self.lat, self.geometry = (_position(names, name) for name in ("lon", "lat", "geometry"))
        self.extra = [(name, names.index(column)) for name, column in table.extra.items() if column in names]

    def rows(self, observation: Observation) -> list[list[Any]]:
        """One row for each series; none when the observation has no usable time."""
        time = moment(observation.time)
        if time is None:
            return []
        results = _results(observation.result, len(self.parts)) if self.multi else (observation.result,)
        found = []
        for part, result in zip(self.parts, results, strict=True):
            cells = part.cells(result)
            cells[self.time] = time
            cells[self.end] = moment(observation.end)
            cells[self.result_time] = moment(observation.result_time)
            if observation.place is not None:
                self._put(cells, observation.place)
            if observation.parameters:
                for name, at in self.extra:
                    if name in observation.parameters:
                        cells[at] = as_text(observation.parameters[name])
            # What the table lacks went into one cell too many.
            cells.pop()
            found.append(cells)
        return found

    def _put(self, cells: list[Any], place: Any) -> None:
        lon, lat, geometry = place_of(place)
        if geometry is not None:
            cells[self.lon], cells[self.lat], cells[self.geometry] = lon, lat, geometry


class _Part:
    """The cells that one series has of its own."""

    def __init__(self, thing: Mapping[str, Any], stream: Mapping[str, Any], table: Table, channel: timeseries.Channel | None) -> None:
        names, kind = table.names, stream["type"]
        self.kind = kind
        self.boolean = table.truth
        self.truth = table.truth and kind == TRUTH
        self.number = "value_number" if table.truth else "value"
        self.needs = {TRUTH: None, GEOMETRY: "geometry", CATEGORY: "value_text"}.get(kind, self.number)
        self.texts = "value_text" in names
        self.free = self.texts and kind not in NUMBERS
        self.convert = channel.convert if channel else None
        self.categories = {str(k): str(v) for k, v in _dict(stream["properties"].get("categories")).items()}
        known = {**_dict(thing.get("properties")), **stream["properties"]}
        fixed = {
            **{column: as_text(known.get(name)) for name, column in table.extra.items()},
            "stream": channel.stream if channel else stream["id"],
            "thing": thing["name"],
            "property": stream["property"].get("name"),
            "unit": channel.unit if channel else unit_of(stream),
            "lon": thing["lon"],
            "lat": thing["lat"],
        }
        self.template = [*(fixed.get(name) for name in names), None]
        self.at = {name: _position(names, name) for name in ("value", "value_number", "value_text", "quality", "lon", "lat", "geometry")}

    def cells(self, result: Any) -> list[Any]:
        """A row without its times, and one cell more."""
        found = self.template.copy()
        if self.kind == GEOMETRY:
            lon, lat, geometry = place_of(result)
            if geometry is not None:
                found[self.at["lon"]], found[self.at["lat"]], found[self.at["geometry"]] = lon, lat, geometry
            elif result is not None:
                found[self.at["quality"]] = DOES_NOT_FIT
            return found
        value, text, quality = self.value(result)
        found[self.at["value" if isinstance(value, bool) else self.number]] = value
        found[self.at["value_text"]], found[self.at["quality"]] = text, quality
        return found

    def value(self, result: Any) -> tuple[Any, str | None, str | None]:
        """Value, meaning and quality of a result, whatever type it has."""
        if self.truth:
            known = {True: True, False: False, "true": True, "false": False}  # 1 and 0 are equal to them
            key = result.lower() if isinstance(result, str) else result
            fits = isinstance(key, (bool, int, float, str)) and key in known
            return (known[key], None, None) if fits else (None, None, None if result is None else DOES_NOT_FIT)
        if isinstance(result, bool) and self.boolean:
            return result, None, None
        if isinstance(result, bool):
            return int(result), ("true" if result else "false") if self.texts else None, None
        if isinstance(result, str):
            number = None if self.kind == CATEGORY else _number(result)
            if number is None:
                text = self.categories.get(result, result)
                return None, text if self.free else None, None if self.free else DOES_NOT_FIT
            result = number
        if isinstance(result, (int, float)):
            if not math.isfinite(result):
                return None, None, NOT_A_NUMBER
            meaning = self.categories.get(f"{result:g}") if self.texts and self.categories else None
            result = self.convert(result) if self.convert else result
            return int(result) if self.kind == COUNT and result == int(result) else result, meaning, None
        return None, None, None if result is None else DOES_NOT_FIT


def as_text(value: Any) -> str | None:
    """What stands in a further column; nothing for what is no single word or number."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (str, int, float)) else None


#: A result that cannot be: none of the types that a series may have.
_MISSING: tuple[()] = ()


def _results(result: Any, count: int) -> Sequence[Any]:
    """The results of the parts; where the source did not give as many, all are marked as not fitting."""
    return result if isinstance(result, list) and len(result) == count else [_MISSING] * count


def _position(names: Sequence[str], name: str) -> int:
    """Where a column stands; the cell after the last one, when the table has none."""
    return names.index(name) if name in names else len(names)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
