"""What of a published series a standing release lets through. Pure: conditions in, SQL out.

`scope` as `access.shared.standing_release` gives it: ``streams`` and ``columns`` (None: all), ``resolution_seconds``
(finest time step, None: any), ``resolution_metres`` (finest position, None: any), ``licence`` (None: any), ``until`` (UTC;
afterwards nothing passes).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KEY = ("stream", "time")
#: Why rows wait, by code.
CODES = (
    "no_release", "expired", "licence", "stream", "resolution", "position", "column", "personal_data", "check_failed",
)  # fmt: skip
DEGREES = frozenset(
    ["lat", "latitude", "breite", "breitengrad", "lon", "lng", "long", "longitude", "laenge", "länge", "laengengrad", "längengrad"]
)
GRID = frozenset(["east", "easting", "ost", "ostwert", "rechtswert", "north", "northing", "nord", "nordwert", "hochwert"])
# how exact these are cannot be told from one number
SHAPES = frozenset(
    ["location", "position", "geometry", "geometrie", "geom", "geojson", "wkt", "point", "standort", "koordinaten", "coordinates"]
)
_METRES_OF_A_DEGREE = 111_320


@dataclass(frozen=True)
class Clause:
    """One bound: rows for which the SQL condition (on the loaded rows `l`, never null) is false wait, and the code says why."""

    code: str
    sql: str
    parameters: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Held:
    """What others found in the rows: all wait (`why`), or those with one of these values in a column."""

    why: tuple[str, ...] = ()
    values: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Gate:
    """Which rows pass (SQL condition on the loaded rows, with its parameters) and with which columns. `clauses` are the
    condition in parts."""

    condition: str
    parameters: tuple[Any, ...] = ()
    columns: tuple[str, ...] = ()
    held_back: tuple[str, ...] = field(default=())
    clauses: tuple[Clause, ...] = ()

    @property
    def open(self) -> bool:
        """Whether everything passes."""
        return self.condition == "true" and not self.held_back

    @property
    def closed(self) -> bool:
        """Whether nothing passes."""
        return any(clause.sql == "false" for clause in self.clauses)


def _of(clauses: Iterable[Clause], columns: tuple[str, ...], held_back: tuple[str, ...] = ()) -> Gate:
    clauses = tuple(clauses)
    condition = " AND ".join(f"({clause.sql})" for clause in clauses) or "true"
    return Gate(condition, tuple(value for clause in clauses for value in clause.parameters), columns, held_back, clauses)


def gate(
    published: bool, scope: Mapping[str, Any] | None, columns: Sequence[str], now: datetime,
    kinds: Mapping[str, str] | None = None, licence: str | None = None, missing: Collection[str] = (),
) -> Gate:  # fmt: skip
    """The gate for rows with these columns.

    A dataset that is not published has none. A published one lets only rows within its standing release through, at
    times that are a multiple of the resolution (counted from 1970 in UTC), and of these only the columns released:
    the full row waits.

    :param kinds: PostgreSQL's types by column; :param licence: the dataset's; :param missing: columns that the table does not
        have: they wait in any case, and so does the whole row where its value stands in one of them
    """
    columns = tuple(columns)
    there = tuple(c for c in columns if c not in missing)
    absent = tuple(c for c in columns if c in missing)
    if not published:
        return _of(_valueless(there, absent), there, absent)
    until = scope.get("until") if scope else None
    if isinstance(until, str):
        until = datetime.fromisoformat(until.replace("Z", "+00:00"))
    if scope is None:
        return _of([Clause("no_release", "false")], there, absent)
    if until is not None and until <= now:
        return _of([Clause("expired", "false")], there, absent)
    released = scope.get("columns")
    passing = tuple(c for c in there if c in KEY or released is None or c in released)
    positions = _positions(scope.get("resolution_metres"), passing, kinds or {})
    clauses = (*_bounds(scope, licence), *positions, *_valueless(there, absent))
    return _of(clauses, passing, tuple(c for c in columns if c not in passing))


def _valueless(there: Sequence[str], absent: Sequence[str]) -> Iterator[Clause]:
    """Nobody is helped by a row without its value."""
    if absent and "value" in there:
        given = " OR ".join(f"l.{quoted(column)} IS NOT NULL" for column in absent)
        yield Clause("column", f'NOT (l."value" IS NULL AND ({given}))')


def narrowed(before: Gate, held: Held) -> Gate:
    """The gate when others have looked at the rows."""
    return _of((*before.clauses, *_held(held)), before.columns, before.held_back)


def _bounds(scope: Mapping[str, Any], licence: str | None) -> Iterator[Clause]:
    if scope.get("licence") and licence and scope["licence"] != licence:
        yield Clause("licence", "false")
    if scope.get("streams") is not None:
        yield Clause("stream", "l.stream = ANY(%s)", (list(scope["streams"]),))
    if scope.get("resolution_seconds"):
        yield Clause("resolution", "mod(extract(epoch from l.time)::numeric, %s) = 0", (int(scope["resolution_seconds"]),))


def _positions(metres: int | None, columns: Sequence[str], kinds: Mapping[str, str]) -> Iterator[Clause]:
    if not metres:
        return
    for column in columns:
        name, cell = column.lower(), f"l.{quoted(column)}"
        number = kinds.get(column, "").split("(")[0] in ("numeric", "double precision", "real", "integer", "bigint", "smallint")
        if name in DEGREES and number:
            places = max(0, math.floor(math.log10(_METRES_OF_A_DEGREE / metres)))
            yield Clause("position", f"{cell} IS NULL OR round({cell}::numeric, %s) = {cell}::numeric", (places,))
        elif name in GRID and number:
            yield Clause("position", f"{cell} IS NULL OR mod({cell}::numeric, %s) = 0", (int(metres),))
        elif name in SHAPES | DEGREES | GRID:
            yield Clause("position", f"{cell} IS NULL")


def _held(held: Held) -> Iterator[Clause]:
    for code in held.why:
        yield Clause(code, "false")
    for column, values in held.values:
        cell = f"l.{quoted(column)}"
        yield Clause("personal_data", f"{cell} IS NULL OR NOT ({cell}::text = ANY(%s))", (list(values),))


def quoted(name: str) -> str:
    """A column's name for SQL that is given parameters."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'
