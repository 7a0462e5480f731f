"""Reminders: what is due, what is long overdue, which round waits for a unit. Run once a day or more often: the same
mail goes to the same address once a day at most, and again only after some days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ckan.model as model
from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import insert

from ..core.clock import utcnow
from ..core.i18n import N_, translate
from . import config, mails, people, rounds
from .model import InventoryRecord
from .model_care import Reminder, Round, RoundUnit
from .people import Person


@dataclass(frozen=True)
class Mail:
    """One reminder: of what kind, for which unit, to whom, and its text. `again`: not only the first time."""

    kind: str
    unit_id: str
    to: Person
    subject: str
    parts: list[str]
    again: bool = True


def run() -> Counter[str]:
    """Send what is to be sent now. Gives the numbers of mails "sent", "failed" and "skipped" (sent lately)."""
    counts: Counter[str] = Counter()
    for mail in [*_due(), *_overdue(), *_rounds()]:
        counts[_once(mail)] += 1
    return counts


def _once(mail: Mail) -> str:
    """Send unless it went out lately. The note stands in the same transaction: two runs at once send one mail, and what
    was not sent is tried again by the next run."""
    today, recipient = utcnow().date(), mail.to.email.lower()
    same = (Reminder.kind == mail.kind) & (Reminder.unit_id == mail.unit_id) & (Reminder.recipient == recipient)
    last = model.Session.execute(select(func.max(Reminder.day)).where(same)).scalar()
    if last is not None and (not mail.again or last > today - timedelta(days=config.remind_every_days())):
        model.Session.rollback()
        return "skipped"
    note = insert(Reminder).values(
        day=today, kind=mail.kind, unit_id=mail.unit_id, recipient=recipient, sent_at=utcnow()
    )
    made = model.Session.execute(note.on_conflict_do_nothing().returning(Reminder.day)).first()
    try:
        result = "skipped" if made is None else "sent" if mails.send(mail.to, mail.subject, mail.parts) else "no_server"
    except mails.NotSent:
        result = "failed"
    except Exception:
        model.Session.rollback()
        raise
    if result == "sent":
        model.Session.commit()
    else:
        model.Session.rollback()
    return result


def due_records(until: date) -> Any:
    """Records of active datasets that have to be confirmed until that day: a select of InventoryRecord's facts."""
    package: Any = model.Package
    return (
        select(
            package.id, package.name, package.title, package.owner_org, InventoryRecord.due_on,
            InventoryRecord.confirmed_at, InventoryRecord.responsible_email, InventoryRecord.responsible_function,
        )
        .join(InventoryRecord, InventoryRecord.package_id == package.id)
        .where(
            package.type == "dataset", package.state == "active", InventoryRecord.due_on <= until,
            InventoryRecord.archived_at.is_(None),
        )
        .order_by(InventoryRecord.due_on, func.lower(package.title), package.id)
    )  # fmt: skip


def _by_unit(until: date) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in model.Session.execute(due_records(until)):
        if row.owner_org:
            found[row.owner_org].append(row)
    return found


def _titles(rows: list[Any]) -> str:
    return mails.bullets([row.title or row.name for row in rows])


def _due() -> Iterator[Mail]:
    """To the address that a record names, else to the unit's editors; each mail holds records of one unit."""
    for unit_id, rows in _by_unit(utcnow().date() + timedelta(days=config.remind_before_days())).items():
        own: dict[str, list[Any]] = defaultdict(list)
        for row in rows:
            own[(row.responsible_email or "").strip().lower()].append(row)
        for email, items in own.items():
            for person in [Person(email, items[0].responsible_function or "")] if email else people.of_unit(unit_id):
                yield Mail("due" if email else "due-unit", unit_id, person, translate(N_("Is this still true?")), [
                    translate(N_("Please look at these records of your unit and confirm that they are still true:")),
                    _titles(items),
                    translate(N_("You confirm with one click each here: %(url)s"))
                    % {"url": mails.address("dp_inventory_care.due")},
                ])  # fmt: skip


def _overdue() -> Iterator[Mail]:
    """To the unit's lead when nobody confirmed for long."""
    for unit_id, rows in _by_unit(utcnow().date() - timedelta(days=max(1, config.escalate_after_days()))).items():
        for person in people.of_unit(unit_id, people.LEAD):
            yield Mail("escalation", unit_id, person, translate(N_("Records of your unit are long overdue")), [
                translate(N_("Nobody has confirmed these records of your unit for a long time:")),
                _titles(rows),
                translate(N_("The list of what is due: %(url)s")) % {"url": mails.address("dp_inventory_care.due")},
            ])  # fmt: skip


def _rounds() -> Iterator[Mail]:
    """Once when a round begins; then near its end and after it, to who has to do the next step."""
    query = select(Round, RoundUnit).join(
        RoundUnit, and_(RoundUnit.round_id == Round.id, RoundUnit.state != "signed")
    ).where(Round.state == "running")  # fmt: skip
    today = utcnow().date()
    for row, unit in model.Session.execute(query.order_by(Round.created, RoundUnit.unit_id)).all():
        near = today >= row.deadline - timedelta(days=config.remind_before_days())
        late = (today - row.deadline).days >= max(1, config.escalate_after_days())
        facts = {"title": row.title, "date": mails.day(row.deadline), "url": mails.address("dp_inventory_rounds.read", id=row.id)}
        subject = translate(N_("Data inventory: %(title)s")) % facts
        where = translate(N_("What is to be done: %(url)s")) % facts
        if unit.state == rounds.OPEN:
            text = translate(N_("Please report until %(date)s that your unit has looked through its records.")) % facts
            for person in people.of_unit(unit.unit_id):
                yield Mail(f"round:{row.id}", unit.unit_id, person, subject, [text, where], again=near)
            if late:
                text = translate(N_("Your unit has not reported yet. The last day was %(date)s.")) % facts
                for person in people.of_unit(unit.unit_id, people.LEAD):
                    yield Mail(f"round-late:{row.id}", unit.unit_id, person, subject, [text, where])
        else:
            text = translate(N_("Your unit has reported. Please sign until %(date)s.")) % facts
            for person in people.of_unit(unit.unit_id, people.LEAD):
                yield Mail(f"round-sign:{row.id}", unit.unit_id, person, subject, [text, where], again=near)
