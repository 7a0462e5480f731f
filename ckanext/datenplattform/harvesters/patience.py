"""Workers of ckanext-harvest wait for work as long as there is none.

Since redis-py 8 a connection gives up after five seconds without an answer unless it is told otherwise. The stock consumers ask
with BLPOP and no limit (ckanext-harvest 1.6.3, queue.py): they were told off every five seconds, died of it after a minute
without work, and what came in between could go to a connection that nobody read any more.
"""

from __future__ import annotations

from typing import Any

from ckanext.harvest import queue

_stock = queue.get_connection_redis


def _patient() -> Any:
    connection = _stock()
    # a server that is gone is noticed by the system, not by silence
    connection.connection_pool.connection_kwargs.update(socket_timeout=None, socket_keepalive=True)
    return connection


def install() -> None:
    """Give the consumers such connections; to be called again changes nothing."""
    queue.get_connection_redis = _patient
