"""From SensorThings' observations to rows of a series. Pure."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from .sensorthings_client import Observation

#: Order of the columns.
NAMES = (
    "stream",
    "time",
    "value",
    "value_text",
    "quality",
    "time_end",
    "result_time",
    "thing",
    "property",
    "unit",
    "lon",
    "lat",
)
TRUTH = "OM_TruthObservation"
# observation type → kind of the values in room `timeseries`
KINDS = {
    "OM_Measurement": "number", "OM_CountObservation": "count", "OM_CategoryObservation": "category", TRUTH: "boolean",
    "OM_GeometryObservation": "geometry",
}  # fmt: skip
NUMBERS = frozenset({"OM_Measurement", "OM_CountObservation"})
NOT_A_NUMBER, DOES_NOT_FIT = "nan", "invalid"

LABELS = {
    "stream": N_("Series"),
    "time": N_("Time (UTC)"),
    "value": N_("Value"),
    "value_text": N_("Meaning"),
    "quality": N_("Quality"),
    "time_end": N_("End of the period (UTC)"),
    "result_time": N_("Time of the result (UTC)"),
    "thing": N_("Place of measurement"),
    "property": N_("What is measured"),
    "unit": N_("Unit"),
    "lon": N_("Longitude"),
    "lat": N_("Latitude"),
}
_TYPES = {
    "time": "timestamptz",
    "time_end": "timestamptz",
    "result_time": "timestamptz",
    "lon": "float8",
    "lat": "float8",
}


def columns(things: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Columns of the table for these Things: ``value`` is boolean where all streams are yes or no, else numeric;
    ``value_text`` is there where something else than numbers may come."""
    types = {stream["type"] for thing in things for stream in thing["streams"]}
    kinds = {**_TYPES, "value": "boolean" if types == {TRUTH} else "numeric"}
    wanted = [name for name in NAMES if name != "value_text" or not types <= NUMBERS | {TRUTH} or (TRUTH in types and len(types) > 1)]
    return [{"id": name, "type": kinds.get(name, "text"), "info": {"label": translate(LABELS[name])}} for name in wanted]


def moment(text: str | None) -> datetime | None:
    """A time with its offset from UTC; None for what is none."""
    try:
        found = datetime.fromisoformat(str(text).strip().replace("Z", "+00:00").replace("z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else None


def described(things: list[dict[str, Any]]) -> list[timeseries.Stream]:
    """What the register of streams is told of these Things."""
    return [
        timeseries.Stream(
            stream=stream["id"],
            name=stream["name"],
            thing=thing["name"],
            property=str(stream["property"].get("name") or ""),
            property_uri=str(stream["property"].get("definition") or ""),
            unit=str(stream["unit"]["symbol"] or stream["unit"]["name"] or ""),
            kind=KINDS.get(stream["type"], ""),
            lon=thing["lon"],
            lat=thing["lat"],
            interval_seconds=_seconds(stream["properties"].get("interval_seconds")),
        )
        for thing in things
        for stream in thing["streams"]
    ]


def _seconds(value: Any) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 10**9 else None


class RowMaker:
    """Makes rows of one stream, as lists in the order of ``names``; ``channel`` says under which name and in which unit."""

    def __init__(
        self, thing: dict[str, Any], stream: dict[str, Any], names: list[str], channel: timeseries.Channel | None = None
    ) -> None:
        self.names = names
        self.truth = stream["type"] == TRUTH and "value_text" not in names
        self.texts = "value_text" in names
        self.convert = channel.convert if channel else lambda value: value
        self.categories = {str(k): str(v) for k, v in (stream["properties"].get("categories") or {}).items()}
        self.fixed = {
            "stream": channel.stream if channel else stream["id"],
            "thing": thing["name"],
            "property": stream["property"]["name"],
            "unit": channel.unit if channel else stream["unit"]["symbol"] or stream["unit"]["name"],
            "lon": thing["lon"],
            "lat": thing["lat"],
        }

    def row(self, observation: Observation) -> list[Any] | None:
        """A row; None when the observation has no usable time."""
        time = moment(observation.time)
        if time is None:
            return None
        value, text, quality = self.value(observation.result)
        cells = {
            **self.fixed,
            "time": time,
            "time_end": moment(observation.end),
            "result_time": moment(observation.result_time),
            "value": value,
            "value_text": text,
            "quality": quality,
        }
        return [cells[name] for name in self.names]

    def value(self, result: Any) -> tuple[Any, str | None, str | None]:
        """Value, meaning and quality of a result, whatever type it has."""
        if self.truth:
            known = {True: True, False: False, "true": True, "false": False}  # 1 and 0 are equal to them
            key = result.lower() if isinstance(result, str) else result
            fits = isinstance(key, (bool, int, float, str)) and key in known
            return (known[key], None, None) if fits else (None, None, None if result is None else DOES_NOT_FIT)
        if isinstance(result, bool):
            return int(result), ("true" if result else "false") if self.texts else None, None
        if isinstance(result, str):
            number = _number(result)
            if number is None:
                return None, result if self.texts else None, None if self.texts else DOES_NOT_FIT
            result = number
        if isinstance(result, (int, float)):
            if not math.isfinite(result):
                return None, None, NOT_A_NUMBER
            return self.convert(result), self.categories.get(f"{result:g}") if self.texts else None, None
        return None, None, None if result is None else DOES_NOT_FIT


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
