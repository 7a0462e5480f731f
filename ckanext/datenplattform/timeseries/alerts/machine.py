"""When a rule is met: a state machine over the values of one series. Pure.

calm → pending (the condition is met, not yet long enough) → open → calm. An alert opens when a value shows that the condition has
held for its minimum duration, and closes when a value has gone back over the threshold by the margin (hysteresis): a value that
trembles around the threshold opens one alert, not fifty. Values are judged in the order of their own times, never of their
arrival; who gets a late or a corrected one judges anew from before it (`replay`) and compares what came out (`reconciled`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

KINDS = ("below", "above", "missing", "change")
DIRECTIONS = ("both", "rise", "fall")
CALM, PENDING, OPEN = "calm", "pending", "open"
_ZERO = timedelta()
#: A value older than this (or than twice what a rule looks at) is history: it opens no alert.
_RECENT = timedelta(days=1)

Value = tuple[datetime, float]


@dataclass(frozen=True)
class Rule:
    """``threshold`` and ``margin`` in the unit of the series; ``duration``: how long it must last; ``period``: after which time a
    value is missing, or within which a change counts."""

    kind: str
    threshold: float = 0.0
    margin: float = 0.0
    duration: timedelta = _ZERO
    period: timedelta = _ZERO
    direction: str = "both"

    @property
    def horizon(self) -> timedelta:
        """How far back values count."""
        return max(_RECENT, 2 * self.duration, 2 * self.period)

    def met(self, value: float) -> bool:
        """Whether a value (of ``change``: of `changes`) is beyond the threshold."""
        return value < self.threshold if self.kind == "below" else value > self.threshold

    def recovered(self, value: float) -> bool:
        """Whether a value is back by the margin."""
        return value >= self.threshold + self.margin if self.kind == "below" else value <= self.threshold - self.margin


@dataclass(frozen=True)
class State:
    """``since``: when the condition began (None when calm); ``seen``: time of the newest value that was judged."""

    phase: str = CALM
    since: datetime | None = None
    seen: datetime | None = None


class Event(NamedTuple):
    """``what``: opened or closed; ``at``: when that was clear; ``since``: when the condition began; ``value``: what showed it."""

    what: str
    at: datetime
    since: datetime
    value: float | None


def step(rule: Rule, state: State, at: datetime, value: float) -> tuple[State, Event | None]:
    """Judge one value of `below`, `above` or `change`; one that is not newer than what was judged changes nothing."""
    if state.seen is not None and at <= state.seen:
        return state, None
    state = replace(state, seen=at)
    if state.phase == OPEN and state.since is not None:
        if rule.recovered(value):
            return State(CALM, None, at), Event("closed", at, state.since, value)
        return state, None
    if not rule.met(value):
        return State(CALM, None, at), None
    since = state.since or at
    if at - since >= rule.duration:
        return State(OPEN, since, at), Event("opened", at, since, value)
    return State(PENDING, since, at), None


def replay(rule: Rule, state: State, values: Iterable[Value]) -> tuple[State, list[Event]]:
    """Judge values in the order of their times."""
    events = []
    for at, value in sorted(values):
        state, event = step(rule, state, at, value)
        if event:
            events.append(event)
    return state, events


def silence(rule: Rule, state: State, last: datetime, now: datetime) -> tuple[State, Event | None]:
    """Judge `missing`: ``last`` is the time of the newest value at this moment."""
    silent = now - last >= rule.period
    if silent and state.phase != OPEN:
        return State(OPEN, last, last), Event("opened", last + rule.period, last, None)
    if not silent and state.phase == OPEN and state.since is not None:
        return State(CALM, None, last), Event("closed", last, state.since, None)
    return replace(state, seen=last), None


def gaps(rule: Rule, times: Iterable[datetime], until: datetime) -> list[Event]:
    """What `missing` would have reported between these times, and up to ``until``."""
    events: list[Event] = []
    last: datetime | None = None
    for time in sorted(times):
        if last is not None and time - last >= rule.period:
            events += [Event("opened", last + rule.period, last, None), Event("closed", time, last, None)]
        last = time
    if last is not None and until - last >= rule.period:
        events.append(Event("opened", last + rule.period, last, None))
    return events


def changes(values: Iterable[Value], period: timedelta, direction: str) -> Iterator[Value]:
    """For each value by how much it has changed within the period before it: the largest rise, fall, or either."""
    lowest: deque[Value] = deque()
    highest: deque[Value] = deque()
    for at, value in sorted(values):
        for kept in (lowest, highest):
            while kept and kept[0][0] < at - period:
                kept.popleft()
        while lowest and lowest[-1][1] >= value:
            lowest.pop()
        while highest and highest[-1][1] <= value:
            highest.pop()
        lowest.append((at, value))
        highest.append((at, value))
        rise, fall = value - lowest[0][1], highest[0][1] - value
        yield at, {"rise": rise, "fall": fall}.get(direction, max(rise, fall))


def reconciled(before: State, after: State, events: list[Event], now: datetime) -> Event | None:
    """What a judgement anew comes to for those who know of ``before``: only what holds at the end counts, the past is not told
    again."""
    if (before.phase == OPEN) == (after.phase == OPEN):
        return None
    what = "opened" if after.phase == OPEN else "closed"
    for event in reversed(events):
        if event.what == what:
            return event
    since = after.since or before.since or now
    return Event(what, now, since, None)
