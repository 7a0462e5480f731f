"""Rows into and out of the DataStore's database, in bulk.

A batch is there wholly or not at all, and the same batch again changes nothing. Of several rows for one (stream, time) the one with
the latest ``result_time`` wins where there is such a column, else the last one given.

Rows for a time that is still empty, the most by far, are copied straight into the table (`append`): its unique index is the judge.
All others are copied into a temporary table (`load`) and merged from there in one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg2
from ckanext.datastore.backend.postgres import get_write_engine
from psycopg2 import sql

from . import newcolumns, rollups, tables
from .rows import Reader, Row, as_text, extent
from .scope import KEY, Gate
from .tables import CHANGED, KEPT, WAITING

_LOAD = sql.Identifier("dp_load")


@contextmanager
def transaction() -> Iterator[Any]:
    """A cursor with write rights on the DataStore; commits at the end, rolls back on an error. Times are UTC."""
    connection: Any = get_write_engine().raw_connection()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL timezone = 'UTC'")
            yield cursor
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    finally:
        connection.close()


def columns_of(cursor: Any, table: str) -> list[str]:
    """Names of a DataStore table's columns without CKAN's own, in their order; empty when there is no such table."""
    return list(tables.types(cursor, table))


def widen(cursor: Any, table: str) -> None:
    """Let a new table number more rows than two thousand million: each row that comes again uses up a number."""
    cursor.execute("SELECT pg_get_serial_sequence(%s, '_id')", (f'public."{table}"',))
    sequence = cursor.fetchone()[0]
    cursor.execute(sql.SQL("ALTER TABLE {table} ALTER COLUMN _id TYPE bigint").format(table=_table(table)))
    if sequence:
        cursor.execute(f"ALTER SEQUENCE {sequence} AS bigint")


def lighten(cursor: Any, table: str) -> None:
    """Take from a series what CKAN does for full text: there is no text in it, and index and trigger take more time than all else in
    writing a row. CKAN's trigger stays for updates only: without one of its name it would be made anew."""
    cursor.execute(
        """SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s AND indexdef LIKE '%%(_full_text)'""", (table,)
    )
    for (index,) in cursor.fetchall():
        cursor.execute(sql.SQL("DROP INDEX IF EXISTS {0}").format(sql.Identifier("public", index)))
    if not _light(cursor, table):
        cursor.execute(
            sql.SQL("""
                ALTER TABLE {table} ALTER COLUMN _full_text SET DEFAULT ''::tsvector;
                DROP TRIGGER IF EXISTS zfulltext ON {table};
                CREATE TRIGGER zfulltext BEFORE UPDATE ON {table} FOR EACH ROW WHEN (NEW._full_text IS NULL)
                EXECUTE PROCEDURE populate_full_text_trigger()
            """).format(table=_table(table))
        )


def _light(cursor: Any, table: str) -> bool:
    cursor.execute(
        "SELECT atthasdef FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = '_full_text'",
        (_table(table).as_string(cursor),),
    )
    found = cursor.fetchone()
    return bool(found and found[0])


def append(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Row]) -> int | None:
    """Copy rows straight into the table where it holds nothing yet in their time, and no two are for one place. Returns the number
    (``_id``) after which they stand; None: nothing was written, `load` and merge them. Raises what `load` raises."""
    touched = extent(rows, columns)
    if touched is None or not _light(cursor, table):
        return None
    # what retention has removed does not come back
    cursor.execute(
        sql.SQL("""
            SELECT EXISTS (SELECT FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) s(stream, first, last) WHERE
                EXISTS (SELECT FROM {kept} k WHERE k.resource_id = %s AND k.stream = s.stream AND k.since > s.first)
                OR (SELECT true FROM {table} t WHERE t.stream = s.stream AND t.time >= s.first AND t.time <= s.last LIMIT 1))
        """).format(kept=KEPT, table=_table(table)),
        (*map(list, zip(*touched, strict=True)), table),
    )
    if cursor.fetchone()[0]:
        return None
    last = "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, '_id')::regclass), 0)"
    cursor.execute(f"SAVEPOINT dp_append; {last}", (_table(table).as_string(cursor),))
    before = cursor.fetchone()[0]
    try:
        _copy(cursor, _table(table), columns, as_text(rows, columns))
    except psycopg2.errors.UniqueViolation:
        cursor.execute("ROLLBACK TO SAVEPOINT dp_append")
        return None
    cursor.execute("RELEASE SAVEPOINT dp_append")
    return before


