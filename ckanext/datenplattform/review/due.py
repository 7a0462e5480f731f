"""What the clock does to cases: releases whose date has come, reminders, escalation, expiry. Run it often; nothing
happens twice. Silence publishes nothing, unless the municipality's file says so.

Each case is a transaction of its own, under the same lock as a vote: whichever comes first, the other finds it done.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
from sqlalchemy import select

from ..access import shared as access
from ..core.clock import utcnow
from . import cases, checking, events, flowing, followup, post
from .model import OPEN, Case
from .seats import Poll, leads

log = logging.getLogger(__name__)


def run(now: datetime | None = None) -> Counter[str]:
    """Do what is due; how often what happened (released, given_back, decided, checks_asked, reminded, escalated, expired,
    flowed: published under a release of their source, failed). Mails are written down only (see `post`).

    :param now: the moment that counts, default the present (UTC)
    """
    moment = now or utcnow()
    counts: Counter[str] = Counter()
    for step, case_id in list(_candidates(moment)):
        try:
            case = cases.locked(case_id)
            was_public = access.is_published(case.package_id)
            before = case.state
            done = step(case, moment)
            model.Session.commit()
        except Exception as problem:
            model.Session.rollback()
            log.warning("case %s could not be carried on: %s", case_id, type(problem).__name__)
            counts["failed"] += 1
            continue
        counts.update([done] if done else [])
        if case.state not in (OPEN, before):
            followup.after_decision(case, was_public)
        followup.announce(case)
    return counts + flowing.run(moment)


def _candidates(now: datetime) -> Iterator[tuple[Callable[[Case, datetime], str], str]]:
    def ids(*where: Any) -> list[str]:
        return list(model.Session.execute(select(Case.id).where(*where).order_by(Case.deadline, Case.id)).scalars())

    yield from ((_check, found) for found in ids(Case.state == "checks"))
    yield from ((_release, found) for found in ids(Case.state == "approved"))
    yield from ((_carry_on, found) for found in ids(Case.state == OPEN))
    yield from ((_expire, found) for found in ids(Case.state == "changes_requested", Case.mend_until < now.date()))


def _release(case: Case, now: datetime) -> str:
    if case.state != "approved" or (case.publish_at and case.publish_at > now):
        return ""
    cases.carry_out(case)
    return "released" if case.state == "published" else "given_back"


def _check(case: Case, now: datetime) -> str:
    """Ask again for checks that nobody carries out: Redis forgot the job, or the worker died."""
    return "checks_asked" if case.state == "checks" and checking.ask_again(case, now) else ""


def _carry_on(case: Case, now: datetime) -> str:
    if case.state != OPEN:
        return ""
    # members may have left since the last vote: then the votes that are there may decide
    cases.settle(case)
    if case.state != OPEN:
        return "decided"
    rules = case.rules
    if rules.get("silence") == "consent" and case.deadline <= now and _nobody_objects(case):
        cases.approve(case, "rules", {"silence"}, None, {})
        return "decided"
    if rules.get("expire_days") and now >= case.deadline + timedelta(days=rules["expire_days"]):
        cases.expire(case)
        return "expired"
    if case.deadline + timedelta(days=rules.get("escalate_days", 1)) <= now:
        return _once(case, "escalated", leads(), "escalate")
    if case.deadline - timedelta(days=rules.get("remind_days", 3)) <= now < case.deadline:
        return _once(case, "reminded", _silent(case), "remind")
    return ""


def _nobody_objects(case: Case) -> bool:
    return case.track != "full" and all(cast.choice != "refuse" for cast in Poll(case).counting.values())


def _expire(case: Case, now: datetime) -> str:
    if case.state != "changes_requested" or cases.open_case(case.package_id) or access.is_published(case.package_id):
        return ""
    cases.expire(case)
    return "expired"


def _silent(case: Case) -> set[str]:
    """Those who may vote and have not."""
    poll = Poll(case)
    return {person for person in poll.eligible() if poll.seat(person) not in poll.counting}


def _once(case: Case, kind: str, people: set[str], letter: str) -> str:
    """Write down, once, that these people get a mail, and the mail."""
    if events.listing(case_id=case.id, kind=kind, limit=1):
        return ""
    mails = post.write(letter, people, case.package_id, case.id)
    if mails:
        events.append(case.package_id, kind, None, case.id, {"mails": mails})
    return kind if mails else ""
