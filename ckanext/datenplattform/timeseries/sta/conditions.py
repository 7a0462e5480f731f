"""From a filter of Observations to SQL. All values are parameters; columns are those that the table has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg2 import sql

from ...core.i18n import N_
from . import ids
from .filters import INTERSECTS, Both, Comparison, Expression, Function, Opposite, Refused, Touching

#: By what Observations can be filtered.
OFFERED = "phenomenonTime, resultTime, result, id, Datastream/id, parameters/…"
NOT_OFFERED = N_("Measurements cannot be filtered by “%(what)s” here. What works, in comparisons: %(known)s")
NEEDS_TIME = N_("%(what)s has to be compared with a time like 2026-03-29T12:00:00Z.")

Condition = tuple[sql.Composable, list[Any]]
_SIGNS = {"eq": "=", "ne": "IS DISTINCT FROM", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_TIMES: dict[tuple[str, ...], str] = {("phenomenonTime",): "time", ("resultTime",): "result_time"}
_NEVER: Condition = (sql.SQL("false"), [])
_NUMBERS = ("numeric", "double precision", "real", "integer", "bigint", "smallint")


def condition(expression: Expression, types: Mapping[str, str], resource_id: str) -> Condition:
    """The condition for rows (alias ``t``) of a table with columns of these types. Raises Refused."""
    if isinstance(expression, Both):
        parts = [condition(part, types, resource_id) for part in expression.parts]
        joined = sql.SQL(" AND " if expression.every else " OR ").join(part for part, _ in parts)
        return sql.SQL("({0})").format(joined), [value for _, values in parts for value in values]
    if isinstance(expression, Opposite):
        inner, values = condition(expression.inner, types, resource_id)
        # what is not known to be so is not so
        return sql.SQL("NOT coalesce({0}, false)").format(inner), values
    if isinstance(expression, (Function, Touching)):
        what = expression.name if isinstance(expression, Function) else INTERSECTS
        raise Refused(501, NOT_OFFERED, what=what, known=OFFERED)
    path = expression.path
    if path in _TIMES:
        return _time(expression, types)
    if path in (("id",), ("@iot.id",), ("Datastream", "id"), ("Datastream", "@iot.id")):
        return _identity(expression, resource_id)
    if path == ("result",):
        return _result(expression, types)
    if path[0] == "parameters" and len(path) == 2:
        found = _text(path[1], types) if path[1] in types else None
        return _compared(found, "text", expression.operator, expression.value)
    raise Refused(501, NOT_OFFERED, what="/".join(path)[:60], known=OFFERED)


def _time(comparison: Comparison, types: Mapping[str, str]) -> Condition:
    if comparison.value is not None and not isinstance(comparison.value, datetime):
        raise Refused(400, NEEDS_TIME, what=comparison.path[0])
    column = _TIMES[comparison.path]
    found = sql.Identifier("t", column) if column in types else None
    return _compared(found, "time", comparison.operator, comparison.value)


def _identity(comparison: Comparison, resource_id: str) -> Condition:
    """By id: which series, and of an Observation which time. Only equal or not."""
    if comparison.operator not in ("eq", "ne"):
        raise Refused(501, NOT_OFFERED, what="/".join(comparison.path), known=OFFERED)
    parts = ids.parts(comparison.value) if isinstance(comparison.value, str) else None
    time = ids.moment(parts[2]) if parts and len(parts) == 3 else None
    if comparison.path[0] == "Datastream" and parts and len(parts) == 2 and parts[0] == resource_id:
        found: Condition = (sql.SQL("t.stream = %s"), [parts[1]])
    elif comparison.path[0] != "Datastream" and parts and time is not None and parts[0] == resource_id:
        found = (sql.SQL("(t.stream = %s AND t.time = %s)"), [parts[1], time])
    else:
        found = _NEVER
    return found if comparison.operator == "eq" else (sql.SQL("NOT ({0})").format(found[0]), found[1])


def _result(comparison: Comparison, types: Mapping[str, str]) -> Condition:
    """The column in which results of the value's type stand."""
    value, boolean = comparison.value, types.get("value") == "boolean"
    if value is None:
        there = [sql.Identifier("t", name) for name in ("value", "value_number", "value_text") if name in types]
        if comparison.operator not in ("eq", "ne"):
            return _NEVER
        empty = sql.SQL(" AND ").join(sql.SQL("{0} IS NULL").format(column) for column in there) if there else sql.SQL("true")
        return sql.SQL("({0})" if comparison.operator == "eq" else "NOT ({0})").format(empty), []
    if isinstance(value, bool):
        if boolean:
            return _compared(sql.Identifier("t", "value"), "boolean", comparison.operator, value)
        return _compared(_text("value_text", types), "text", comparison.operator, "true" if value else "false")
    if isinstance(value, str):
        return _compared(_text("value_text", types), "text", comparison.operator, value)
    if isinstance(value, datetime):
        return _compared(None, "time", comparison.operator, value)
    column = "value_number" if boolean else "value"
    return _compared(sql.Identifier("t", column) if types.get(column) in _NUMBERS else None, "number", comparison.operator, value)


def _text(column: str, types: Mapping[str, str]) -> sql.Composable | None:
    return sql.SQL("{0}::text").format(sql.Identifier("t", column)) if column in types else None


def _compared(found: sql.Composable | None, kind: str, operator: str, value: Any) -> Condition:
    """``found``: where the value stands; None: in no column of this table, as if it were null everywhere."""
    if value is None:
        holds = {"eq": "IS NULL", "ne": "IS NOT NULL"}.get(operator)
        if found is None or holds is None:
            return sql.SQL("true" if operator == "eq" else "false"), []
        return sql.SQL("{0} {1}").format(found, sql.SQL(holds)), []
    if found is None:
        return sql.SQL("true" if operator == "ne" else "false"), []
    if kind == "text":
        if "\0" in str(value):
            return sql.SQL("true" if operator == "ne" else "false"), []
        # by the code points, as everywhere in JSON
        return sql.SQL('{0} COLLATE "C" {1} %s').format(found, sql.SQL(_SIGNS[operator])), [str(value)]
    return sql.SQL("{0} {1} %s").format(found, sql.SQL(_SIGNS[operator])), [value]
