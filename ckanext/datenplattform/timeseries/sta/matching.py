"""Whether an entity that is at hand fits a filter, and in which order entities come. Pure.

As in OData: what is missing is not more and not less than anything, and differs from everything but null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import datetime
from typing import Any

from .filters import Both, Comparison, Expression, Function, Opposite, time

Look = Callable[[tuple[str, ...]], Any]
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith, "endswith": str.endswith, "substringof": operator.contains,
}  # fmt: skip


def fits(expression: Expression, look: Look) -> bool:
    """Whether the entity fits whose properties ``look`` finds by their path."""
    if isinstance(expression, Both):
        return (all if expression.every else any)(fits(part, look) for part in expression.parts)
    if isinstance(expression, Opposite):
        return not fits(expression.inner, look)
    found = look(expression.path)
    if isinstance(expression, Function):
        return isinstance(found, str) and _TEXT[expression.name](found, expression.value)
    return _compared(expression, found)


def _compared(comparison: Comparison, found: Any) -> bool:
    if comparison.operator == "ne":
        return not _compared(Comparison(comparison.path, "eq", comparison.value), found)
    if found is None or comparison.value is None:
        return comparison.operator == "eq" and found is comparison.value
    holds = _ORDERS[comparison.operator]
    if isinstance(comparison.value, datetime):
        if not isinstance(found, str) or not found[:4].isdigit():
            return False
        # a period is before what its end is before, and after what its beginning is after
        begin, _, end = found.partition("/")
        ends = {"lt": (end or begin,), "le": (end or begin,), "eq": (begin, end or begin)}.get(comparison.operator, (begin,))
        return all(holds(time(text), comparison.value) for text in ends)
    if isinstance(found, bool) or isinstance(comparison.value, bool):
        return isinstance(found, bool) and isinstance(comparison.value, bool) and holds(found, comparison.value)
    if isinstance(found, str) != isinstance(comparison.value, str) or not isinstance(found, (str, int, float)):
        return False
    return holds(found, comparison.value)


def rank(value: Any) -> tuple[int, Any]:
    """By what a value is sorted: nothing first, then numbers, texts, all else as text."""
    if value is None:
        return 0, 0
    if isinstance(value, (bool, int, float)):
        return 1, value
    return 2, str(value)
