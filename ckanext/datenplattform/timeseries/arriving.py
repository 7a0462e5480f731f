"""Rows on their way into a published series: other rooms look at them (signal `series_rows`), and why they wait is kept."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2 import sql

from ..core import signals
from .scope import Gate, Held, narrowed

log = logging.getLogger(__name__)

_LOAD = sql.Identifier("dp_load")
_WAITING = sql.Identifier("dp_staging", "dp_waiting")
_TEXT = frozenset({"text", "character varying", "json", "jsonb"})


def kinds(cursor: Any, resource_id: str) -> dict[str, str]:
    """PostgreSQL's types of a series' table, by column."""
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 "
        "AND NOT attisdropped",
        (f'public."{resource_id}"',),
    )
    return dict(cursor.fetchall())


def judged(cursor: Any, package_id: str | None, resource_id: str, gate: Gate, types: Mapping[str, str]) -> Gate:
    """The gate after others have looked at the loaded rows: of each column of text they get the distinct values, once.

    One that breaks lets nothing pass. A value that the table holds already is no news: the board has released it.
    """
    if package_id is None or gate.closed:
        return gate
    receivers = list(signals.series_rows.receivers_for(package_id))
    texts = {column: _distinct(cursor, column) for column in gate.columns if types.get(column) in _TEXT} if receivers else {}
    why: set[str] = set()
    hits: dict[str, set[str]] = {}
    for receiver in receivers:
        try:
            found = receiver(package_id, resource_id=resource_id, texts=texts) or {}
        except Exception as problem:
            # only the kind of the error: its message may quote a value
            log.error("rows of series %s could not be checked and wait: %s", resource_id, type(problem).__name__)
            return narrowed(gate, Held(why=("check_failed",)))
        why.update(found.get("why") or ())
        for column, values in (found.get("values") or {}).items():
            hits.setdefault(column, set()).update(values)
    fresh = ((column, _unknown(cursor, resource_id, column, sorted(values))) for column, values in sorted(hits.items()) if values)
    return narrowed(gate, Held(tuple(sorted(why)), tuple((column, values) for column, values in fresh if values)))


def _distinct(cursor: Any, column: str) -> list[str]:
    query = sql.SQL("SELECT DISTINCT l.{name}::text FROM {load} l WHERE l.{name} IS NOT NULL")
    cursor.execute(query.format(name=sql.Identifier(column), load=_LOAD))
    return [value for (value,) in cursor.fetchall()]


def _unknown(cursor: Any, resource_id: str, column: str, values: Sequence[str]) -> tuple[str, ...]:
    query = sql.SQL("SELECT DISTINCT t.{name}::text FROM {table} t WHERE t.{name}::text = ANY(%s)")
    table = sql.Identifier("public", resource_id)
    cursor.execute(query.format(name=sql.Identifier(column), table=table), (list(values),))
    known = {value for (value,) in cursor.fetchall()}
    return tuple(sorted(set(values) - known))


def _prepare(cursor: Any) -> bool:
    """Whether there is a table of waiting rows; it gets its column of reasons, once."""
    cursor.execute("SELECT to_regclass('dp_staging.dp_waiting') IS NOT NULL")
    if not cursor.fetchone()[0]:
        return False
    cursor.execute("SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('dp_staging.dp_waiting') AND attname = 'why'")
    if not cursor.fetchone()[0]:
        cursor.execute(sql.SQL("ALTER TABLE {waiting} ADD COLUMN IF NOT EXISTS why text").format(waiting=_WAITING))
    return True


def note(cursor: Any, resource_id: str, gate: Gate) -> None:
    """Keep why the loaded rows wait that were just put aside."""
    if gate.open or not _prepare(cursor):
        return
    reasons = [sql.SQL(f"CASE WHEN NOT ({clause.sql}) THEN '{clause.code}' END") for clause in gate.clauses]
    reasons += [sql.SQL("CASE WHEN l.{name} IS NOT NULL THEN 'column' END").format(name=sql.Identifier(name)) for name in gate.held_back]
    cursor.execute(
        sql.SQL("""
            UPDATE {waiting} w SET why = concat_ws(',', {reasons}) FROM {load} l
            WHERE w.resource_id = %s AND w.stream = l.stream AND w.time = l.time AND w.content = to_jsonb(l)
        """).format(waiting=_WAITING, load=_LOAD, reasons=sql.SQL(", ").join(reasons)),
        (*gate.parameters, resource_id),
    )


def take(cursor: Any, resource_id: str, columns: Sequence[str], new: Mapping[str, str]) -> bool:
    """Load what waits for a table with these columns out of the waiting rows; False: nothing can wait yet.

    :param new: those of the columns that the table does not have, and their types"""
    if not _prepare(cursor):
        return False
    names = sql.SQL(", ").join(_value(column, new[column]) if column in new else sql.Identifier("r", column) for column in columns)
    cursor.execute(
        sql.SQL("""
            CREATE TEMP TABLE {load} ON COMMIT DROP AS WITH moved AS (
                DELETE FROM {waiting} w WHERE resource_id = %s RETURNING content)
            SELECT {names} FROM moved, jsonb_populate_record(NULL::{table}, moved.content) r
        """).format(load=_LOAD, waiting=_WAITING, names=names, table=sql.Identifier("public", resource_id)),
        (resource_id,),
    )
    return True


def _value(column: str, kind: str) -> sql.Composed:
    # nothing is stored as JSON's null, which is no NULL
    nested = "nullif(moved.content -> {key}, 'null')::{kind} AS {name}"
    plain = "(moved.content ->> {key})::{kind} AS {name}"
    parts = {"key": sql.Literal(column), "kind": sql.SQL(kind), "name": sql.Identifier(column)}
    return sql.SQL(nested if kind in ("json", "jsonb") else plain).format(**parts)


def by_resource(cursor: Any) -> dict[str, dict[str, Any]]:
    """What waits, by resource: ``rows``, ``arrived`` (latest; UTC), ``why`` ({code: rows}; a row may wait for several reasons)."""
    if not _prepare(cursor):
        return {}
    cursor.execute(
        sql.SQL("""
            SELECT resource_id, why, count(*), max(arrived) FROM {waiting} GROUP BY resource_id, why ORDER BY resource_id, why
        """).format(waiting=_WAITING)
    )
    found: dict[str, dict[str, Any]] = {}
    for resource_id, why, rows, arrived in cursor.fetchall():
        item = found.setdefault(resource_id, {"rows": 0, "arrived": arrived, "why": {}})
        item["rows"] += rows
        item["arrived"] = max(item["arrived"], arrived)
        for code in set(filter(None, (why or "").split(","))):
            item["why"][code] = item["why"].get(code, 0) + rows
    return found
