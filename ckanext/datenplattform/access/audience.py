"""Who sees what: the table of docs/design as data, without CKAN.

A reader of a dataset has one *level*: None (404), "entry" (what may become public, and the unit),
"data" (entry, files and rows) or "all" (with inventory record and case).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Level = Literal["entry", "data", "all"]
State = Literal[
    "draft", "internal", "entry_released", "in_review", "changes_requested", "refused", "published", "withdrawn", "deleted"
]
Reader = Literal["anonymous", "staff", "editor", "board", "dataspace"]

RANK: dict[Level | None, int] = {None: 0, "entry": 1, "data": 2, "all": 3}

_BEFORE_DECISION: dict[Reader, Level] = {"staff": "entry", "editor": "all", "board": "all", "dataspace": "data"}

TABLE: dict[State, dict[Reader, Level]] = {
    "draft": {"editor": "all"},
    "internal": {"staff": "entry", "editor": "all", "board": "entry", "dataspace": "data"},
    # the board released the entry (Nachweis); what anonymous readers get stands in the register, not here
    "entry_released": _BEFORE_DECISION,
    "in_review": _BEFORE_DECISION,
    "changes_requested": _BEFORE_DECISION,
    "refused": _BEFORE_DECISION,
    "withdrawn": _BEFORE_DECISION,
    "published": {"anonymous": "data", "staff": "data", "editor": "all", "board": "all", "dataspace": "data"},
    "deleted": {},
}


def state_of(package_state: str, published: bool, review_state: str | None) -> State:
    """The state that decides about readers, from CKAN's state, the publication row and the stage of review."""
    if package_state.startswith("draft"):
        return "draft"
    if package_state != "active":
        return "deleted"
    if published:
        return "published"
    return review_state or "internal"  # type: ignore[return-value]


def level(state: State, confidential: bool, readers: Iterable[Reader]) -> Level | None:
    """The highest level that any of the reader's roles gives in this state.

    `confidential` (protection need high) hides everything from staff of other units, whatever the state,
    until it is published.
    """
    row = TABLE[state]
    best: Level | None = None
    for reader in readers:
        if reader == "staff" and confidential and state != "published":
            continue
        found = row.get(reader)
        if RANK[found] > RANK[best]:
            best = found
    return best
