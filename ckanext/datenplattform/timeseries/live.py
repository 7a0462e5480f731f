"""New values as they come, as server-sent events (HTML Living Standard, 9.2).

Who writes rows tells PostgreSQL (NOTIFY, when the transaction commits); each reader listens on a connection of its own and asks
for the rows with a higher number than the last that it sent. So a reader that connects again with the id of its last event
(browsers do that by themselves) misses nothing, corrections included. Whether he may read is asked before each batch: a withdrawn
dataset ends the stream. Readers and their time are bounded; each takes a thread of the portal.
"""

from __future__ import annotations

import re
import select
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.model as model
import msgspec
from ckan.model import Resource

from . import asking, config, notices, query

#: Rows in one batch; seconds after which the right to read is asked again and the connection is kept awake.
BATCH, AWAKE = 500, 5.0
_encode = msgspec.json.Encoder(decimal_format="number").encode
_lock = threading.Lock()
_readers = 0


class Events(Iterator[bytes]):
    """The body of one answer. Holds a place until it is closed, also when nobody ever reads it."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces: Any = pieces
        self._open = True

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        """Give the place back."""
        global _readers
        self._pieces.close()
        with _lock:
            if self._open:
                self._open, _readers = False, _readers - 1


def events(found: Mapping[str, tuple[str, ...] | None], user: str, after: str | None) -> Events | None:
    """The stream of new values of these tables (and their series) for a reader; None when there are too many readers.

    ``after``: id of the last event that he has; without one it begins with what comes from now on.
    """
    global _readers
    with _lock:
        if _readers >= config.live_readers():
            return None
        _readers += 1
    return Events(_pieces(dict(sorted(found.items())), user, after))


def _pieces(found: dict[str, tuple[str, ...] | None], user: str, after: str | None) -> Iterator[bytes]:
    connection = notices.listen()
    try:
        numbers = _begin(list(found), after)
        end = time.monotonic() + config.live_seconds()
        yield b"retry: 3000\n: Datenplattform\n\n"
        while time.monotonic() < end:
            if not _allowed(found, user):
                yield b"event: end\ndata: {}\n\n"
                return
            text, more = _batch(found, numbers)
            yield text or b": \n\n"
            if not more:
                _wait(connection, set(found), min(AWAKE, max(0.0, end - time.monotonic())))
    finally:
        connection.close()


def _begin(resources: list[str], after: str | None) -> dict[str, int]:
    given = [int(number) for number in after.split("-")] if after and re.fullmatch(r"\d{1,18}(-\d{1,18})*", after, re.ASCII) else []
    if len(given) == len(resources):
        return dict(zip(resources, given, strict=True))
    with query.reading("UTC", config.query_seconds()) as cursor:
        return {name: query.newest(cursor, name) if _is_series(cursor, name) else 0 for name in resources}


def _is_series(cursor: Any, resource_id: str) -> bool:
    """Whether it is there, and no table of another kind in the same dataset."""
    return {"stream", "time"} <= set(query.tables.types(cursor, resource_id))


def _batch(found: Mapping[str, tuple[str, ...] | None], numbers: dict[str, int]) -> tuple[bytes, bool]:
    """New rows as events, and whether there are more at once. ``numbers`` go on with them."""
    parts, more = [], False
    with query.reading("UTC", config.query_seconds()) as cursor:
        for resource_id, streams in found.items():
            if not _is_series(cursor, resource_id):
                continue
            rows = query.arrived(cursor, resource_id, streams, numbers[resource_id], BATCH)
            more = more or len(rows) == BATCH
            for row in rows:
                numbers[resource_id] = row.pop("_id")
                mark = "-".join(str(numbers[name]) for name in found)
                parts.append(b"id: %s\nevent: value\ndata: %s\n\n" % (mark.encode(), _encode(row)))
    return b"".join(parts), more


def _allowed(found: Mapping[str, Any], user: str) -> bool:
    """Whether the reader may still read all of it."""
    try:
        rows = model.Session.query(Resource.package_id, Resource.state).filter(Resource.id.in_(list(found))).all()  # type: ignore[attr-defined]
        packages = {package_id for package_id, state in rows if state == "active"}
        return len(rows) == len(found) and asking.may_read({"user": user}, sorted(packages)) == {row[0] for row in rows}
    finally:
        # each look sees what is decided by now
        model.Session.remove()


def _wait(connection: Any, resources: set[str], seconds: float) -> None:
    """Until one of the tables has changed, or so long."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if not select.select([connection], [], [], left)[0]:
            return
        if notices.heard(connection) & resources:
            return