def load(cursor: Any, table: str, columns: Sequence[str], rows: Iterable[Row], new: Mapping[str, str]) -> None:
    """Copy rows into a temporary table ``dp_load`` shaped like ``columns`` of ``table``, and the ``new`` ones (with their types)
    that it does not have; it lives until the end of the transaction. Raises what `rows.as_text` raises, and psycopg2's errors for
    values that do not fit."""
    cursor.execute(
        sql.SQL("CREATE TEMP TABLE {load} ON COMMIT DROP AS SELECT {names} FROM {table} LIMIT 0").format(
            load=_LOAD, names=_names([column for column in columns if column not in new]), table=_table(table)
        )
    )
    newcolumns.widen_loaded(cursor, _LOAD, {column: new[column] for column in columns if column in new})
    _copy(cursor, _LOAD, columns, as_text(rows, columns))


def _copy(cursor: Any, table: sql.Identifier, columns: Sequence[str], text: Iterator[str]) -> None:
    copy = sql.SQL("COPY {table} ({names}) FROM STDIN").format(table=table, names=_names(columns))
    reader = Reader(text)
    try:
        cursor.copy_expert(copy.as_string(cursor), reader, size=1 << 16)
    except psycopg2.Error:
        if reader.error is not None:
            raise reader.error from None
        raise


def begin(cursor: Any, table: str) -> None:
    """Before rows are written: no other writer until the end of the transaction, and a list of what changes."""
    tables.prepare(cursor)
    tables.alone(cursor, table)
    tables.changed(cursor)


def merge_loaded(cursor: Any, table: str, gate: Gate) -> int:
    """Put the loaded rows that pass the gate into the table, and their keys into ``dp_changed``; returns how many were new
    or different. What retention has removed does not come back."""
    if gate.closed:
        return 0
    others = [column for column in gate.columns if column not in KEY]
    latest, newer = "", ""
    if "result_time" in others:
        # An old result that arrives late does not undo a correction.
        latest = "l.result_time DESC NULLS LAST,"
        newer = "AND (t.result_time IS NULL OR EXCLUDED.result_time IS NULL OR EXCLUDED.result_time >= t.result_time)"
    # A table that was only copied into lies in the order of arrival: ctid tells which row came last. A corrected row gets a
    # new number: who reads on from a number sees it.
    cursor.execute(
        sql.SQL("""
            WITH merged AS (
                INSERT INTO {table} AS t ({names}, _full_text)
                SELECT DISTINCT ON (l.stream, l.time) {loaded}, ''::tsvector FROM {load} l WHERE {inside} AND NOT EXISTS (
                    SELECT FROM {kept} k WHERE k.resource_id = {resource} AND k.stream = l.stream AND l.time < k.since)
                ORDER BY l.stream, l.time, {latest} l.ctid DESC
                ON CONFLICT (stream, time) DO UPDATE SET {changes} _full_text = '', _id = DEFAULT
                WHERE ({mine}) IS DISTINCT FROM ({theirs}) {newer}
                RETURNING t.stream, t.time)
            INSERT INTO {changed} SELECT stream, time FROM merged
        """).format(
            table=_table(table),
            names=_names(gate.columns),
            loaded=_names(gate.columns, "l"),
            load=_LOAD,
            kept=KEPT,
            resource=sql.Literal(table),
            changed=CHANGED,
            inside=sql.SQL(gate.condition),
            latest=sql.SQL(latest),
            newer=sql.SQL(newer),
            changes=sql.SQL("").join(sql.SQL("{0} = EXCLUDED.{0}, ").format(sql.Identifier(column)) for column in others),
            mine=_names(others, "t"),
            theirs=_names(others, "EXCLUDED"),
        ),
        gate.parameters,
    )
    return cursor.rowcount


def finish(cursor: Any, table: str, special: rollups.Special, appended: int | None = None) -> None:
    """After rows were written (some appended after this number): their rollups, and whoever keeps something of the table is told."""
    if appended is not None:
        added = sql.SQL("INSERT INTO {changed} SELECT stream, time FROM {table} WHERE _id > %s")
        cursor.execute(added.format(changed=CHANGED, table=_table(table)), (appended,))
    rollups.follow(cursor, table, special)
    forget_count(cursor, table)
    tables.told(cursor, table)


def forget_count(cursor: Any, table: str) -> None:
    """CKAN 2.12 keeps the number of rows and forgets it only when its own actions write."""
    cursor.execute("DELETE FROM _table_stats WHERE resource_id = %s", (table,))


