"""Rows on their way into PostgreSQL, as the text that COPY reads. Pure.

A row has a ``stream``, a ``time`` and further columns. A value that is no number where one is due (NaN, infinite)
becomes null and its ``quality`` says so: a mean over a column must not turn into NaN because one sensor stuttered.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

NOT_A_NUMBER = "nan"
_OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)\Z")
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\x00": ""})


def as_tuples(rows: Iterable[Mapping[str, Any] | Sequence[Any]], columns: Sequence[str]) -> Iterator[list[Any]]:
    """Rows as lists in the order of ``columns``; mappings may lack columns. Raises ValueError for a row without
    stream or with a time that does not name its offset from UTC."""
    stream, time = columns.index("stream"), columns.index("time")
    value = columns.index("value") if "value" in columns else None
    quality = columns.index("quality") if "quality" in columns else None
    for row in rows:
        cells = [row.get(column) for column in columns] if isinstance(row, Mapping) else list(row)
        if len(cells) != len(columns) or cells[stream] in (None, ""):
            raise ValueError(f"not a row of {', '.join(columns)}: {cells!r}"[:300])
        cells[time] = _moment(cells[time])
        if value is not None and is_not_a_number(cells[value]):
            cells[value] = None
            if quality is not None and not cells[quality]:
                cells[quality] = NOT_A_NUMBER
        yield cells


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


def copy_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Each row as one line of COPY's text format."""
    for row in rows:
        yield "\t".join(map(_cell, row)) + "\n"


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
    """The lines as a file that COPY can read from, without holding them all in memory."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = ""
        #: What a row had wrong: psycopg2 would report it as an error of the database.
        self.error: Exception | None = None

    def read(self, size: int = 8192) -> str:
        """At most ``size`` characters; empty at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size:
            try:
                line = next(self._lines, None)
            except Exception as error:
                self.error = error
                raise
            if line is None:
                break
            parts.append(line)
            length += len(line)
        text = "".join(parts)
        self._rest = text[size:]
        return text[:size]
