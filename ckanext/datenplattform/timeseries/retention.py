"""Retention: single values that are old enough go, what they came to stays.

How long they are kept is a setting of the portal, or of a series where it has one of its own. Rollups are never touched, and a
value that comes again from its source after it was removed does not come back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
from psycopg2 import sql
from sqlalchemy import select, update

from ..core.clock import utcnow
from . import config, store, tables
from .model import SeriesStream


def keep(resource_id: str, days: int | None, stream: str | None = None) -> int:
    """Keep single values of a stream (None: all of the table) for so many days; 0: for ever, None: as for all. Returns how many
    series that concerns. Commits."""
    change = update(SeriesStream).where(SeriesStream.resource_id == resource_id).values(keep_days=days)
    done: Any = model.Session.execute(change if stream is None else change.where(SeriesStream.stream == stream))
    model.Session.commit()
    return done.rowcount


def thin(now: datetime | None = None) -> dict[str, int]:
    """Remove single values that are too old: ``{"rows": removed, "series": concerned, "orphans": tables that are gone}``.

    Each series is a transaction of its own. What a deleted table left behind goes too.
    """
    midnight = (now or utcnow()).replace(hour=0, minute=0, second=0, microsecond=0)
    counts = {"rows": 0, "series": 0, "orphans": _orphans()}
    query = select(SeriesStream.resource_id, SeriesStream.stream, SeriesStream.keep_days)
    for resource_id, stream, own in model.Session.execute(query.order_by(SeriesStream.resource_id, SeriesStream.stream)).all():
        days = config.keep_days() if own is None else own
        if days > 0:
            removed = _thin(resource_id, stream, midnight - timedelta(days=days))
            counts["rows"] += removed
            counts["series"] += removed > 0
    return counts


def _thin(resource_id: str, stream: str, since: datetime) -> int:
    with store.transaction() as cursor:
        if not store.columns_of(cursor, resource_id):
            return 0
        store.begin(cursor, resource_id)
        removed = store.remove(cursor, resource_id, stream, None, since)
        cursor.execute(
            sql.SQL("""INSERT INTO {kept} AS k VALUES (%s, %s, %s) ON CONFLICT (resource_id, stream)
                       DO UPDATE SET since = greatest(k.since, EXCLUDED.since)""").format(kept=tables.KEPT),
            (resource_id, stream, since),
        )
        if removed:
            store.forget_count(cursor, resource_id)
            tables.told(cursor, resource_id)
    return removed


def _orphans() -> int:
    with store.transaction() as cursor:
        tables.prepare(cursor)
        cursor.execute(
            sql.SQL("SELECT resource_id FROM {0} WHERE to_regclass(format('public.%I', resource_id)) IS NULL").format(tables.VERSION)
        )
        gone = [row[0] for row in cursor.fetchall()]
        for table in (tables.ROLLUP, tables.STATES, tables.KEPT, tables.WAITING, tables.VERSION):
            cursor.execute(sql.SQL("DELETE FROM {0} WHERE resource_id = ANY(%s)").format(table), (gone,))
    return len(gone)
