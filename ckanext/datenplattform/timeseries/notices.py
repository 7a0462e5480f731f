"""Hearing of changes of tables: PostgreSQL's NOTIFY, sent by `tables.told` when a transaction commits."""

from __future__ import annotations

from typing import Any

from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from .tables import CHANNEL


def listen() -> Any:
    """A connection of its own that hears of every change from now on; to be closed by who asked for it."""
    pooled: Any = get_write_engine().raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    return connection


def heard(connection: Any) -> set[str]:
    """Ids of the resources whose tables have changed since it was asked last."""
    connection.poll()
    told = {notice.payload for notice in connection.notifies}
    connection.notifies.clear()
    return told
