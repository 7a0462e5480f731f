"""The room's public face: tables for series, rows into them, rows that wait.

Other rooms import this module and nothing else of the room. `write_rows` alone decides what becomes visible: rows of
a dataset that is not published go straight in (nobody unauthorised sees them), rows of a published one only as far as
its standing release reaches.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ckanext.datenplattform.access import shared as access

from . import arriving, newcolumns, rollups, store, tables
from . import streams as register
from .describe import Channel, Stream
from .outside import alone, outside
from .rows import Row
from .scope import KEY, Gate, gate
from .units import conversion

log = logging.getLogger(__name__)

__all__ = [
    "COLUMNS",
    "Channel",
    "Stream",
    "alone",
    "columns_of",
    "conversion",
    "describe_streams",
    "discard_waiting",
    "ensure_table",
    "let_through",
    "mark",
    "new_columns",
    "outside",
    "rebuild_rollups",
    "release_waiting",
    "remove_rows",
    "waiting_by_resource",
    "waiting_summary",
    "write_rows",
]

#: What every series has, besides ``value``: id of the stream, time of the phenomenon (UTC), end of the interval if it
#: is one.
COLUMNS: tuple[dict[str, str], ...] = (
    {"id": "stream", "type": "text"},
    {"id": "time", "type": "timestamptz"},
)


class Conflict(Exception):
    """The publication changed while rows were written; they were not."""


def ensure_table(resource_id: str, columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Make the DataStore table of a resource, or add missing columns; returns the names of the columns that it has.

    ``columns``: ``{"id", "type", "info"?}`` with a PostgreSQL type; `COLUMNS` come first if they are not among them.
    A table that exists keeps its columns and their types. Where the gate refuses new columns (published dataset) the table stays as it
    is unless the standing release names them; they are answered all the same: rows may be written with them, and wait.
    """
    fields = [*(field for field in COLUMNS if field["id"] not in {c["id"] for c in columns}), *map(dict, columns)]
    with store.transaction() as cursor:
        present = store.columns_of(cursor, resource_id)
        if present:
            store.lighten(cursor, resource_id)
    if present and {field["id"] for field in fields} <= set(present):
        return present
    new = [field for field in fields if field["id"] not in present]
    known = [{"id": name} for name in present]
    data = {"resource_id": resource_id, "fields": known + new, "primary_key": list(KEY), "force": True}
    if present:
        del data["primary_key"]
    context: Any = {"user": _site_user(), "ignore_auth": True}
    try:
        tk.get_action("datastore_create")(context, data)
    except tk.NotAuthorized:
        if not present:
            raise
        log.info("Series %s: new columns wait for a decision: %s", resource_id, [field["id"] for field in new])
        with store.transaction() as cursor:
            newcolumns.note(cursor, resource_id, new)
        _grant(resource_id)
        with store.transaction() as cursor:
            return [*store.columns_of(cursor, resource_id), *newcolumns.of(cursor, resource_id)]
    with store.transaction() as cursor:
        if not present:
            store.widen(cursor, resource_id)
        store.lighten(cursor, resource_id)
        return store.columns_of(cursor, resource_id)


def _grant(resource_id: str) -> None:
    """The table gets the new columns that its standing release names."""
    published, scope = _publicity(resource_id)
    if published and scope and scope.get("columns"):
        with store.transaction() as cursor:
            tables.alone(cursor, resource_id)
            newcolumns.make(cursor, resource_id, scope["columns"])


def new_columns(resource_id: str) -> list[str]:
    """Columns that the source gives and the table does not have: the board has not decided about them."""
    with store.transaction() as cursor:
        return list(newcolumns.of(cursor, resource_id))


def columns_of(resource_id: str) -> list[str]:
    """Names of the columns of a series; empty when it has no table."""
    with store.transaction() as cursor:
        return store.columns_of(cursor, resource_id)


