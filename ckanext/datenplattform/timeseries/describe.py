"""From what a source says of a series to what the register keeps of it. Pure.

A series never changes the meaning of its values: where a source changes the type of a series, or its unit to one that
cannot be converted, a new version of the series begins and the old one stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .properties import STATES, CodeList
from .units import Conversion, conversion, ucum

# kinds whose values can stand in one series
_GROUPS = {"number": "number", "count": "number", "angle": "number", "interval": "number", "category": "state", "boolean": "state"}


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A series as its source describes it.

    ``stream``: the source's id. ``kind``: what type the source gives its values (of `core.observed.KINDS`; "" unknown).
    ``unit``: as the source writes it. ``lon``, ``lat``: degrees, WGS 84. ``interval_seconds``: between two values, where
    the source promises that. ``keep_days``: days that single values are kept, None: as for all.
    """

    stream: str
    name: str = ""
    thing: str = ""
    property: str = ""
    property_uri: str = ""
    unit: str = ""
    kind: str = ""
    lon: float | None = None
    lat: float | None = None
    interval_seconds: int | None = None
    keep_days: int | None = None


@dataclass(frozen=True)
class Channel:
    """Under which name and how converted the values of a source's series are written.

    ``unit``: of the values in the table. ``property``: code of the list, None where it was not recognised.
    """

    stream: str
    unit: str = ""
    property: str | None = None
    kind: str = "number"
    factor: float = 1.0
    shift: float = 0.0

    def convert(self, value: Any) -> Any:
        """A value of the source in the unit of the table; what is no number stays as it is."""
        if (self.factor, self.shift) == (1.0, 0.0) or isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        # float arithmetic leaves 1.2000000000000002; no sensor measures in fifteen digits
        return float(f"{value * self.factor + self.shift:.12g}")


def row(said: Stream, known: Mapping[str, Any] | None, codes: CodeList) -> dict[str, Any]:
    """The register's columns for a series, given its latest version ``known`` (None: a new one)."""
    found = codes.recognise(said.property or said.name, said.property_uri, said.unit)
    given = ucum(said.unit)
    source_kind = said.kind or (known["source_kind"] if known else "")
    if known is not None and not _changed(said, known):
        unit, how = known["unit"], conversion(given, ucum(known["unit"])) if given else None
        if how is None:
            how = Conversion(known["factor"], known["shift"])
            # a source that says its unit only now
            unit = unit or given or said.unit
        stream, version = known["stream"], known["version"]
    else:
        version = known["version"] + 1 if known else 1
        stream = said.stream if version == 1 else f"{said.stream}~{version}"
        how = conversion(given, found.unit) if found is not None and given else None
        unit = found.unit if found is not None and how is not None else given or said.unit
    return {
        "stream": stream, "source_stream": said.stream, "version": version, "name": said.name, "thing": said.thing,
        "property": found.code if found else None, "kind": _kind(source_kind, found.kind if found else ""),
        "unit": unit, "factor": how.factor if how else 1.0, "shift": how.offset if how else 0.0,
        "source_property": said.property, "source_property_uri": said.property_uri, "source_unit": said.unit,
        "source_kind": source_kind, "lon": said.lon, "lat": said.lat, "interval_seconds": said.interval_seconds,
        **({} if said.keep_days is None else {"keep_days": said.keep_days}),
    }  # fmt: skip


def channel(columns: Mapping[str, Any]) -> Channel:
    """How values are written, from the register's columns."""
    return Channel(*(columns[key] for key in ("stream", "unit", "property", "kind", "factor", "shift")))


def _kind(source: str, listed: str) -> str:
    """The list knows that a direction is an angle and a 0 or 1 a state; else the source says."""
    if source in STATES or source in ("geometry",):
        return source
    return listed or source or "number"


def _changed(said: Stream, known: Mapping[str, Any]) -> bool:
    """Whether the values mean something else than before."""
    before = known["source_kind"]
    if said.kind and before and _GROUPS.get(said.kind, said.kind) != _GROUPS.get(before, before):
        return True
    if said.unit == known["source_unit"] or not said.unit or not known["source_unit"]:
        return False
    given = ucum(said.unit)
    if given is None:
        return True
    return conversion(given, ucum(known["unit"]) or known["unit"]) is None
