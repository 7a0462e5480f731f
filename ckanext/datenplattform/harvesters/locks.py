"""Locks that die with their worker: PostgreSQL's advisory locks, each on a connection of its own.

A worker that is killed closes its connection, and the lock is free at once: so a free lock on work that calls itself
begun means that nobody is at it any more. No timeouts to guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ckan.model as model
import sqlalchemy as sa

_KEY = "hashtextextended(:name, 727)"


@contextmanager
def held(*parts: str) -> Iterator[None]:
    """Wait for the lock of that name and hold it."""
    with _connection() as connection:
        connection.execute(sa.text(f"SELECT pg_advisory_lock({_KEY})"), {"name": _name(parts)})
        yield


@contextmanager
def all_held(names: Iterable[tuple[str, ...]]) -> Iterator[None]:
    """Wait for several locks and hold them all; always in the same order, so that nobody waits in a circle."""
    wanted = {_name(parts) for parts in names}
    if not wanted:
        yield
        return
    keys = sa.text(
        "SELECT count(pg_advisory_lock(key)) FROM "
        "(SELECT DISTINCT hashtextextended(name, 727) AS key FROM unnest(CAST(:names AS text[])) AS name ORDER BY key OFFSET 0) AS keys"
    )
    with _connection() as connection:
        connection.execute(keys, {"names": list(wanted)})
        yield


@contextmanager
def tried(*parts: str) -> Iterator[Callable[[], object] | None]:
    """Hold the lock if nobody else does: gives None when somebody does, else a function that raises the database's error when the
    lock was lost with its connection."""
    with _connection() as connection:
        if not connection.execute(sa.text(f"SELECT pg_try_advisory_lock({_KEY})"), {"name": _name(parts)}).scalar():
            yield None
            return
        yield lambda: connection.execute(sa.text("SELECT 1")).scalar()


def is_free(*parts: str) -> bool:
    """Whether nobody holds the lock at this moment."""
    with _connection() as connection:
        return bool(connection.execute(sa.text(f"SELECT pg_try_advisory_lock({_KEY})"), {"name": _name(parts)}).scalar())


def _name(parts: tuple[str, ...]) -> str:
    return "\x1f".join(("datenplattform", *parts))


@contextmanager
def _connection() -> Iterator[Any]:
    engine: Any = model.meta.engine
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    # Not given back to the pool: closing it frees the lock, whatever happens.
    connection.detach()
    try:
        yield connection
    finally:
        connection.close()
