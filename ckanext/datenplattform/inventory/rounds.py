"""A round of the Dateninventur: which state of a unit follows which. Pure: knows nothing of CKAN, people or tables.

    open ──report──▶ reported ──────sign──▶ signed
      └──nothing──▶ nothing_to_report ─sign──┘     (reopen leads back to open; what is signed only by the inventory lead)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

State = Literal["open", "reported", "nothing_to_report", "signed"]
Event = Literal["report", "nothing", "sign", "reopen"]

OPEN: State = "open"
STATES: tuple[State, ...] = ("open", "reported", "nothing_to_report", "signed")
EVENTS: tuple[Event, ...] = ("report", "nothing", "sign", "reopen")
# what a unit says by the action, and the event that it is
SAID: dict[str, Event] = {"reported": "report", "nothing_to_report": "nothing", "open": "reopen"}
# a unit has said something: what counts as coverage
DONE: frozenset[State] = frozenset({"reported", "nothing_to_report", "signed"})

TRANSITIONS: dict[tuple[State, Event], State] = {
    ("open", "report"): "reported",
    ("open", "nothing"): "nothing_to_report",
    ("reported", "nothing"): "nothing_to_report",
    ("nothing_to_report", "report"): "reported",
    ("reported", "sign"): "signed",
    ("nothing_to_report", "sign"): "signed",
    ("reported", "reopen"): "open",
    ("nothing_to_report", "reopen"): "open",
    ("signed", "reopen"): "open",
}


class Illegal(Exception):
    """This state does not allow that event. `state` and `event` say which."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"{state}: {event}")
        self.state, self.event = state, event


def after(state: str, event: str, closed: bool = False) -> State:
    """The state after an event; raises Illegal. In a closed round nothing happens any more.

    >>> after("open", "report")
    'reported'
    """
    found = None if closed else TRANSITIONS.get((cast(State, state), cast(Event, event)))
    if found is None:
        raise Illegal(state, event)
    return found


def allowed(state: str, closed: bool = False) -> tuple[Event, ...]:
    """The events that a state allows."""
    return () if closed else tuple(event for event in EVENTS if (state, event) in TRANSITIONS)


def coverage(states: Iterable[str]) -> dict[str, int]:
    """How many units stand where: {state: number, "units", "done", "percent"}; percent of units that said something."""
    found = list(states)
    counts = {state: found.count(state) for state in STATES}
    done = sum(counts[state] for state in DONE)
    return {**counts, "units": len(found), "done": done, "percent": round(100 * done / len(found)) if found else 0}
