"""The register of streams in the database: described by harvesters, read by the Daten-API.

What a published dataset tells of its series is released like its rows: a new name or place outside the standing release
waits beside the old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select, text

from ..core import municipality
from ..core.clock import utcnow
from ..core.errors import ConfigurationError
from .describe import Channel, Stream, channel, row
from .model import SeriesStream
from .properties import STATES as PROPERTY_STATES
from .properties import CodeList, code_list
from .rollups import Special

STATES = ("live", "vanished")
#: What readers are shown, with the column of the rows that a standing release must let through (None: none).
SHOWN = {
    "name": None, "thing": "thing", "property": "property", "source_property": "property", "source_property_uri": "property",
    "unit": "unit", "source_unit": "unit", "lon": "lon", "lat": "lat",
}  # fmt: skip
_OF_COLUMN = [column.name for column in SeriesStream.__table__.columns]


def codes() -> CodeList:
    """The code list that holds here: the project's and the municipality's own."""
    try:
        return code_list(municipality.current().observed_properties)
    except ConfigurationError:
        return code_list()


def describe(resource_id: str, streams: Iterable[Stream], published: bool, scope: Mapping[str, Any] | None) -> dict[str, Channel]:
    """Note what a source says of its series; source's id → how its values are to be written. Commits.

    ``published``, ``scope``: of the dataset, as `scope.gate` takes them; ``scope`` is None without a release in force.
    """
    known: dict[str, SeriesStream] = {}
    for item in model.Session.query(SeriesStream).filter_by(resource_id=resource_id).order_by(SeriesStream.version):
        known[item.source_stream] = item
    listed, channels = codes(), {}
    for said in streams:
        item = known.get(said.stream)
        columns = row(said, _as_described(item) if item is not None else None, listed)
        if item is None or item.stream != columns["stream"]:
            item = known[said.stream] = SeriesStream(resource_id=resource_id, state="live", state_since=utcnow())
            model.Session.add(item)
        channels[said.stream] = channel(columns)
        waiting = {key: columns[key] for key in SHOWN if not _passes(key, columns["stream"], published, scope)}
        for key, value in columns.items():
            # a stream that comes back is live, one that nobody described yet shows nothing
            if key not in waiting and getattr(item, key) != value:
                setattr(item, key, value)
        differs = {key: value for key, value in waiting.items() if getattr(item, key) != value}
        if (item.waiting or {}) != differs:
            item.waiting = differs or None
        if item.state != "live":
            item.state, item.state_since = "live", utcnow()
    model.Session.commit()
    return channels


def mark(resource_id: str, state: str, streams: Sequence[str] | None = None) -> int:
    """Set the state of series (by the source's ids; None: all) to live or vanished; returns how many changed. Commits."""
    if state not in STATES:
        raise ValueError(state)
    query = model.Session.query(SeriesStream).filter(SeriesStream.resource_id == resource_id, SeriesStream.state != state)
    if streams is not None:
        query = query.filter(SeriesStream.source_stream.in_(list(streams)))
    changed = query.all()
    for item in changed:
        item.state, item.state_since = state, utcnow()
    model.Session.commit()
    return len(changed)


def mark_others(resource_id: str, there: Iterable[str]) -> int:
    """Mark all series as vanished whose source's id is not ``there``; returns how many. Commits."""
    query = select(SeriesStream.source_stream).where(SeriesStream.resource_id == resource_id, SeriesStream.state == "live")
    gone = set(model.Session.execute(query).scalars()) - set(there)
    return mark(resource_id, "vanished", sorted(gone)) if gone else 0


def release(resource_id: str, streams: Sequence[str] | None) -> None:
    """What waited of the descriptions (of ``streams``, None: all) is shown from now on. Commits."""
    query = model.Session.query(SeriesStream).filter(SeriesStream.resource_id == resource_id, SeriesStream.waiting.isnot(None))
    if streams is not None:
        query = query.filter(SeriesStream.stream.in_(list(streams)))
    for item in query:
        for key, value in item.waiting.items():
            setattr(item, key, value)
        item.waiting = None
    model.Session.commit()


def special(resource_id: str) -> Special:
    """Which series of a table are states or angles, and the town's time zone: what rollups need to know."""
    query = select(SeriesStream.stream, SeriesStream.kind).where(
        SeriesStream.resource_id == resource_id, SeriesStream.kind.in_([*PROPERTY_STATES, "angle"])
    )
    with model.Session.no_autoflush:
        found = [(row.stream, row.kind) for row in model.Session.execute(query.order_by(SeriesStream.stream))]
    states = tuple(stream for stream, kind in found if kind in PROPERTY_STATES)
    return Special(states, tuple(stream for stream, kind in found if kind == "angle"), str(tk.h.get_display_timezone()))


def registered(resource_ids: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
    """(resource, stream) → the register's columns as readers may see them."""
    table = SeriesStream.__table__
    query = select(*(table.c[name] for name in _OF_COLUMN if name != "waiting")).where(table.c.resource_id.in_(list(resource_ids)))
    with model.Session.no_autoflush:
        return {(found.resource_id, found.stream): found._asdict() for found in model.Session.execute(query)}


def fingerprint(resource_ids: Iterable[str]) -> str | None:
    """Changes whenever readers are told something else of the series of these tables; None without any."""
    query = text("""SELECT md5(string_agg((to_jsonb(s) - 'waiting')::text, ',' ORDER BY s.resource_id, s.stream))
                    FROM dp_series_stream s WHERE s.resource_id = ANY(:ids)""")
    with model.Session.no_autoflush:
        return model.Session.execute(query, {"ids": list(resource_ids)}).scalar()


def with_property(code: str) -> list[tuple[str, str]]:
    """(resource, stream) of all series of a property, in this order; of whatever dataset: who may see them is asked elsewhere."""
    query = (
        select(SeriesStream.resource_id, SeriesStream.stream)
        .where(SeriesStream.property == code)
        .order_by(SeriesStream.resource_id, SeriesStream.stream)
    )
    with model.Session.no_autoflush:
        return [(found.resource_id, found.stream) for found in model.Session.execute(query)]


def _as_described(item: SeriesStream) -> dict[str, Any]:
    """What the source said last, shown or not."""
    return {**{name: getattr(item, name) for name in _OF_COLUMN}, **(item.waiting or {})}


def _passes(key: str, stream: str, published: bool, scope: Mapping[str, Any] | None) -> bool:
    if not published:
        return True
    if scope is None or (scope.get("streams") is not None and stream not in scope["streams"]):
        return False
    column, released = SHOWN[key], scope.get("columns")
    return column is None or released is None or column in released