def remove(cursor: Any, table: str, stream: str, since: datetime | None, until: datetime | None) -> int:
    """Take rows of a stream out of the table (from ``since`` on, before ``until``), their keys into ``dp_changed``; returns
    their number."""
    cursor.execute(
        sql.SQL("""
            WITH gone AS (DELETE FROM {table} WHERE stream = %s AND (%s::timestamptz IS NULL OR time >= %s)
                          AND (%s::timestamptz IS NULL OR time < %s) RETURNING stream, time)
            INSERT INTO {changed} SELECT stream, time FROM gone
        """).format(table=_table(table), changed=CHANGED),
        (stream, since, since, until, until),
    )
    return cursor.rowcount


def stage_loaded(cursor: Any, resource_id: str, columns: Sequence[str], gate: Gate, new: Collection[str] = ()) -> int:
    """Keep the loaded rows that do not pass, unless the table holds just the same; returns how many were new or
    different. ``new``: columns that the table does not have."""
    if gate.open:
        return 0
    tables.prepare(cursor)
    outside = sql.SQL("NOT ({inside})").format(inside=sql.SQL(gate.condition))
    for column in gate.held_back:
        outside = sql.SQL("{so_far} OR l.{name} IS NOT NULL").format(so_far=outside, name=sql.Identifier(column))
    shared = [column for column in columns if column not in new]
    unheard = sql.SQL("").join(sql.SQL(" OR l.{0} IS NOT NULL").format(sql.Identifier(c)) for c in columns if c in new)
    cursor.execute(
        sql.SQL("""
            INSERT INTO {waiting} (resource_id, stream, time, content)
            SELECT DISTINCT ON (l.stream, l.time) %s, l.stream, l.time, to_jsonb(l) FROM {load} l
            WHERE ({outside}) AND (NOT EXISTS (
                SELECT FROM {table} t WHERE t.stream = l.stream AND t.time = l.time AND ({theirs}) IS NOT DISTINCT
                FROM ({ours})){unheard})
            ORDER BY l.stream, l.time, {latest} l.ctid DESC
            ON CONFLICT (resource_id, stream, time) DO UPDATE SET content = EXCLUDED.content, arrived = now()
            WHERE dp_waiting.content IS DISTINCT FROM EXCLUDED.content
        """).format(
            waiting=WAITING,
            load=_LOAD,
            outside=outside,
            table=_table(resource_id),
            theirs=_names(shared, "t"),
            ours=_names(shared, "l"),
            unheard=unheard,
            latest=sql.SQL("l.result_time DESC NULLS LAST," if "result_time" in columns else ""),
        ),
        (resource_id, *gate.parameters),
    )
    return cursor.rowcount


def release(cursor: Any, resource_id: str, streams: Sequence[str] | None) -> int:
    """Move waiting rows (of ``streams``, None: all) into the table; returns how many were new or different there.
    What has values for columns that the table does not have waits on."""
    tables.prepare(cursor)
    columns = columns_of(cursor, resource_id)
    cursor.execute(
        sql.SQL("""
            CREATE TEMP TABLE {load} ON COMMIT DROP AS WITH moved AS (
                DELETE FROM {waiting} WHERE resource_id = %s AND (%s::text[] IS NULL OR stream = ANY(%s))
                AND NOT jsonb_strip_nulls(content) ?| %s RETURNING
                content)
            SELECT r.* FROM moved, jsonb_populate_record(NULL::{table}, moved.content) r
        """).format(load=_LOAD, waiting=WAITING, table=_table(resource_id)),
        (resource_id, streams, streams, list(newcolumns.of(cursor, resource_id))),
    )
    return merge_loaded(cursor, resource_id, Gate("true", (), tuple(columns)))


def waiting(cursor: Any, resource_id: str) -> list[dict[str, Any]]:
    """For each stream what waits: ``stream``, ``rows``, ``first``, ``last``, ``arrived`` (latest; UTC)."""
    tables.prepare(cursor)
    cursor.execute(
        sql.SQL("""SELECT stream, count(*), min(time), max(time), max(arrived) FROM {waiting}
                   WHERE resource_id = %s GROUP BY stream ORDER BY stream""").format(waiting=WAITING),
        (resource_id,),
    )
    return [dict(zip(("stream", "rows", "first", "last", "arrived"), row, strict=True)) for row in cursor.fetchall()]


def discard(cursor: Any, resource_id: str) -> int:
    """Forget what waits; returns the number of rows."""
    tables.prepare(cursor)
    cursor.execute(sql.SQL("DELETE FROM {waiting} WHERE resource_id = %s").format(waiting=WAITING), (resource_id,))
    return cursor.rowcount


def _table(name: str) -> sql.Identifier:
    return tables.name(name)


def _names(columns: Sequence[str], alias: str = "") -> sql.Composed:
    dot = sql.SQL(f"{alias}." if alias else "")
    return sql.SQL(", ").join(dot + sql.Identifier(column) for column in columns)
