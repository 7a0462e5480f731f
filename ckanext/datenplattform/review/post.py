"""Mails of the review: written down with the step that they tell, sent after its commit, tried again until they are taken.

A step never waits for a mail server, and no mail tells what was rolled back. Who wants one mail a day gets what has
gathered once a day (`digests`). Without a mail server (`smtp.server`) nothing is written down.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from ..access import shared as access
from ..core import mail
from ..core.clock import utcnow
from ..core.days import local
from ..inventory import shared as inventory
from . import config, letters, present, seats
from .model import OPEN, Case
from .model_post import Letter
from .states import Transition

log = logging.getLogger(__name__)

# what a step is called in the mail to some of those who are told; else as the step itself
NAMES = {("open", "board"): "vote", ("open", "dpo"): "submitted", ("open", "unit"): "opened"}
VOTING = frozenset({"vote", "remind"})
# nobody wants to read it later
GIVE_UP = timedelta(days=7)
MOST = 1000
# as many failures one after the other are a mail server that is away
FAILURES = 5
EXTRA = "datenplattform_review"


def step(case: Case, way: Transition, actor: str | None) -> None:
    """Write down the mails of a step, in the caller's transaction; who took it is not told."""
    told: set[str] = set()
    # who has something to do comes first: nobody gets two mails about one step
    for audience in ("board", "unit", "dpo", "lead"):
        # of what was still being checked only the unit has heard
        if audience in way.tells and (audience == "unit" or way.name == "open" or way.source not in ("submitted", "checks")):
            people = _audience(audience, case, way) - {actor} - told
            told |= people
            write(NAMES.get((way.name, audience), way.name), people, case.package_id, case.id)


def _audience(name: str, case: Case, way: Transition) -> set[str]:
    if name == "board":
        return _voters(case) if way.name == "open" else members()
    if name == "unit":
        return editors(case.package_id) | {case.submitted_by}
    if name == "dpo":
        return {user_id for user_id, _ in access.seats("dpo")}
    return seats.leads()


def _voters(case: Case) -> set[str]:
    """The members who may vote, and deputies where no member of the seat may."""
    poll = seats.Poll(case)
    people = ((seat.members - poll.excluded) or (seat.deputies - poll.excluded) for seat in poll.seats.values())
    return set().union(*people)


def members() -> set[str]:
    """Ids of the members of the board."""
    return set().union(*(seat.members for seat in seats.seats().values()))


def editors(package_id: str) -> set[str]:
    """Ids of those who edit for the unit of a dataset."""
    package = model.Package.get(package_id)
    return {user.id for user in inventory.users_of_unit(package.owner_org)} if package is not None and package.owner_org else set()


def write(name: str, people: Iterable[str | None], package_id: str, case_id: str | None = None) -> int:
    """Write down a mail to each of these people, in the caller's transaction; how many have an address."""
    if not tk.config.get("smtp.server"):
        return 0
    query = select(model.User.id).where(
        model.User.id.in_([person for person in people if person]), model.User.state == "active", model.User.email.isnot(None)
    )
    rows = [
        {"user_id": user_id, "package_id": package_id, "case_id": case_id, "name": name, "at": utcnow()}
        for user_id in model.Session.execute(query).scalars()
    ]
    if rows:
        model.Session.execute(insert(Letter).values(rows).on_conflict_do_nothing())
    return len(rows)


def soon() -> None:
    """After the commit: have the worker send what is written down."""
    if tk.config.get("smtp.server"):
        mail.later(job)


def job() -> None:
    """Background job: send; what was not taken is tried again."""
    if failed := deliver():
        raise mail.NotSent(f"{failed} mails wait")


def deliver() -> int:
    """Send all mails that are wanted at once; how many were not taken and wait. Each is a transaction of its own, under a
    lock: two who deliver at once send none twice."""
    model.Session.execute(delete(Letter).where(Letter.at < utcnow() - GIVE_UP))
    model.Session.commit()
    waiting = select(Letter.id).where(Letter.user_id.notin_(_daily())).order_by(Letter.id).limit(MOST)
    failed = in_a_row = 0
    for number in list(model.Session.execute(waiting).scalars()):
        try:
            _send(number)
            in_a_row = 0
        except mail.NotSent as problem:
            log.warning("a mail of the review was not sent: %s", problem)
            failed, in_a_row = failed + 1, in_a_row + 1
        finally:
            model.Session.rollback()
        if in_a_row >= FAILURES:
            break
    return failed


def _daily() -> list[str]:
    """Ids of those who want one mail a day."""
    extras: Any = model.User.plugin_extras
    return list(model.Session.execute(select(model.User.id).where(extras[EXTRA]["daily"].astext == "true")).scalars())


def _locked(*where: Any) -> list[Letter]:
    query = model.Session.query(Letter).filter(*where).order_by(Letter.id).with_for_update(skip_locked=True)
    return query.populate_existing().all()


def _send(number: int) -> None:
    for row in _locked(Letter.id == number):
        user = model.User.get(row.user_id)
        if user is not None and _wanted(row, user):
            mail.send(user, *letters.letter(row, user))
        model.Session.delete(row)
        model.Session.commit()


def _wanted(row: Letter, user: model.User) -> bool:
    """Whether this still is news, and the person may still know of the dataset."""
    if user.state != "active" or not user.email or not _may_know(row.package_id, user):
        return False
    case = model.Session.get(Case, row.case_id, populate_existing=True) if row.case_id else None
    if row.name not in VOTING | {"escalate"}:
        return True
    if case is None or case.state != OPEN:
        return False
    poll = seats.Poll(case)
    voted = any(cast.person == user.id for cast in poll.casts)
    return row.name == "escalate" or (poll.seat(user.id) is not None and not voted)


def _may_know(package_id: str, user: model.User) -> bool:
    package = model.Package.get(package_id)
    if package is None or package.state == model.State.DELETED:
        return access.memberships(user).board
    if package.type == "harvest":
        return present.may_know(user, package_id)
    return access.reader_level(user, package_id) is not None


def digests(moment: datetime) -> int:
    """Send the one mail a day to those who want it, from the hour on that the settings name; how many were not taken."""
    now = local(moment)
    failed = 0
    if now.hour < config.digest_hour():
        return 0
    for user_id in _daily():
        try:
            _digest(user_id, now.date().isoformat())
        except mail.NotSent as problem:
            log.warning("a daily mail of the review was not sent: %s", problem)
            failed += 1
        finally:
            model.Session.rollback()
    return failed


def _digest(user_id: str, today: str) -> None:
    user = model.Session.query(model.User).filter_by(id=user_id).with_for_update(skip_locked=True).populate_existing().first()
    if user is None or not is_daily(user) or user.plugin_extras[EXTRA].get("sent") == today:
        return
    rows = _locked(Letter.user_id == user_id)
    lines = [letters.subject(row, user) for row in rows if _wanted(row, user)]
    if lines:
        mail.send(user, *letters.digest(lines))
        _note(user, {"daily": "true", "sent": today})
    for row in rows:
        model.Session.delete(row)
    model.Session.commit()


def is_daily(user: model.User) -> bool:
    """Whether a person wants one mail a day."""
    return (user.plugin_extras or {}).get(EXTRA, {}).get("daily") == "true"


def choose(user: model.User, daily: bool) -> None:
    """Keep what a person wants; the caller commits."""
    _note(user, {**(user.plugin_extras or {}).get(EXTRA, {}), "daily": "true" if daily else "false"})


def _note(user: model.User, values: dict[str, str]) -> None:
    user.plugin_extras = {**(user.plugin_extras or {}), EXTRA: values}
    model.Session.flush()
