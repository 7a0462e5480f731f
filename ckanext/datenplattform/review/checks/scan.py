"""One pass over a table of any length: what the checks want to know of each column. Pure.

Rows come in batches; of each batch and column only the distinct values are looked at, of those only the ones that were
not met lately, and of those the value itself only when its shape interests a detector. Memory does not grow with rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow
from pyarrow import compute

from .columns import meanings
from .detectors import SHAPE, Detector, interesting
from .masking import mask
from .tables import Table

SAMPLE = 100
REMEMBERED = 20_000
REMEMBERED_SHAPES = 5_000
SAMPLES = 3
_TYPES = {
    "integer": re.compile(r"[+-]?9+"),
    "number": re.compile(r"[+-]?(?:9+\.?9*|\.9+)(?:[aA][+-]?9+)?"),
    "date": re.compile(r"9{4}-99-99"),
}
# the share of a sample that must be of a type for the column to be of it (as frictionless does it)
CONFIDENCE = 0.9
# a word in running text; neither geometry (WKT) nor nested JSON is made of them
_WORD = re.compile(r"(?:^| )[A-Za-zÄÖÜäöüß]{2,}")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,](\d+))?")


@dataclass
class Hit:
    """What a detector found in a column: how many distinct values, the first row, masked samples."""

    count: int = 0
    row: int = 0
    samples: list[str] = field(default_factory=list)


@dataclass
class Column:
    """What is known of a column after the pass. `distinct` counts values within the memory of the pass."""

    name: str
    position: int
    means: frozenset[str] = frozenset()
    type: str = "string"
    type_errors: int = 0
    first_type_error: int = 0
    distinct: int = 0
    filled: bool = False
    longest: int = 0
    wordy: int = 0
    decimals: int = 0
    largest: float = 0.0
    small: bool = False
    small_row: int = 0
    hits: dict[str, Hit] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set, repr=False)
    _shapes: dict[str, tuple[Detector, ...]] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """The heading, unless it looks like data (a table without headings): then only its number."""
        text = self.name.strip()
        looks = any(detector.hits(text) for detector in interesting(text.translate(SHAPE)))
        digits = sum(sign.isdigit() for sign in text)
        return f"#{self.position}" if not text or looks or len(text) > 80 or digits > 12 else text

    def share(self, kind: str) -> float:
        """The share of the distinct values in which a detector found something."""
        return self.hits[kind].count / self.distinct if kind in self.hits and self.distinct else 0.0


@dataclass
class Scan:
    """What is known of a table after the pass."""

    columns: list[Column]
    rows: int = 0
    uneven: int = 0
    encoding: str = ""
    delimiter: str = ""
    moving: int = 0

    def having(self, *means: str) -> list[Column]:
        """Columns whose headings say one of these."""
        return [column for column in self.columns if column.means & set(means)]


def scan(table: Table, small_below: int = 5) -> Scan:
    """Read a table to its end. `small_below`: counts from 1 to below it are small. Raises what its batches raise."""
    columns = [Column(name, number, meanings(name)) for number, name in enumerate(table.header, 1)]
    found = Scan(columns, encoding=table.encoding, delimiter=table.delimiter)
    moves = _Movement(columns)
    for batch in table.batches():
        cells = batch.columns
        if found.rows == 0:
            _guess(columns, cells)
        for column, values in zip(columns, cells, strict=True):
            _look(column, values, found.rows, small_below)
        moves.look(cells)
        found.rows += batch.num_rows
    found.uneven = table.uneven
    found.moving = moves.count()
    for column in columns:
        column._seen, column._shapes = set(), {}
    return found


def _is(kind: str, value: str) -> bool:
    if not _TYPES[kind].fullmatch(value.translate(SHAPE)):
        return False
    try:
        return bool(float(value) == float(value) if kind == "number" else kind == "integer" or date.fromisoformat(value))
    except ValueError:
        return False


def _guess(columns: list[Column], cells: list[Any]) -> None:
    for column, whole in zip(columns, cells, strict=True):
        values = [value for value in whole.slice(0, SAMPLE).to_pylist() if value]
        for kind in _TYPES:
            if values and sum(_is(kind, value) for value in values) >= CONFIDENCE * len(values):
                column.type = kind
                break


def _look(column: Column, values: Any, before: int, small_below: int) -> None:
    distinct = set(compute.unique(values).to_pylist())
    distinct.discard("")
    if not distinct:
        return
    column.filled = True
    if column.means & {"count", "people_count"} and not column.small:
        hit = distinct & {f"{number}{tail}" for number in range(1, small_below) for tail in ("", ".0", ",0")}
        if hit:
            column.small, column.small_row = True, before + _row(values, min(hit))
    new = list(distinct - column._seen)
    if not new:
        return
    if len(column._seen) < REMEMBERED:
        column._seen.update(new)
    column.distinct += len(new)
    joined = "\n".join(new)
    shapes = joined.translate(SHAPE).split("\n")
    if len(shapes) != len(new):  # a value holds a line break
        shapes = [value.translate(SHAPE) for value in new]
    kinds = set(shapes)
    _measure(column, new, kinds)
    if column.type != "string":
        _errors(column, values, new, shapes, kinds, before)
    wanted = {}
    for text in kinds:
        detectors = column._shapes.get(text)
        if detectors is None:
            detectors = interesting(text)
            if len(column._shapes) < REMEMBERED_SHAPES:
                column._shapes[text] = detectors
        if detectors:
            wanted[text] = detectors
    if wanted:
        for value, text in zip(new, shapes, strict=True):
            for detector in wanted.get(text, ()):
                if detector.hits(value):
                    _note(column, detector.kind, value, values, before)


def _note(column: Column, kind: str, value: str, values: Any, before: int) -> None:
    hit = column.hits.setdefault(kind, Hit())
    hit.count += 1
    if len(hit.samples) < SAMPLES:
        hit.samples.append(mask(value))
        row = before + _row(values, value)
        hit.row = min(hit.row or row, row)


def _measure(column: Column, new: list[str], kinds: set[str]) -> None:
    column.longest = max(column.longest, max(map(len, kinds)))
    if column.longest >= 60:
        column.wordy += sum(text[:1] not in "[{" and text.count(" ") >= 5 and len(_WORD.findall(text)) >= 6 for text in new)
    if column.means & {"lat", "lon", "east", "north"}:
        for value in new:
            match = _NUMBER.fullmatch(value.strip())
            if match:
                column.decimals = max(column.decimals, len((match.group(1) or "").rstrip("0")))
                column.largest = max(column.largest, abs(float(value.replace(",", "."))))


def _errors(column: Column, values: Any, new: list[str], shapes: list[str], kinds: set[str], before: int) -> None:
    pattern = _TYPES[column.type]
    odd = {text for text in kinds if not pattern.fullmatch(text)}
    if column.type == "date":
        bad = {value for value, text in zip(new, shapes, strict=True) if text in odd or not _is("date", value)}
    else:
        bad = {value for value, text in zip(new, shapes, strict=True) if text in odd} if odd else set()
    if bad:
        # counted once for each distinct value of a batch, in all its cells; later cells of it are counted too
        column._seen -= bad
        cells = compute.is_in(values, value_set=pyarrow.array(sorted(bad), pyarrow.string()))
        column.type_errors += compute.sum(cells).as_py()
        column.first_type_error = column.first_type_error or before + 1 + compute.index(cells, True).as_py()


def _row(values: Any, value: str) -> int:
    """The number of the first cell with this value, from 1."""
    return compute.index(values, value).as_py() + 1


class _Movement:
    """How many ids are met at several places: three columns (id, latitude or north, longitude or east) and a time."""

    MOST = 10_000

    def __init__(self, columns: list[Column]):
        def first(*means: str) -> int | None:
            return next((column.position - 1 for column in columns if column.means & set(means)), None)

        who = first("traveller")
        self.persons = who is not None
        self.parts = (who if who is not None else first("id"), first("lat", "north"), first("lon", "east"))
        self.known = None not in self.parts and first("time") is not None
        self.places: dict[str, set[tuple[str, str]]] = {}

    def look(self, cells: list[Any]) -> None:
        """Take a batch."""
        if not self.known:
            return
        who, north, east = (cells[part].to_pylist() for part in self.parts if part is not None)
        if not self.persons and not self.places and len(set(who)) == len(who):
            self.known = False  # numbers of rows, not of something that comes again
            return
        for name, one, other in set(zip(who, north, east, strict=True)):
            if name and (name in self.places or len(self.places) < self.MOST):
                places = self.places.setdefault(name, set())
                if len(places) < 3:
                    places.add((one, other))

    def count(self) -> int:
        """Ids that were at three places or more."""
        return sum(len(places) >= 3 for places in self.places.values())
