"""Rules follow their series: new, late and corrected rows are judged, alerts open and close.

Where a rule has come to is the number of a row: a corrected row has a new number, and numbers become visible in their order (see
`tables.alone`). So nothing is missed, whoever was down meanwhile, and writing rows costs nothing more than before. State, alert,
log and messages of a judgement are one transaction under a lock on the rule.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ...core.clock import utcnow
from .. import config
from ..query import reading
from . import keeping, values
from .machine import OPEN, Event, Rule, State, Value, changes, gaps, reconciled, replay, silence
from .model import AlertRule

log = logging.getLogger(__name__)


def rule_of(row: Any) -> Rule:
    """The rule of a row (or of a form) for the machine."""
    return Rule(
        row.kind, row.threshold or 0.0, row.margin, timedelta(minutes=row.duration), timedelta(minutes=row.period), row.direction
    )


def run(resources: Iterable[str] | None = None, now: datetime | None = None) -> int:
    """Judge the rules of these tables (None: all that are switched on); returns how many failed, which go on at the next time."""
    wanted = select(AlertRule.id).where(AlertRule.enabled, AlertRule.deleted.is_(None)).order_by(AlertRule.id)
    if resources is not None:
        wanted = wanted.where(AlertRule.resource_id.in_(list(resources)))
    failed = 0
    for rule_id in list(model.Session.execute(wanted).scalars()):
        try:
            judge(rule_id, now)
        except Exception:
            # one rule must not stop the others: alerts are for emergencies
            log.exception("alert rule %s", rule_id)
            failed += 1
        finally:
            model.Session.rollback()
    return failed


def judge(rule_id: str, now: datetime | None = None, anew: bool = False) -> None:
    """Judge one rule, unless another is at it. ``anew``: the rule itself is new or changed. Commits."""
    row = model.Session.query(AlertRule).filter_by(id=rule_id).with_for_update(skip_locked=not anew).populate_existing().first()
    if row is None or not row.enabled or row.deleted or not _is_there(row):
        return
    now = now or utcnow()
    with reading("UTC", config.query_seconds()) as cursor:
        if not values.is_series(cursor, row.resource_id):
            return
        state, events, last_row = _judged(cursor, row, now, anew)
    if state.phase != row.phase or state.since != row.since or state.seen != row.seen or last_row != row.last_row:
        row.phase, row.since, row.seen, row.last_row = state.phase, state.since, state.seen, last_row
    for event, reason in events:
        keeping.happened(row, event, reason, now)
    model.Session.commit()


def _is_there(row: AlertRule) -> bool:
    resource = model.Resource.get(row.resource_id)
    return resource is not None and resource.state == "active" and resource.package.state == "active"


def _judged(cursor: Any, row: AlertRule, now: datetime, anew: bool) -> tuple[State, list[tuple[Event, str]], int]:
    rule, state, until = rule_of(row), State(row.phase, row.since, row.seen), now + values.AHEAD
    if row.kind == "missing":
        last = values.latest(cursor, row.resource_id, row.stream, until) or row.created
        state, event = silence(rule, state, last, now)
        return state, [(event, "changed" if anew else "recovered")] if event else [], row.last_row
    if not values.has_numbers(cursor, row.resource_id):
        return state, [], row.last_row
    newest = values.newest(cursor, row.resource_id)
    # a table that was made again counts from one
    anew_here = anew or newest < row.last_row
    last_row, earliest = (newest, None) if anew_here else values.position(cursor, row.resource_id, row.stream, row.last_row)
    if not anew_here and earliest is None:
        return state, [], last_row
    if anew_here or (state.seen is not None and earliest is not None and earliest <= state.seen):
        start = now - rule.horizon
        before = State()
        if state.phase == OPEN and state.since is not None and not anew:
            # an alert that is older than the window stands as it is at its beginning
            before = State(OPEN, state.since) if state.since < start else before
        found, events = replay(rule, before, _values(cursor, row, rule, start, until))
        found = found if found.seen else State(found.phase, found.since, state.seen)
        event = reconciled(state, found, events, now)
        return found, [(event, "changed" if anew else "corrected")] if event else [], last_row
    assert earliest is not None
    start = earliest if state.phase == OPEN else max(earliest, now - rule.horizon)
    state, events = replay(rule, state, _values(cursor, row, rule, start, until))
    return state, [(event, "recovered") for event in events], last_row


def _values(cursor: Any, row: Any, rule: Rule, start: datetime, until: datetime) -> list[Value]:
    """What the machine judges from ``start`` on."""
    if rule.kind != "change":
        return values.numbers(cursor, row.resource_id, row.stream, start, until)
    found = values.numbers(cursor, row.resource_id, row.stream, start - rule.period, until)
    return [item for item in changes(found, rule.period, rule.direction) if item[0] >= start]


def preview(row: Any, now: datetime, days: int) -> list[Event]:
    """What a rule would have reported in the last days: its openings and closings in their order. ``row``: an `AlertRule` or what
    has its attributes."""
    rule, start = rule_of(row), now - timedelta(days=days)
    with reading("UTC", config.query_seconds()) as cursor:
        if not values.is_series(cursor, row.resource_id):
            raise tk.ObjectNotFound(tk._("There is no such series."))
        if row.kind == "missing":
            return gaps(rule, values.times(cursor, row.resource_id, row.stream, start, now), now)
        if not values.has_numbers(cursor, row.resource_id):
            return []
        return replay(rule, State(), _values(cursor, row, rule, start, now))[1]
