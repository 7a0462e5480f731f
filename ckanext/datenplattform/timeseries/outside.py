"""What of a series that is not public yet lies outside a scope: asked before its dataset is published without a vote."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

from psycopg2 import sql

from ..core import signals
from . import store, tables
from .scope import gate

log = logging.getLogger(__name__)

#: Different texts of a column that are looked at; what has more cannot be told.
MOST = 50_000
_TEXT = frozenset({"text", "character varying", "json", "jsonb"})


def outside(package_id: str, resource_id: str, scope: Mapping[str, Any], licence: str | None) -> set[str]:
    """Codes of `scope.CODES`, each for rows or columns that this scope would hold back; "no_table" where there is no series yet.

    :param licence: of the dataset
    """
    with store.transaction() as cursor:
        kinds = tables.types(cursor, resource_id)
        if not kinds:
            return {"no_table"}
        found = gate(True, scope, list(kinds), datetime.now(timezone.utc), kinds, licence)
        codes = {"column"} if found.held_back else set()
        for clause in found.clauses:
            # with a parameter in any case: only then signs of per cent in names are read as such
            query = sql.SQL("SELECT %s AND EXISTS (SELECT FROM {table} l WHERE NOT ({inside}))").format(
                table=tables.name(resource_id), inside=sql.SQL(clause.sql)
            )
            cursor.execute(query, (True, *clause.parameters))
            if cursor.fetchone()[0]:
                codes.add(clause.code)
        texts = {name: _distinct(cursor, resource_id, name) for name, kind in kinds.items() if kind in _TEXT}
    if any(len(values) > MOST for values in texts.values()):
        return codes | {"check_failed"}
    return codes | _said(package_id, resource_id, texts)


@contextmanager
def alone(resource_ids: Iterable[str]) -> Iterator[None]:
    """Meanwhile nobody else writes rows of these series through this room."""
    with store.transaction() as cursor:
        for resource_id in sorted(resource_ids):
            tables.alone(cursor, resource_id)
        yield


def _distinct(cursor: Any, resource_id: str, name: str) -> list[str]:
    query = sql.SQL("SELECT DISTINCT {name}::text FROM {table} WHERE {name} IS NOT NULL LIMIT %s")
    cursor.execute(query.format(name=sql.Identifier(name), table=tables.name(resource_id)), (MOST + 1,))
    return [value for (value,) in cursor.fetchall()]


def _said(package_id: str, resource_id: str, texts: Mapping[str, list[str]]) -> set[str]:
    """What other rooms say of the texts, as of rows that arrive; one that breaks lets nothing pass."""
    codes: set[str] = set()
    for receiver in signals.series_rows.receivers_for(package_id):
        try:
            found = receiver(package_id, resource_id=resource_id, texts=texts) or {}
        except Exception as problem:
            log.error("series %s could not be checked: %s", resource_id, type(problem).__name__)
            return {"check_failed"}
        codes |= set(found.get("why") or ())
        codes |= {"personal_data"} if any((found.get("values") or {}).values()) else set()
    return codes
