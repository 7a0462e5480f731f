"""Rows on their way into PostgreSQL, as the text that COPY reads. Pure.

A row has a ``stream``, a ``time`` and further columns. A value that is no number where one is due (NaN, infinite)
becomes null and its ``quality`` says so: a mean over a column must not turn into NaN because one sensor stuttered.

Text is made column by column, a thousand rows at a time: what all values of a column have in common is asked once, and a column of
one kind is written by one call.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple

NOT_A_NUMBER = "nan"
_CHUNK = 1000
_MARGIN = timedelta(seconds=1)
_OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)\Z")
_SPECIAL = re.compile(r"[\\\n\r\t\x00]")
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x00": ""})


Row = Mapping[str, Any] | Sequence[Any]


class Extent(NamedTuple):
    """What a batch touches at most of a stream: nothing of it is outside."""

    stream: str
    first: datetime
    last: datetime


def as_text(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[str]:
    """Rows as lines of COPY's text format, many in one piece, cells in the order of ``columns``; mappings may lack columns. Raises
    ValueError for a row without stream or with a time that does not name its offset from UTC."""
    incoming = iter(rows)
    while chunk := list(islice(incoming, _CHUNK)):
        yield "\n".join(map("\t".join, zip(*_texts(chunk, columns), strict=True))) + "\n"


def extent(rows: Sequence[Row], columns: Sequence[str]) -> list[Extent] | None:
    """What rows touch, stream by stream; None where that is not plain to see (then the database finds out)."""
    streams, times = (_column(rows, columns, name) for name in ("stream", "time"))
    found: dict[str, list[datetime]] = {}
    try:
        if set(map(type, times)) == {str}:
            times = [datetime.fromisoformat(time.strip()) for time in times]
        if set(map(type, times)) != {datetime} or None in set(map(attrgetter("tzinfo"), times)):
            return None
        for stream, time in zip(streams, times, strict=True):
            ends = found.get(stream)
            if ends is None:
                found[stream] = [time, time]
            elif time > ends[1]:
                ends[1] = time
            elif time < ends[0]:
                ends[0] = time
        if any(type(stream) is not str or "\0" in stream for stream in found):
            return None
        # the database rounds what is finer than a microsecond
        return [Extent(stream, first - _MARGIN, last + _MARGIN) for stream, (first, last) in found.items()]
    except (TypeError, ValueError, OverflowError):
        return None


def _column(rows: Sequence[Row], columns: Sequence[str], name: str) -> list[Any]:
    place = columns.index(name)
    try:
        return [row.get(name) if isinstance(row, Mapping) else row[place] for row in rows]
    except IndexError:
        return []


def _texts(rows: Sequence[Row], columns: Sequence[str]) -> list[list[str]]:
    """The cells of each column as text."""
    lists = [row if type(row) is list else [row.get(name) for name in columns] if isinstance(row, Mapping) else row for row in rows]
    for row in lists:
        if len(row) != len(columns):
            raise ValueError(_bad(columns, row))
    cells: dict[str, Sequence[Any]] = dict(zip(columns, zip(*lists, strict=True), strict=True))
    if None in cells["stream"] or "" in cells["stream"]:
        raise ValueError(_bad(columns, next(row for row in lists if row[columns.index("stream")] in (None, ""))))
    times = cells["time"]
    if set(map(type, times)) != {datetime} or None in set(map(attrgetter("tzinfo"), times)):
        cells["time"] = list(map(_moment, times))
    if "value" in cells and not _all_numbers(cells["value"]):
        wrong = list(map(is_not_a_number, cells["value"]))
        cells["value"] = [None if bad else value for value, bad in zip(cells["value"], wrong, strict=True)]
        if "quality" in cells:
            cells["quality"] = [said or (NOT_A_NUMBER if bad else said) for said, bad in zip(cells["quality"], wrong, strict=True)]
    return list(map(_cells, cells.values()))


def _bad(columns: Sequence[str], row: Sequence[Any]) -> str:
    return f"not a row of {', '.join(columns)}: {list(row)!r}"[:300]


def _all_numbers(values: Sequence[Any]) -> bool:
    """Whether it is clear at once that none stands for "no number"."""
    kinds = set(map(type, values))
    return kinds <= {int, bool, type(None)} or (kinds == {float} and all(map(math.isfinite, values)))


def is_not_a_number(value: Any) -> bool:
    """Whether a value stands for "no number": NaN or infinite, as number or as text."""
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, Decimal):
        return not value.is_finite()
    return isinstance(value, str) and value.strip().lower().lstrip("+-") in ("nan", "inf", "infinity")


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"time without offset from UTC: {value!r}")
        return value.isoformat()
    text = str(value or "").strip()
    if not _OFFSET.search(text):
        raise ValueError(f"time without offset from UTC: {value!r}")
    return text


def _cells(values: Sequence[Any]) -> list[str]:
    """The cells of a column."""
    kinds = set(map(type, values))
    if type(None) in kinds:
        rest = iter(_cells([value for value in values if value is not None]) if len(kinds) > 1 else ())
        return ["\\N" if value is None else next(rest) for value in values]
    if kinds <= {int, float}:
        return list(map(repr, values))
    if kinds == {datetime}:
        return _times(values)
    if kinds == {str} and not _SPECIAL.search("".join(values)):
        return list(values)
    return list(map(_cell, values))


def _times(values: Sequence[datetime]) -> list[str]:
    if set(map(attrgetter("tzinfo"), values)) == {timezone.utc} and not any(map(attrgetter("microsecond"), values)):
        # most are: isoformat takes three times as long, for the offset
        parts = map(attrgetter("year", "month", "day", "hour", "minute", "second"), values)
        return list(map("%04d-%02d-%02dT%02d:%02d:%02dZ".__mod__, parts))
    return list(map(datetime.isoformat, values))


def _cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (dict, list)):
        value = json.dumps(value, ensure_ascii=False)
    return str(value).translate(_ESCAPES)


class Reader:
    """Pieces of text as a file that COPY can read from, without holding them all in memory."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._piece, self._at = "", 0
        #: What a row had wrong: psycopg2 would report it as an error of the database.
        self.error: Exception | None = None

    def read(self, size: int = 8192) -> str:
        """At most ``size`` characters; empty at the end."""
        while self._at >= len(self._piece):
            try:
                piece = next(self._pieces, None)
            except Exception as error:
                self.error = error
                raise
            if piece is None:
                return ""
            self._piece, self._at = piece, 0
        text = self._piece[self._at : self._at + size]
        self._at += size
        return text
