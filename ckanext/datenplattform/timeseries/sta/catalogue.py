"""Which series a reader may see, and which entities they make.

An entity of SensorThings is here a set of series: a Thing those at one place of measurement under one name, a Sensor those of one
table, an ObservedProperty those that measure the same. So each way from one entity to others is a way over their series.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
from sqlalchemy import select

from .. import asking, query, streams
from ..model import SeriesStream
from ..properties import CodeList
from . import ids

#: Kind of entity (name of its set) → its name where there is one of it.
SINGULAR = {
    "Things": "Thing", "Locations": "Location", "HistoricalLocations": "HistoricalLocation", "Datastreams": "Datastream",
    "Sensors": "Sensor", "ObservedProperties": "ObservedProperty", "Observations": "Observation",
    "FeaturesOfInterest": "FeatureOfInterest",
}  # fmt: skip
SETS = {single: several for several, single in SINGULAR.items()}
#: Kind → to what its links lead.
LINKS: dict[str, tuple[str, ...]] = {
    "Things": ("Locations", "HistoricalLocations", "Datastreams"),
    "Locations": ("Things", "HistoricalLocations"),
    "HistoricalLocations": ("Thing", "Locations"),
    "Datastreams": ("Thing", "Sensor", "ObservedProperty", "Observations"),
    "Sensors": ("Datastreams",),
    "ObservedProperties": ("Datastreams",),
    "Observations": ("Datastream", "FeatureOfInterest"),
    "FeaturesOfInterest": ("Observations",),
}
#: Tables of which the series are remembered.
_REMEMBERED = 2000
# table → how often it had changed, and its series then; nothing about who may see them
_known: dict[str, tuple[int, tuple[str, ...]]] = {}


@dataclass(frozen=True)
class Dataset:
    """Of a dataset what stands at its Things."""

    name: str
    title: str
    notes: str
    licence: str


@dataclass(frozen=True, eq=False)
class Series:
    """One series: ``facts`` of the register, the ids of the entities to which it belongs."""

    resource_id: str
    stream: str
    dataset: Dataset
    facts: Mapping[str, Any]
    thing: str
    measured: str

    @property
    def key(self) -> tuple[str, str]:
        """By which series are sorted."""
        return self.resource_id, self.stream

    @property
    def id(self) -> str:
        """Of the Datastream."""
        return ids.joined(self.resource_id, self.stream)

    @property
    def placed(self) -> bool:
        """Whether it is known where it measures."""
        return self.facts.get("lon") is not None and self.facts.get("lat") is not None

    def belongs(self, kind: str) -> str | None:
        """The id of its entity of a kind; None where it has none."""
        if kind == "Datastreams":
            return self.id
        if kind == "Sensors":
            return ids.joined(self.resource_id)
        if kind == "ObservedProperties":
            return self.measured
        if kind == "Locations":
            return self.thing if self.placed else None
        return self.thing if kind in ("Things", "FeaturesOfInterest") else None


@dataclass(frozen=True, eq=False)
class Node:
    """An entity: its kind, its id, its series; ``row``: the row of an Observation or of its own feature of interest."""

    kind: str
    id: str
    series: tuple[Series, ...]
    row: Mapping[str, Any] | None = None


@dataclass
class Catalogue:
    """All that a reader may see (or all of one table). ``versions``: how often each table has changed."""

    series: list[Series]
    versions: list[tuple[str, int]]
    codes: CodeList
    _sets: dict[str, dict[str, Node]] = field(default_factory=dict)

    def nodes(self, kind: str) -> dict[str, Node]:
        """Id → entity of a kind, in the order of their ids."""
        if kind not in self._sets:
            grouped: dict[str, list[Series]] = {}
            for series in self.series:
                if (entity_id := series.belongs(kind)) is not None:
                    grouped.setdefault(entity_id, []).append(series)
            self._sets[kind] = {entity_id: Node(kind, entity_id, tuple(grouped[entity_id])) for entity_id in sorted(grouped)}
        return self._sets[kind]

    def related(self, node: Node, kind: str) -> list[Node]:
        """Entities of a kind to which the series of another belong."""
        found = dict.fromkeys(entity_id for series in node.series if (entity_id := series.belongs(kind)) is not None)
        return [self.nodes(kind)[entity_id] for entity_id in sorted(found)]


def table_of(kind: str, entity_id: str) -> str | None:
    """The table to which all of an entity belongs; None where that is not said by its id."""
    parts = ids.parts(entity_id)
    return parts[0] if parts and kind != "ObservedProperties" else None


def visible(context: Any, cursor: Any, among: str | None = None) -> Catalogue:
    """What the reader may see at this moment; ``among``: of this table only."""
    tables = _tables(among)
    allowed = asking.may_read(context, sorted({package_id for package_id, _ in tables.values()}))
    tables = {resource_id: found for resource_id, found in tables.items() if found[0] in allowed}
    # a table may be gone while its register stays
    cursor.execute("SELECT name FROM unnest(%s::text[]) name WHERE to_regclass(format('public.%%I', name)) IS NOT NULL", (list(tables),))
    there = {row[0] for row in cursor.fetchall()}
    tables = {resource_id: found for resource_id, found in tables.items() if resource_id in there}
    versions = query.version(cursor, sorted(tables))
    facts, counted = streams.registered(tables), dict(versions)
    series: list[Series] = []
    for resource_id, (_, dataset) in sorted(tables.items()):
        names = _streams(cursor, resource_id, counted.get(resource_id, 0))
        series += _of_table(resource_id, dataset, {name: facts.get((resource_id, name)) or {} for name in names})
    return Catalogue(series, versions, streams.codes())


def _tables(among: str | None) -> dict[str, tuple[str, Dataset]]:
    """Table → its dataset's id and what is told of it; of all tables in the register."""
    resource, package = model.resource_table, model.package_table
    columns = (package.c.id.label("package_id"), package.c.name, package.c.title, package.c.notes, package.c.license_id)
    registered = select(SeriesStream.resource_id).distinct()
    if among is not None:
        registered = registered.where(SeriesStream.resource_id == among)
    statement = (
        select(resource.c.id, *columns)
        .join(package, package.c.id == resource.c.package_id)
        .where(resource.c.state == "active", resource.c.id.in_(registered))
    )
    with model.Session.no_autoflush:
        return {
            row.id: (row.package_id, Dataset(row.name, row.title or row.name, row.notes or "", row.license_id or ""))
            for row in model.Session.execute(statement)
        }


