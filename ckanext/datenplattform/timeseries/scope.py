"""What of a published series a standing release lets through. Pure: conditions in, SQL out.

`scope` as `access.shared.standing_release` gives it: ``streams`` and ``columns`` (None: all), ``resolution_seconds``
(finest time step, None: any), ``until`` (UTC; afterwards nothing passes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

KEY = ("stream", "time")


@dataclass(frozen=True)
class Gate:
    """Which rows pass (SQL condition on the loaded rows, with its parameters) and with which columns."""

    condition: str
    parameters: tuple[Any, ...] = ()
    columns: tuple[str, ...] = ()
    held_back: tuple[str, ...] = field(default=())

    @property
    def open(self) -> bool:
        """Whether everything passes."""
        return self.condition == "true" and not self.held_back

    @property
    def closed(self) -> bool:
        """Whether nothing passes."""
        return self.condition == "false"


def gate(published: bool, scope: Mapping[str, Any] | None, columns: Sequence[str], now: datetime) -> Gate:
    """The gate for rows with these columns.

    A dataset that is not published has none. A published one lets only rows within its standing release through, at
    times that are a multiple of the resolution (counted from 1970 in UTC), and of these only the columns released:
    the full row waits.
    """
    columns = tuple(columns)
    if not published:
        return Gate("true", (), columns)
    until = scope.get("until") if scope else None
    if isinstance(until, str):
        until = datetime.fromisoformat(until.replace("Z", "+00:00"))
    if scope is None or (until is not None and until <= now):
        return Gate("false", (), columns)
    conditions: list[str] = []
    parameters: list[Any] = []
    if scope.get("streams") is not None:
        conditions.append("l.stream = ANY(%s)")
        parameters.append(list(scope["streams"]))
    if scope.get("resolution_seconds"):
        conditions.append("mod(extract(epoch from l.time)::numeric, %s) = 0")
        parameters.append(int(scope["resolution_seconds"]))
    released = scope.get("columns")
    passing = tuple(c for c in columns if c in KEY or released is None or c in released)
    held_back = tuple(c for c in columns if c not in passing)
    return Gate(" AND ".join(conditions) or "true", tuple(parameters), passing, held_back)
