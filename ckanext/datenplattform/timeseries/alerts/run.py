"""What runs all the time: judge the rules of a table soon after its rows were written, all rules and all messages now and then.

Who writes rows tells PostgreSQL (NOTIFY, see `tables.told`); nobody waits for us. What was told while we were away is found by the
next look at all rules.
"""

from __future__ import annotations

import logging
import select
import time
from collections.abc import Callable
from typing import Any

import ckan.model as model
from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from ..tables import CHANNEL
from . import follow, outbox

log = logging.getLogger(__name__)

#: Seconds that notices are gathered: five hundred messages a second are one look.
GATHER = 1.0


def once() -> tuple[int, int]:
    """Judge all rules and send what is due: how many rules failed, how many messages wait."""
    return follow.run(), outbox.deliver()


def forever(every: float, stopped: Callable[[], bool], wake: Any, looked: Callable[[], None] = lambda: None) -> None:
    """Until ``stopped``: `once` at least each ``every`` seconds, and the rules of a table as soon as it changes. ``wake``: a file
    that becomes readable when it is to stop. ``looked`` is called after each look at all rules."""
    connection = None
    due = 0.0
    while not stopped():
        try:
            if connection is None:
                connection, due = _listen(), 0.0
            if time.monotonic() >= due:
                once()
                due = time.monotonic() + every
                looked()
            told = _told(connection, wake, max(0.0, due - time.monotonic()))
            if told and not stopped():
                follow.run(told)
                outbox.deliver()
        except Exception:
            # the database may be away for a while: the next look comes in any case
            log.exception("alerts")
            connection = _closed(connection)
            select.select([wake], [], [], min(every, 5.0))
        finally:
            model.Session.remove()
    _closed(connection)


def _listen() -> Any:
    pooled: Any = get_write_engine().raw_connection()
    connection = pooled.driver_connection
    pooled.detach()
    connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    return connection


def _closed(connection: Any) -> None:
    if connection is not None:
        connection.close()


def _told(connection: Any, wake: Any, seconds: float) -> set[str]:
    """The tables that have changed; empty when nothing happened for so long."""
    ready = select.select([connection, wake], [], [], seconds)[0]
    if connection not in ready:
        return set()
    if not select.select([wake], [], [], GATHER)[0]:
        connection.poll()
    told = {notice.payload for notice in connection.notifies}
    connection.notifies.clear()
    return told
