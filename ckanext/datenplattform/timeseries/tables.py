"""The tables of the room in the DataStore's database, beside the series themselves.

They live in a schema of their own: the DataStore's permission script makes every table in `public` readable, and its user
cannot see this one. They are made when they are first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg2 import sql

SCHEMA = "dp_staging"
#: Rows that wait for a decision.
WAITING = sql.Identifier(SCHEMA, "dp_waiting")
#: What a quarter, an hour, a day came to; and for states, how long each was in force.
ROLLUP = sql.Identifier(SCHEMA, "dp_rollup")
STATES = sql.Identifier(SCHEMA, "dp_rollup_state")
#: How often a table has changed: what was read before is stale.
VERSION = sql.Identifier(SCHEMA, "dp_series_version")
#: From when on single values of a stream are there: older ones were removed by retention and do not come back.
KEPT = sql.Identifier(SCHEMA, "dp_series_kept")
#: Temporary: (stream, time) of the rows that a transaction changes.
CHANGED = sql.Identifier("dp_changed")
#: PostgreSQL's channel on which a change of a table is told; the payload is the resource's id.
CHANNEL = "dp_series"
_LOCK = 0x64705F7374616765  # "dp_stage"
_WRITING = 0x6470  # "dp"

_MAKE = sql.SQL("""
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {waiting} (
    resource_id text NOT NULL, stream text NOT NULL, time timestamptz NOT NULL, content jsonb NOT NULL,
    arrived timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (resource_id, stream, time));
CREATE TABLE IF NOT EXISTS {rollup} (
    resource_id text NOT NULL, step text NOT NULL, stream text NOT NULL, bucket timestamptz NOT NULL, count bigint NOT NULL,
    numbers bigint NOT NULL, total numeric, least numeric, greatest numeric, last numeric, last_text text, last_time timestamptz,
    sines float8, cosines float8, PRIMARY KEY (resource_id, step, stream, bucket));
CREATE TABLE IF NOT EXISTS {states} (
    resource_id text NOT NULL, step text NOT NULL, stream text NOT NULL, bucket timestamptz NOT NULL, state text NOT NULL,
    seconds numeric NOT NULL, PRIMARY KEY (resource_id, step, stream, bucket, state));
CREATE TABLE IF NOT EXISTS {kept} (
    resource_id text NOT NULL, stream text NOT NULL, since timestamptz NOT NULL, PRIMARY KEY (resource_id, stream));
CREATE TABLE IF NOT EXISTS {version} (resource_id text PRIMARY KEY, version bigint NOT NULL, changed timestamptz NOT NULL);
""").format(schema=sql.Identifier(SCHEMA), waiting=WAITING, rollup=ROLLUP, states=STATES, kept=KEPT, version=VERSION)


def prepare(cursor: Any) -> None:
    """Make schema and tables, once."""
    # the one that is made last
    cursor.execute("SELECT to_regclass(%s)", (f"{SCHEMA}.dp_series_version",))
    if cursor.fetchone()[0] is not None:
        return
    # CREATE … IF NOT EXISTS fails when two do it at once.
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
    cursor.execute(_MAKE)


def alone(cursor: Any, resource_id: str) -> None:
    """One writer at a time for each table, until the end of the transaction: rollups are computed from all its rows, and the
    order of ``_id`` is the order in which rows become visible."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_WRITING, resource_id))


def changed(cursor: Any) -> None:
    """Make the temporary table of changed rows, empty."""
    cursor.execute(
        sql.SQL("DROP TABLE IF EXISTS {changed}; CREATE TEMP TABLE {changed} (stream text, time timestamptz) ON COMMIT DROP").format(
            changed=CHANGED
        )
    )


def told(cursor: Any, resource_id: str) -> None:
    """The table has changed: what was read before is stale, and who listens hears of it when the transaction commits."""
    cursor.execute(
        sql.SQL("""INSERT INTO {version} AS v VALUES (%s, 1, now()) ON CONFLICT (resource_id)
                   DO UPDATE SET version = v.version + 1, changed = now()""").format(version=VERSION),
        (resource_id,),
    )
    cursor.execute("SELECT pg_notify(%s, %s)", (CHANNEL, resource_id))


def name(resource_id: str) -> sql.Identifier:
    """The table of a series."""
    return sql.Identifier("public", resource_id)


def types(cursor: Any, resource_id: str) -> Mapping[str, str]:
    """Column → type (as PostgreSQL writes it) of a series without CKAN's own; empty when there is no such table."""
    cursor.execute(
        """SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
           WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped ORDER BY attnum""",
        ('public."{}"'.format(resource_id.replace('"', '""')),),
    )
    return {column: kind for column, kind in cursor.fetchall() if column not in ("_id", "_full_text")}