def _streams(cursor: Any, resource_id: str, version: int) -> tuple[str, ...]:
    """Series of which there are values: what is only described shows nothing of a release that is still to come."""
    known = _known.get(resource_id)
    if known is not None and known[0] == version:
        return known[1]
    if not {"stream", "time"} <= set(query.tables.types(cursor, resource_id)):
        return ()
    found = tuple(sorted(query.series(cursor, resource_id, None)))
    if len(_known) >= _REMEMBERED:
        _known.clear()
    if version:
        _known[resource_id] = version, found
    return found


def _of_table(resource_id: str, dataset: Dataset, facts: Mapping[str, Mapping[str, Any]]) -> Iterable[Series]:
    places: dict[str, set[tuple[float, float]]] = {}
    for stream, known in facts.items():
        here = places.setdefault(_thing(stream, known), set())
        if known.get("lon") is not None and known.get("lat") is not None:
            here.add((known["lon"], known["lat"]))
    for stream, known in facts.items():
        name = _thing(stream, known)
        # several of one name: the place tells them apart
        parts = (name,) if len(places[name]) < 2 else (name, _digest(known.get("lon"), known.get("lat")))
        measured = known.get("property") or ids.joined(resource_id, known.get("source_property") or "")
        yield Series(resource_id, stream, dataset, known, ids.joined(resource_id, *parts), measured)


def _thing(stream: str, known: Mapping[str, Any]) -> str:
    return known.get("thing") or known.get("name") or stream


def _digest(*values: Any) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:12]
