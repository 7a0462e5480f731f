"""Which open cases wait for a person's vote."""

from __future__ import annotations

import ckan.model as model
from sqlalchemy.orm import load_only

from .model import OPEN, Case
from .seats import Known, Poll


def needing(user_id: str) -> set[str]:
    """Ids of open cases in which this person's vote is missing: members who have not voted, and deputies whose member
    may not vote. A deputy may vote on others too, but nobody waits for it."""
    light = load_only(Case.id, Case.package_id, Case.submitted_at, Case.submitted_by, Case.revision_id)
    cases = model.Session.query(Case).options(light).filter(Case.state == OPEN).all()
    known = Known(cases)
    if not any(user_id in seat.members | seat.deputies for seat in known.seats.values()):
        return set()
    return {case.id for case in cases if _waits(user_id, Poll(case, known))}


def _waits(user_id: str, poll: Poll) -> bool:
    seat = poll.seat(user_id)
    if seat is None or any(cast.person == user_id for cast in poll.casts):
        return False
    return user_id in poll.seats[seat].members or not poll.seats[seat].members - poll.excluded
