"""From the table of devices to datasets and streams, and from readings to rows. Pure.

Two devices may feed one series: the new one goes on where the broken one stopped.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.datenplattform.core.i18n import translate
from ckanext.datenplattform.timeseries import shared as timeseries

from ..sensorthings_rows import LABELS
from .formats import Reading, clean

#: Order of the columns: those of every series, whatever its protocol.
NAMES = ("stream", "time", "value", "value_text", "quality", "time_end", "result_time", "thing", "property", "unit", "lon", "lat")
_TYPES = dict.fromkeys(("time", "time_end", "result_time"), "timestamptz") | {"value": "numeric", "lon": "float8", "lat": "float8"}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
NOT_A_NUMBER, DOES_NOT_FIT = "nan", "invalid"
#: Characters of a meaning.
LONGEST = 500


@dataclass(frozen=True)
class Target:
    """Where the values of one field of one device go. ``dataset``: key of the dataset within the source; ``factor``: value of the
    series = value of the device × factor; ``lon``, ``lat``: degrees, WGS 84."""

    device: str
    field: str
    dataset: str
    stream: str
    name: str = ""
    thing: str = ""
    property: str = ""
    unit: str = ""
    factor: float = 1.0
    lon: float | None = None
    lat: float | None = None


def contents(targets: Iterable[Target]) -> dict[str, dict[str, Any]]:
    """Key of the dataset → what it holds, in the form of `sensorthings_mapping.map_group`: one data model for all protocols."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    seen = set()
    for target in sorted(targets, key=lambda t: (t.dataset, t.thing or t.device, t.stream, t.device, t.field)):
        if (target.dataset, target.stream) in seen:
            continue
        seen.add((target.dataset, target.stream))
        name = target.thing or target.device
        placed = target.lon is not None and target.lat is not None
        thing = found.setdefault(target.dataset, {}).setdefault(
            name,
            {
                "id": name,
                "name": name,
                "description": "",
                "properties": {},
                "lon": target.lon,
                "lat": target.lat,
                "geometry": {"type": "Point", "coordinates": [target.lon, target.lat]} if placed else None,
                "streams": [],
            },
        )
        thing["streams"].append(
            {
                "id": target.stream,
                "name": target.name or target.stream,
                "description": "",
                "sensor": "",
                "type": "",
                "unit": {"name": target.unit, "symbol": target.unit, "definition": None},
                "property": {"name": target.property, "definition": None},
                "properties": {},
                "link": None,
            }
        )
    return {dataset: {"kind": dataset, "things": list(things.values())} for dataset, things in found.items()}


def columns() -> list[dict[str, Any]]:
    """The columns of the table."""
    return [{"id": name, "type": _TYPES.get(name, "text"), "info": {"label": translate(LABELS[name])}} for name in NAMES]


def described(targets: Iterable[Target], dataset: str) -> list[timeseries.Stream]:
    """What the register of streams is told of a dataset."""
    found = {
        target.stream: timeseries.Stream(
            stream=target.stream,
            name=target.name or target.stream,
            thing=target.thing or target.device,
            property=target.property,
            unit=target.unit,
            lon=target.lon,
            lat=target.lat,
        )
        for target in targets
        if target.dataset == dataset
    }
    return list(found.values())


def row(target: Target, reading: Reading, channel: timeseries.Channel) -> tuple[Any, ...]:
    """The row of one value, in the order of `NAMES`."""
    value, text, quality = valued(reading.values[target.field], target.factor, channel)
    lon, lat = (target.lon, target.lat) if target.lon is not None else reading.place or (None, None)
    return (
        channel.stream, reading.time, value, text, quality, reading.end, reading.result_time,
        target.thing or target.device, target.property, channel.unit, lon, lat,
    )  # fmt: skip


def valued(given: Any, factor: float, channel: timeseries.Channel) -> tuple[float | int | None, str | None, str | None]:
    """Value, meaning and quality of what a device sent. A word is a meaning, a number as text is a number."""
    if isinstance(given, bool):
        return int(given), "true" if given else "false", None
    if isinstance(given, str):
        if not _NUMBER.fullmatch(given.strip()):
            return None, clean(given)[:LONGEST], None
        given = float(given)
    if not isinstance(given, (int, float)):
        return None, None, DOES_NOT_FIT
    try:
        value = given if factor == 1.0 else float(f"{given * factor:.12g}")
        if not math.isfinite(value):
            return None, None, NOT_A_NUMBER
        return channel.convert(value), None, None
    except OverflowError:
        return None, None, DOES_NOT_FIT


def by_device(targets: Iterable[Target]) -> dict[str, dict[str, Target]]:
    """Device → field → where its values go."""
    found: dict[str, dict[str, Target]] = {}
    for target in targets:
        found.setdefault(target.device, {})[target.field] = target
    return found


def samples(values: Mapping[str, Any], longest: int = 40) -> dict[str, str]:
    """Fields with what came last, short, for a person who maps them."""
    return {name: str(value)[:longest] for name, value in list(values.items())[:50]}
