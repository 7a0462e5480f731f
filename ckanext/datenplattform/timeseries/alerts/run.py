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

from .. import notices
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
                connection, due = notices.listen(), 0.0
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


def _closed(connection: Any) -> None:
    if connection is not None:
        connection.close()


def _told(connection: Any, wake: Any, seconds: float) -> set[str]:
    """The tables that have changed; empty when nothing happened for so long."""
    ready = select.select([connection, wake], [], [], seconds)[0]
    if connection not in ready:
        return set()
    # one more look a little later; who is to stop looks at once
    select.select([wake], [], [], GATHER)
    return notices.heard(connection)
