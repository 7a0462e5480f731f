"""Columns that a source has begun to give and a published table does not have: nothing of them is lost, nothing of them shows.

Their names and types are noted, their values wait with the rest of the row. The board decides by a standing release that names
them; then the table gets them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from psycopg2 import sql

from . import tables

NOTED = sql.Identifier(tables.SCHEMA, "dp_new_column")
#: Columns that are noted for one series.
MOST = 50
_MAKE = sql.SQL("""
CREATE TABLE IF NOT EXISTS {noted} (
    resource_id text NOT NULL, name text NOT NULL, type text NOT NULL, info jsonb, noted timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (resource_id, name))
""").format(noted=NOTED)


def _there(cursor: Any) -> bool:
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", (f"{tables.SCHEMA}.dp_new_column",))
    return cursor.fetchone()[0]


def note(cursor: Any, resource_id: str, fields: Iterable[Mapping[str, Any]]) -> None:
    """Note columns (``{"id", "type", "info"?}``) that the table must not get yet. Raises psycopg2's errors for no type."""
    tables.prepare(cursor)
    tables.alone(cursor, resource_id)
    if not _there(cursor):
        cursor.execute(_MAKE)
    room = MOST - len(of(cursor, resource_id))
    for field in list(fields)[: max(0, room)]:
        # as PostgreSQL itself writes it: what is no type is none
        cursor.execute(
            sql.SQL("INSERT INTO {noted} VALUES (%s, %s, format_type(%s::regtype, NULL), %s) ON CONFLICT DO NOTHING").format(noted=NOTED),
            (resource_id, field["id"], field["type"], json.dumps(field["info"]) if field.get("info") else None),
        )


def of(cursor: Any, resource_id: str) -> dict[str, str]:
    """Noted column → type, without those that the table has by now."""
    if not _there(cursor):
        return {}
    present = tables.types(cursor, resource_id)
    query = sql.SQL("SELECT name, type FROM {noted} WHERE resource_id = %s ORDER BY noted, name")
    cursor.execute(query.format(noted=NOTED), (resource_id,))
    return {name: kind for name, kind in cursor.fetchall() if name not in present}


def make(cursor: Any, resource_id: str, released: Collection[str]) -> list[str]:
    """Give the table those of the noted columns that are released; their names."""
    made = []
    for name, kind in of(cursor, resource_id).items():
        if name not in released:
            continue
        cursor.execute(
            sql.SQL("ALTER TABLE {table} ADD COLUMN {name} {kind}").format(
                table=tables.name(resource_id), name=sql.Identifier(name), kind=sql.SQL(kind)
            )
        )
        query = sql.SQL("SELECT info::text FROM {noted} WHERE resource_id = %s AND name = %s")
        cursor.execute(query.format(noted=NOTED), (resource_id, name))
        info = cursor.fetchone()[0]
        if info:
            comment = sql.SQL("COMMENT ON COLUMN {table}.{name} IS {info}")
            said = sql.Literal(json.dumps({"_info": json.loads(info)}))
            cursor.execute(comment.format(table=tables.name(resource_id), name=sql.Identifier(name), info=said))
        made.append(name)
    if made:
        cursor.execute(sql.SQL("DELETE FROM {noted} WHERE resource_id = %s AND name = ANY(%s)").format(noted=NOTED), (resource_id, made))
        tables.told(cursor, resource_id)
    return made


def widen_loaded(cursor: Any, load: sql.Identifier, new: Mapping[str, str]) -> None:
    """Give the temporary table of loaded rows the noted columns too."""
    for name, kind in new.items():
        added = sql.SQL("ALTER TABLE {load} ADD COLUMN {name} {kind}")
        cursor.execute(added.format(load=load, name=sql.Identifier(name), kind=sql.SQL(kind)))
