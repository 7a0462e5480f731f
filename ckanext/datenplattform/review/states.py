"""The one table of what can happen to a case. Pure: knows nothing of CKAN; `cases.py` carries it out.

draft (no case yet) → submitted → checks → in_review → approved → published; on the way out: changes_requested,
refused, withdrawn, expired. What was closed is never opened again: the unit submits anew, as a new case. A
publication that is withdrawn later is an event of its dataset; its case stays published, because it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal[
    "draft", "submitted", "checks", "in_review", "approved", "published",
    "changes_requested", "refused", "withdrawn", "expired",
]  # fmt: skip
# who acts: the unit's editors; the board by vote; its lead alone; the municipality's rules; the clock; the portal itself;
# the board's standing release of a source
Actor = Literal["unit", "board", "dpo", "lead", "rules", "clock", "portal", "release"]
# what must hold, see MEANING
Condition = Literal[
    "complete", "electorate", "no_stop", "stop", "majority", "fast_track", "four_eyes", "silence", "interest", "defect",
    "reason", "unchanged", "changed", "due", "overdue", "gone", "within",
]  # fmt: skip
Audience = Literal["unit", "board", "lead", "dpo"]

MEANING: dict[Condition, str] = {
    "complete": "metadata and inventory record have what they need",
    "electorate": "as many seats may vote as the quorum demands",
    "no_stop": "no automatic check says stop",
    "stop": "an automatic check says stop",
    "majority": "quorum and majority are there, and no outstanding vote can change that",
    "fast_track": "the case is on the fast track",
    "four_eyes": "who decides neither submitted nor edited, and did not recuse",
    "silence": "the municipality's file takes silence for consent, the deadline is over and nobody said no",
    "interest": "a protected interest of the closed list is named",
    "defect": "a defect is named, and a day by which to mend it",
    "reason": "a reason is given",
    "unchanged": "content and files have the hash that was decided",
    "changed": "content or files are not what was decided",
    "due": "the date of release has come",
    "overdue": "the time after the deadline that the rules give is over",
    "gone": "the dataset was deleted or purged",
    "within": "the board has released the source, and the dataset is within the scope of that release",
}


@dataclass(frozen=True)
class Transition:
    """One way from state to state: who may go it, what must hold (each of `needs`), which event is
    written (none where it is empty), who is told."""

    name: str
    source: State
    target: State
    by: frozenset[Actor]
    needs: frozenset[Condition]
    writes: str
    tells: tuple[Audience, ...] = ()


def _way(name: str, source: State, target: State, by: str, needs: str, writes: str, tells: str = "") -> Transition:
    return Transition(name, source, target, frozenset(by.split()), frozenset(needs.split()), writes, tuple(tells.split()))  # type: ignore[arg-type]


TABLE: tuple[Transition, ...] = (
    _way("submit", "draft", "submitted", "unit", "complete electorate", "submitted"),
    # a new dataset of a source that the board has released: nobody is asked again
    _way("submit", "draft", "submitted", "release", "complete within", "submitted"),
    _way("approve", "checks", "approved", "release", "no_stop within", "approved"),
    _way("release", "approved", "published", "release", "unchanged due within", "published"),
    # both follow a submission at once, without an event of their own; large files are checked in the background first
    _way("check", "submitted", "checks", "portal", "", ""),
    _way("open", "checks", "in_review", "portal", "no_stop", "", "board dpo"),
    _way("stop", "checks", "changes_requested", "portal", "stop", "changes_requested", "unit"),
    _way("give_back", "checks", "changes_requested", "portal", "changed", "changes_requested", "unit"),
    # the decision: by vote, by the lead alone on the fast track, by the rules where they say so
    _way("approve", "in_review", "approved", "board", "majority four_eyes", "approved"),
    _way("approve", "in_review", "approved", "lead", "fast_track four_eyes", "approved"),
    _way("approve", "in_review", "approved", "rules", "silence", "approved"),
    _way("refuse", "in_review", "refused", "board", "majority four_eyes interest", "refused", "unit dpo"),
    _way("refuse", "in_review", "refused", "lead", "fast_track four_eyes interest", "refused", "unit dpo"),
    _way("request_changes", "in_review", "changes_requested", "board", "majority four_eyes defect", "changes_requested", "unit"),
    _way("request_changes", "in_review", "changes_requested", "lead", "four_eyes defect", "changes_requested", "unit"),
    # carried out
    _way("release", "approved", "published", "portal", "unchanged due", "published", "unit board"),
    _way("give_back", "approved", "changes_requested", "portal", "changed", "changes_requested", "unit"),
    # out of it
    *(
        way
        for source in ("submitted", "checks", "in_review", "approved")
        for way in (
            _way("withdraw", source, "withdrawn", "unit board lead dpo", "reason", "withdrawn", "unit board"),
            _way("vanish", source, "withdrawn", "portal", "gone", "withdrawn", "board"),
        )
    ),
    _way("expire", "in_review", "expired", "clock", "overdue", "expired", "unit board"),
    _way("expire", "changes_requested", "expired", "clock", "overdue", "expired", "unit"),
)
STATES: tuple[State, ...] = (
    "draft", "submitted", "checks", "in_review", "approved", "published", "changes_requested", "refused", "withdrawn", "expired",
)  # fmt: skip
#: a case in one of these is not closed
RUNNING: tuple[State, ...] = ("submitted", "checks", "in_review", "approved")


class NotPossible(Exception):
    """The table has no such way; the message says for developers why."""


def take(state: str, name: str, by: str, holds: Iterable[str]) -> Transition:
    """The transition `name` from `state` by this actor, when all it needs holds. Raises NotPossible."""
    given = set(holds)
    ways = [way for way in TABLE if (way.name, way.source) == (name, state)]
    if not ways:
        raise NotPossible(f"{name} is not possible in state {state}")
    ways = [way for way in ways if by in way.by]
    if not ways:
        raise NotPossible(f"{by} may not {name} in state {state}")
    for way in ways:
        if way.needs <= given:
            return way
    raise NotPossible(f"{name} in state {state} by {by} needs {sorted(ways[0].needs - given)}")