def write_rows(resource_id: str, rows: Iterable[Row], columns: Sequence[str] | None = None) -> dict[str, int]:
    """Write observations: ``{"written": n, "staged": n}``, rows that were new or different in the table and in waiting.

    ``rows``: mappings, or sequences in the order of ``columns`` (default: those of the table). Each has a ``stream``
    and a ``time`` with its offset from UTC; for one (stream, time) the latest ``result_time`` wins, else the last
    row. Written wholly or not at all; the same rows again change nothing. Raises ValueError for rows or columns that
    do not fit, ObjectNotFound without a table.
    """
    return _tried(resource_id, list(rows), columns)


def let_through(resource_id: str) -> dict[str, int]:
    """Put what waits and is within the standing release now into the table; answers as `write_rows`. The rest waits on. For
    the review only, after a decision that widens the release is committed."""
    _grant(resource_id)
    return _tried(resource_id, None, None)


def _tried(resource_id: str, rows: Sequence[Row] | None, columns: Sequence[str] | None) -> dict[str, int]:
    for attempt in (1, 2, 3):
        try:
            return _write(resource_id, rows, columns)
        except Conflict:
            log.info("Series %s was published or withdrawn meanwhile; attempt %s", resource_id, attempt)
    raise Conflict(resource_id)


def _write(resource_id: str, rows: Sequence[Row] | None, columns: Sequence[str] | None) -> dict[str, int]:
    """Write these rows; None: those that wait."""
    with store.transaction() as cursor:
        present = store.columns_of(cursor, resource_id)
        if not present:
            raise tk.ObjectNotFound(resource_id)
        new = newcolumns.of(cursor, resource_id)
        columns = list(columns or (present if rows is not None else (*present, *new)))
        unknown = [column for column in columns if column not in present and column not in new]
        if unknown or not set(KEY) <= set(columns):
            raise ValueError(f"columns do not fit the series: {columns}")
        store.begin(cursor, resource_id)
        kinds = arriving.kinds(cursor, resource_id)
        before = _gate(resource_id, columns, kinds, new)
        written, staged, appended = _put(cursor, resource_id, rows, columns, before, kinds, new)
        if written:
            store.finish(cursor, resource_id, register.special(resource_id), appended)
        # The board may have decided while we wrote: then nothing of this stands, and it is asked again.
        if _gate(resource_id, columns, kinds, new) != before:
            raise Conflict(resource_id)
    return {"written": written, "staged": staged}


def _put(
    cursor: Any, resource_id: str, rows: Sequence[Row] | None, columns: Sequence[str], before: Gate, kinds: Mapping[str, str],
    new: Mapping[str, str],
) -> tuple[int, int, int | None]:  # fmt: skip
    """How many rows were written and staged, and the number after which they stand where they were only appended."""
    published = _package(resource_id) if _publicity(resource_id)[0] else None
    if rows and before.open and published is None:
        appended = store.append(cursor, resource_id, columns, rows)
        if appended is not None:
            return len(rows), 0, appended
    if rows is not None:
        store.load(cursor, resource_id, columns, rows, new)
    elif not arriving.take(cursor, resource_id, columns, new):
        return 0, 0, None
    found = arriving.judged(cursor, published, resource_id, before, kinds)
    staged = store.stage_loaded(cursor, resource_id, columns, found, new)
    arriving.note(cursor, resource_id, found)
    return store.merge_loaded(cursor, resource_id, found), staged, None


def describe_streams(resource_id: str, streams: Iterable[Stream], complete: bool = False) -> dict[str, Channel]:
    """Tell the register what the series of a resource are, before their rows are written: source's id → `Channel`.

    Write the rows under the channel's ``stream`` with its ``convert(value)`` and ``unit``. Where the source has changed the
    type of a series, or its unit to one that cannot be converted, that is a new version with a name of its own.
    ``complete``: the source has no others; what it no longer names is marked as vanished. Commits.
    """
    published, scope = _publicity(resource_id)
    before = register.special(resource_id)
    channels = register.describe(resource_id, streams, published, scope)
    if complete:
        register.mark_others(resource_id, channels)
    after = register.special(resource_id)
    other = {*before.states} ^ {*after.states} | {*before.angles} ^ {*after.angles}
    if other and columns_of(resource_id):
        # rows may be there already that were taken for plain numbers
        rebuild_rollups(resource_id, sorted(other))
    return channels


