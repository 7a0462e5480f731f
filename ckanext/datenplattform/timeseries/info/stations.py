"""Stations: series of one dataset that are measured at the same thing. What is not published has none."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from .. import asking, streams
from ..logic import reading

#: Series on one page.
MOST_SERIES = 12
#: The page is what anybody may see, whoever looks.
ANYBODY: Any = {"user": ""}


class Station(NamedTuple):
    """``code``: the last part of its address; ``keys``: (table, series) of its newest series."""

    code: str
    name: str
    keys: tuple[tuple[str, str], ...]


def code(source_stream: str) -> str:
    """The last part of the address of a series: of its source's id alone, since that is what stays when all else is renamed, a
    new version begins or its file is replaced. Ten letters and digits (50 bit)."""
    return base64.b32encode(hashlib.sha256(source_stream.encode()).digest())[:10].decode().lower()


def of_dataset(dataset: str) -> list[Station]:
    """The stations of a published dataset by name. Raises ObjectNotFound."""
    stations = {}
    for item in _newest(dataset).values():
        stations.setdefault(_place(item), item)
    found = [Station(code(first["source_stream"]), _name(first), ((first["resource_id"], first["stream"]),)) for first in stations.values()]
    return sorted(found, key=lambda station: (station.name.lower(), station.code))


def find(dataset: str, wanted: str) -> Station:
    """The station of a published dataset with a series of this code, that series first. Raises ObjectNotFound."""
    newest = _newest(dataset)
    asked = [item for item in newest.values() if code(item["source_stream"]) == wanted]
    if not asked:
        raise asking.not_found()
    places = {_place(item) for item in asked}
    others = sorted(
        (item for item in newest.values() if _place(item) in places and item not in asked), key=lambda item: (item["name"], item["stream"])
    )
    keys = tuple((item["resource_id"], item["stream"]) for item in [*asked, *others])
    return Station(wanted, _name(asked[0]), keys[:MOST_SERIES])


def with_values(dataset: str, station: Station) -> list[dict[str, Any]]:
    """The station's series that have a value, as `timeseries_latest` tells them, in the station's order. Raises ObjectNotFound."""
    names = [stream for _, stream in station.keys]
    listed = {(item["resource_id"], item["stream"]): item
              for item in reading.listed(ANYBODY, {"dataset": dataset, "streams": names}, with_value=True)}  # fmt: skip
    found = [listed[key] for key in station.keys if key in listed]
    if not found:
        raise asking.not_found()
    return found


def _newest(dataset: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(table, source's id) → the newest version of each series, as readers may see it, in the order of the series."""
    tables = asking.tables_of(ANYBODY, {"dataset": dataset})
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for _, item in sorted(streams.registered(tables).items()):
        key = item["resource_id"], item["source_stream"]
        if key not in found or item["version"] > found[key]["version"]:
            found[key] = item
    return found


def _name(item: Mapping[str, Any]) -> str:
    return item["thing"] or item["name"] or item["stream"]


def _place(item: Mapping[str, Any]) -> tuple[Any, ...]:
    """What series of one station have in common; one without a thing stands alone."""
    alone = None if item["thing"] else item["source_stream"]
    return item["resource_id"], item["thing"], alone
