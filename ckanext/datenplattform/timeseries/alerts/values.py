"""What rules look at: rows of a series in the DataStore, and where in its table one has come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from psycopg2 import sql

from .. import query, tables
from ..tables import WAITING
from .machine import Value

#: Most values that are judged at once; of more, the newest.
MOST = 200_000
#: A clock that runs ahead is not believed.
AHEAD = timedelta(minutes=15)
_NUMBERS = ("numeric", "double precision", "real", "bigint", "integer", "smallint")
_NO_VALUE = query.DESCRIBING | {"stream", "time", "time_end", "quality"}


def has_numbers(cursor: Any, resource_id: str) -> bool:
    """Whether the values of a table are numbers."""
    return tables.types(cursor, resource_id).get("value", "").startswith(_NUMBERS)


def is_series(cursor: Any, resource_id: str) -> bool:
    """Whether there is such a table of series."""
    return {"stream", "time"} <= set(tables.types(cursor, resource_id))


def position(cursor: Any, resource_id: str, stream: str, after: int) -> tuple[int, datetime | None]:
    """The number of the newest row of the table, and the earliest time among the rows of the series that came (or were corrected)
    after row number ``after``."""
    cursor.execute(
        sql.SQL("SELECT coalesce(max(_id), 0), min(time) FILTER (WHERE stream = %s) FROM {0} WHERE _id > %s").format(
            tables.name(resource_id)
        ),
        (stream, after),
    )
    newest, earliest = cursor.fetchone()
    return max(newest, after), earliest


def newest(cursor: Any, resource_id: str) -> int:
    """The number of the newest row of a table."""
    return query.newest(cursor, resource_id)


def numbers(cursor: Any, resource_id: str, stream: str, since: datetime, until: datetime) -> list[Value]:
    """The values of a series from ``since`` on until ``until``, both included, in the order of time."""
    cursor.execute(
        sql.SQL("""SELECT time, value FROM {0} WHERE stream = %s AND time >= %s AND time <= %s AND value IS NOT NULL
                   ORDER BY time DESC LIMIT %s""").format(tables.name(resource_id)),
        (stream, since, until, MOST),
    )
    found = [(time, float(value)) for time, value in cursor.fetchall()]
    return [item for item in reversed(found) if math.isfinite(item[1])]


def times(cursor: Any, resource_id: str, stream: str, since: datetime, until: datetime) -> list[datetime]:
    """When a series had a value of whatever type."""
    cursor.execute(
        sql.SQL("""SELECT time FROM {0} WHERE stream = %s AND time >= %s AND time <= %s AND {1}
                   ORDER BY time DESC LIMIT %s""").format(tables.name(resource_id), _filled(cursor, resource_id)),
        (stream, since, until, MOST),
    )
    return [row[0] for row in reversed(cursor.fetchall())]


def latest(cursor: Any, resource_id: str, stream: str, until: datetime) -> datetime | None:
    """When a series had its newest value; what waits for a decision of the board has arrived too."""
    cursor.execute(
        sql.SQL("""SELECT greatest(
            (SELECT time FROM {0} WHERE stream = %s AND time <= %s AND {1} ORDER BY time DESC LIMIT 1),
            (SELECT max(time) FROM {2} WHERE resource_id = %s AND stream = %s AND time <= %s))""").format(
            tables.name(resource_id), _filled(cursor, resource_id), WAITING
        ),
        (stream, until, resource_id, stream, until),
    )
    return cursor.fetchone()[0]


def _filled(cursor: Any, resource_id: str) -> sql.Composable:
    """The condition that a row says something."""
    columns: Sequence[str] = [name for name in tables.types(cursor, resource_id) if name not in _NO_VALUE]
    if not columns:
        return sql.SQL("true")
    return sql.SQL("({0})").format(sql.SQL(" OR ").join(sql.SQL("{0} IS NOT NULL").format(sql.Identifier(name)) for name in columns))