def mark(resource_id: str, state: str, streams: Sequence[str] | None = None) -> int:
    """Note that the source has (``live``) or no longer has (``vanished``) these series (source's ids; None: all); returns how
    many changed. Rows and register stay. `describe_streams` makes them live again. Commits."""
    return register.mark(resource_id, state, streams)


def release_waiting(resource_id: str, streams: Sequence[str] | None = None) -> int:
    """Let waiting rows (of ``streams``, None: all) into the table, and what waits of their descriptions; returns how many
    rows were new or different. For the review only, after its decision is committed. Commits."""
    with store.transaction() as cursor:
        store.begin(cursor, resource_id)
        changed = store.release(cursor, resource_id, None if streams is None else list(streams))
        if changed:
            store.finish(cursor, resource_id, register.special(resource_id))
    register.release(resource_id, streams)
    return changed


def discard_waiting(resource_id: str) -> int:
    """Forget the waiting rows of a series; returns their number. For the review only."""
    with store.transaction() as cursor:
        return store.discard(cursor, resource_id)


def remove_rows(resource_id: str, stream: str, since: datetime | None = None, until: datetime | None = None) -> int:
    """Take the rows of a stream out of the table (from ``since`` on, before ``until``; None: no end) and out of the rollups;
    returns their number. Nobody is asked: for those who have decided it."""
    with store.transaction() as cursor:
        store.begin(cursor, resource_id)
        removed = store.remove(cursor, resource_id, stream, since, until)
        if removed:
            store.finish(cursor, resource_id, register.special(resource_id))
    return removed


def rebuild_rollups(resource_id: str, streams: Sequence[str] | None = None) -> None:
    """Compute the rollups (of ``streams``, None: all) anew, after rows were written past this room."""
    with store.transaction() as cursor:
        if not store.columns_of(cursor, resource_id):
            raise tk.ObjectNotFound(resource_id)
        store.begin(cursor, resource_id)
        rollups.rebuild(cursor, resource_id, register.special(resource_id), streams)
        tables.told(cursor, resource_id)


def waiting_summary(resource_id: str) -> list[dict[str, Any]]:
    """What waits, by stream: ``stream``, ``rows``, ``first``, ``last``, ``arrived`` (UTC)."""
    with store.transaction() as cursor:
        return store.waiting(cursor, resource_id)


def waiting_by_resource() -> dict[str, dict[str, Any]]:
    """What waits, by resource: ``rows``, ``arrived`` (latest; UTC), ``why`` ({code of `scope.CODES`: rows})."""
    with store.transaction() as cursor:
        return arriving.by_resource(cursor)


def _gate(resource_id: str, columns: Sequence[str], kinds: Mapping[str, str], new: Mapping[str, str]) -> Gate:
    published, scope = _publicity(resource_id)
    package = model.Package.get(_package(resource_id)) if published else None
    return gate(published, scope, columns, datetime.now(timezone.utc), kinds, package.license_id if package else None, new)


def _package(resource_id: str) -> str | None:
    table = model.resource_table
    with model.Session.no_autoflush:
        return model.Session.execute(select(table.c.package_id).where(table.c.id == resource_id)).scalar()


def _publicity(resource_id: str) -> tuple[bool, dict[str, Any] | None]:
    """Whether the resource's dataset is published, and the scope of its standing release."""
    package = _package(resource_id)
    published = bool(package and access.is_published(package))
    return published, access.standing_release(package) if published and package else None


def _site_user() -> str:
    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
