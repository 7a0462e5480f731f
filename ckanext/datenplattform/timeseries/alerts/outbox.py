"""Messages go out: mails and webhooks that were written down with what they tell, tried again until they are taken.

Nobody is flooded: for each rule and day so many mails to one address and no more, for each address so many in all; the others wait
for the next day. More than `SINGLE` at once are one mail with a list. Neither addresses nor keys get into a log.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

import ckan.model as model
from sqlalchemy import delete, func, select

from ...core import http, mail
from ...core.clock import utcnow
from ...core.errors import PlatformError
from .. import config
from . import keeping, letters, webhook
from .model import Alert, AlertRule, Message
from .quiet import quiet_until

log = logging.getLogger(__name__)

#: After each failure it waits so many minutes for the next attempt; after the last it is given up, about three days in all.
PAUSES = (1, 5, 15, 60, 180, 360, 720, 720, 720, 720, 720)
#: As many mails at once are sent one by one.
SINGLE = 3
#: Failures one after the other that mean: the mail server is away.
FAILURES = 3
#: Messages for one run, and days that they are kept after that.
MOST, KEPT = 1000, timedelta(days=60)


class Recipient(NamedTuple):
    """Who gets a mail."""

    name: str
    email: str


def job() -> None:
    """Background job: send what is due. What is not taken stays for the next run."""
    deliver()


def deliver(now: datetime | None = None) -> int:
    """Send what is due; returns how many messages were not taken and wait. Two at once send nothing twice."""
    now = now or utcnow()
    model.Session.execute(delete(Message).where(func.coalesce(Message.sent, Message.given_up) < now - KEPT))
    model.Session.commit()
    return _webhooks(now) + _mails(now)


def _waiting(*where: Any) -> Any:
    return select(Message).where(Message.sent.is_(None), Message.given_up.is_(None), *where)


@contextmanager
def _locked(*where: Any) -> Iterator[list[Message]]:
    """Messages that nobody else is sending; what was not committed is rolled back."""
    query = _waiting(*where).order_by(Message.id).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    try:
        yield list(model.Session.execute(query).scalars())
    finally:
        model.Session.rollback()


def _webhooks(now: datetime) -> int:
    due = _waiting(Message.address == "", Message.due <= now).order_by(Message.id).limit(MOST)
    failed, stuck = 0, set()
    for number, rule_id in [(item.id, item.rule_id) for item in model.Session.execute(due).scalars()]:
        # a program that hears of an end before the beginning would be confused: each waits for the one before it
        before = _waiting(Message.rule_id == rule_id, Message.address == "", Message.id < number)
        if rule_id in stuck or model.Session.execute(before).first():
            continue
        with _locked(Message.id == number) as found:
            for message in found:
                if not _call(message, now):
                    failed += 1
                    stuck.add(rule_id)
                model.Session.commit()
    return failed


def _call(message: Message, now: datetime) -> bool:
    row, alert = _about(message)
    if row is None or alert is None or not row.webhook or not letters.is_there(row):
        message.given_up = now
        return True
    body = json.dumps(letters.payload(row, alert, message), ensure_ascii=False).encode()
    try:
        webhook.send(row.webhook, row.webhook_key, f"dp-{message.id}", int(utcnow().timestamp()), body)
    except PlatformError as problem:
        log.warning("webhook of alert rule %s: %s", row.id, type(problem).__name__)
        _failed(message, row, "webhook_failed", problem.message, now)
        return False
    message.sent = now
    keeping.noted(row, "webhook_sent", alert=alert.id, note=http.host_of(row.webhook))
    return True


def _failed(message: Message, row: AlertRule, what: str, why: str, now: datetime) -> None:
    """Try again later, or give up; the first failure and the last stand in the log."""
    message.attempts += 1
    if message.attempts > len(PAUSES):
        message.given_up = now
        keeping.noted(row, f"{what}_for_good", alert=message.alert_id, note=why)
        return
    message.due = now + timedelta(minutes=PAUSES[message.attempts - 1])
    if message.attempts == 1:
        keeping.noted(row, what, alert=message.alert_id, note=why)


def _about(message: Message) -> tuple[AlertRule | None, Alert | None]:
    return model.Session.get(AlertRule, message.rule_id), model.Session.get(Alert, message.alert_id)


def _mails(now: datetime) -> int:
    due = _waiting(Message.address != "", Message.due <= now).with_only_columns(Message.address).distinct().order_by(Message.address)
    failed = in_a_row = sent = 0
    for address in list(model.Session.execute(due.limit(MOST)).scalars()):
        missed, more = 0, True
        while more and not missed:
            # each mail is a transaction of its own: what has gone out has gone out
            with _locked(Message.address == address, Message.due <= now) as found:
                missed, more = _mail(address, _wanted(address, found[:MOST], now), now + timedelta(microseconds=sent))
                model.Session.commit()
            sent += 1
        failed += missed
        in_a_row = in_a_row + 1 if missed else 0
        if in_a_row >= FAILURES:
            break
    return failed


_Parcel = tuple[Message, AlertRule, Alert]


def _mail(address: str, wanted: list[_Parcel], now: datetime) -> tuple[int, bool]:
    """Send one mail of what one address may get: (how many messages were not taken, whether there are more)."""
    if not wanted:
        return 0, False
    parcel = wanted if len(wanted) > SINGLE else wanted[:1]
    subject, parts = letters.digest(parcel) if len(parcel) > 1 else letters.letter(*parcel[0])
    try:
        mail.send(Recipient("", address), subject, parts)
    except mail.NotSent as problem:
        for message, row, _ in parcel:
            _failed(message, row, "mail_failed", str(problem), now)
        return len(parcel), False
    for message, row, alert in parcel:
        # mails are told apart by their moment: so they are counted for the limits
        message.sent = now
        keeping.noted(row, "mail_sent", alert=alert.id)
    return 0, len(wanted) > len(parcel)


def _wanted(address: str, found: list[Message], now: datetime) -> list[_Parcel]:
    """What an address is to get now; what it may not get yet is put off, what nobody wants any more is given up."""
    local = now.astimezone(keeping.zone())
    midnight = datetime.combine(local.date(), time(), local.tzinfo)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
    sent = select(func.count(Message.sent.distinct())).where(Message.address == address, Message.sent >= midnight)
    full = (model.Session.execute(sent).scalar() or 0) >= config.alert_mails_per_day()
    wanted: list[_Parcel] = []
    left: dict[str, int] = {}
    for message in found:
        row, alert = _about(message)
        if row is None or alert is None or row.deleted or address not in row.recipients or not letters.is_there(row):
            message.given_up = now
            continue
        quiet = quiet_until(now, row.quiet_from, row.quiet_to, keeping.zone())
        if row.id not in left:
            left[row.id] = row.mails_per_day - (model.Session.execute(sent.where(Message.rule_id == row.id)).scalar() or 0)
        if quiet > now:
            message.due = quiet
        elif full or left[row.id] <= 0:
            message.due = tomorrow
        else:
            left[row.id] -= 1
            wanted.append((message, row, alert))
    return wanted
