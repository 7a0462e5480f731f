"""The board's milestones (Umsetzungsplan): what is to be done until when, and how far it is. Each change is a row of its
own, so nothing that was noted is lost. Commits nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ..core.clock import utcnow
from . import events
from .model import Actor
from .model_papers import Milestone
from .period import zone
from .present import Names

STATES = ("planned", "running", "done", "dropped")
DELETED = "deleted"
FIELDS = ("title", "due", "state", "note")
OPEN = ("planned", "running")
HISTORY = 100


class Changed(tk.ValidationError):
    """Somebody else noted something meanwhile."""

    def __init__(self) -> None:
        text = tk._("Somebody else changed this milestone meanwhile. Nothing was saved. Please look at it again.")
        super().__init__({"__all__": [text]}, {"": text})


def current(milestone_id: str) -> Milestone:
    """A milestone as it is. Raises NotFound, also when it was deleted."""
    found = model.Session.query(Milestone).filter_by(id=milestone_id).order_by(Milestone.number.desc()).first()
    if found is None or found.state == DELETED:
        raise tk.ObjectNotFound()
    return found


def create(user_id: str, values: dict[str, Any]) -> Milestone:
    """A new milestone."""
    events.lock()
    return _add(Milestone(number=1, **{"state": "planned", "note": "", **values}), user_id)


def change(milestone_id: str, user_id: str, values: dict[str, Any], seen: int | None = None) -> Milestone:
    """Note how far it is, or put it differently.

    :param seen: the number that the writer has seen
    :raises Changed: it is not the current one; nothing was changed
    """
    events.lock()
    before = current(milestone_id)
    if seen is not None and seen != before.number:
        raise Changed()
    kept = {name: getattr(before, name) for name in FIELDS}
    if kept == {**kept, **values}:
        return before
    return _add(Milestone(id=before.id, number=before.number + 1, **{**kept, **values}), user_id)


def _add(row: Milestone, user_id: str) -> Milestone:
    row.author, row.at = events.key_of(user_id), utcnow()
    model.Session.add(row)
    model.Session.flush()
    return row


def listing(limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """How many there are, and some of them by day, each with its history (the latest hundred changes, the latest first)."""
    latest = sa.select(Milestone).distinct(Milestone.id).order_by(Milestone.id, Milestone.number.desc()).subquery()
    shown = sa.select(latest.c.id).where(latest.c.state != DELETED)
    count = model.Session.execute(sa.select(sa.func.count()).select_from(shown.subquery())).scalar_one()
    ids = model.Session.execute(shown.order_by(latest.c.due, latest.c.title, latest.c.id).limit(limit).offset(offset)).scalars().all()
    query = sa.select(Milestone, Actor.user_id).join(Actor, Actor.key == Milestone.author, isouter=True)
    rows: dict[str, list[tuple[Milestone, str | None]]] = defaultdict(list)
    for row in model.Session.execute(query.where(Milestone.id.in_(ids)).order_by(Milestone.number.desc())):
        if len(rows[row[0].id]) < HISTORY:
            rows[row[0].id].append((row[0], row[1]))
    names = Names()
    names.learn({user_id for changes in rows.values() for _, user_id in changes if user_id})
    return count, [as_dict(rows[key], names) for key in ids]


def shown(milestone_id: str) -> dict[str, Any]:
    """One milestone with its history. Raises NotFound."""
    current(milestone_id)
    query = sa.select(Milestone, Actor.user_id).join(Actor, Actor.key == Milestone.author, isouter=True)
    rows = model.Session.execute(
        query.where(Milestone.id == milestone_id).order_by(Milestone.number.desc()).limit(HISTORY)
    )
    return as_dict([(row[0], row[1]) for row in rows], Names())


def as_dict(rows: list[tuple[Milestone, str | None]], names: Names) -> dict[str, Any]:
    """A milestone for the actions; see `review_milestone_list`."""
    row = rows[0][0]
    history = [_change(item, names(user_id) or item.author) for item, user_id in rows]
    return {"id": row.id, **history[0], "overdue": row.state in OPEN and row.due < today(), "history": history}


def _change(row: Milestone, by: str) -> dict[str, Any]:
    return {
        "number": row.number, "title": row.title, "due": row.due.isoformat(), "state": row.state, "note": row.note, "by": by,
        "at": row.at.isoformat(),
    }  # fmt: skip


def today() -> date:
    """The day in the town."""
    return utcnow().astimezone(zone()).date()
