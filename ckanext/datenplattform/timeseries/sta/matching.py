"""Whether an entity that is at hand fits a filter, and in which order entities come. Pure.

As in OData: what is missing is not more and not less than anything, and differs from everything but null.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from .filters import Both, Comparison, Expression, Function, Opposite, Refused, Touching, time

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
    if isinstance(expression, Touching):
        return _touches(expression.corners, found)
    return _compared(expression, found)


def _touches(corners: Sequence[tuple[float, float]], place: Any) -> bool:
    """Whether a point (GeoJSON; our places are points) is in a polygon or on its border: a ray to the east crosses it an odd number of
    times."""
    if isinstance(place, dict) and place.get("type") == "Feature":
        place = place.get("geometry")
    if not isinstance(place, dict) or place.get("type") != "Point":
        return False
    x, y = place["coordinates"][:2]
    inside = False
    for (x1, y1), (x2, y2) in zip(corners, [*corners[1:], corners[0]], strict=True):
        turn = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if turn == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if (y1 > y) != (y2 > y) and (turn > 0) == (y2 > y1):
            inside = not inside
    return inside


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
        try:
            return all(holds(time(text), comparison.value) for text in ends)
        except Refused:
            return False  # a text that only begins like a time
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
