"""Minutes read from the record of the board: the chain of events, cases and votes. Looks only; times are UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ..access import shared as access
from ..inventory import shared as inventory
from . import events, minutes, papers_store
from .model import Actor, Case, Note
from .present import Names, Shelf
from .seats import Poll

CLOSED = "minutes_closed"
EVENT = events.EVENT


class TooMany(Exception):
    """More happened in the period than minutes can hold."""


def read(since: datetime, until: datetime, most: int) -> dict[str, Any]:
    """The minutes of a period (`until` exclusive); see `review_minutes`.

    :param most: decisions, endings and open cases, each
    :raises TooMany: nothing is left out silently
    """
    # what is appended meanwhile belongs to no part of these minutes
    head = events.head()
    decided = EVENT.c.kind.in_(minutes.DECIDING) | (
        EVENT.c.kind.in_(minutes.MOVED) & (EVENT.c.facts["moved"].astext == "true")
    )
    within = (EVENT.c.at >= since, EVENT.c.at < until, EVENT.c.number <= head.number)
    deciding = _events(most, decided, *within)
    ending = _events(most, EVENT.c.kind.in_(minutes.ENDING), *within)
    waiting = _limited(
        model.Session.query(Case)
        .filter(Case.submitted_at < until, sa.or_(Case.decided_at.is_(None), Case.decided_at >= until))
        .order_by(Case.deadline, Case.id)
        .limit(most + 1)
        .all(),
        most,
    )
    names, told = Names(), _Cases(row["case_id"] for row in deciding)
    endings = _Titles(row["package_id"] for row in ending)
    open_shelf = Shelf(waiting)
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "head": {"number": head.number, "hash": head.hash},
        "decisions": [told.decision(row, names) for row in deciding if row["case_id"] in told.cases],
        "ended": [
            {
                "event": row["number"], "at": row["at"].isoformat(), "kind": row["kind"], "reason": row["text"] or "",
                "by": names(row["user_id"]) or row["actor"], **endings(row["package_id"]),
            }
            for row in ending
        ],
        "open": [
            {
                "case_id": case.id, "title": _title(case, open_shelf), "unit": _unit(case, open_shelf), "kind": case.kind,
                "track": case.track, "submitted_at": case.submitted_at.isoformat(), "deadline": case.deadline.isoformat(),
            }
            for case in waiting
        ],
    }  # fmt: skip


def closed(limit: int) -> list[dict[str, Any]]:
    """Minutes that were closed, the latest first: {"event", "at", "since", "until", "decisions", "by"}."""
    names = Names()
    query = _query().where(EVENT.c.kind == CLOSED).order_by(EVENT.c.number.desc()).limit(limit)
    return [
        {
            "event": row["number"], "at": row["at"].isoformat(), "by": names(row["user_id"]) or row["actor"],
            **{name: row["facts"].get(name) for name in ("since", "until", "decisions")},
        }
        for row in model.Session.execute(query).mappings()
    ]  # fmt: skip


def public_now(found: dict[str, Any]) -> dict[tuple[str, str], dict[str, str]]:
    """Of the datasets that minutes name, what is public at this moment, as `minutes.public_part` needs it."""
    ids = {item["package_id"] for item in found["decisions"]}
    published = access.published_ids(ids)
    rows = model.Session.execute(
        sa.select(model.Package.id, model.Package.title, model.Package.name, model.Group.title.label("unit"))
        .join(model.Group, model.Group.id == model.Package.owner_org, isouter=True)
        # of a deleted dataset nothing is public
        .where(model.Package.id.in_(ids), model.Package.state == model.State.ACTIVE)
    )
    shown = {}
    for row in rows:
        if row.id in published:
            shown[row.id, "data"] = {"title": row.title or row.name, "unit": row.unit or ""}
        entry = inventory.register.released(row.id)
        if entry:
            shown[row.id, "entry"] = {"title": entry.entry["title"], "unit": entry.entry.get("unit") or ""}
    return shown


def _query() -> Any:
    return (
        sa.select(EVENT, Actor.user_id, Note.text)
        .join(Actor, Actor.key == EVENT.c.actor, isouter=True)
        .join(Note, Note.number == EVENT.c.number, isouter=True)
    )


def _events(most: int, *where: Any) -> list[dict[str, Any]]:
    query = _query().where(*where).order_by(EVENT.c.number).limit(most + 1)
    return _limited([dict(row) for row in model.Session.execute(query).mappings()], most)


def _limited(rows: list[Any], most: int) -> list[Any]:
    if len(rows) > most:
        raise TooMany()
    return rows


def _title(case: Case, shelf: Shelf) -> str:
    frozen = shelf.frozen[case.id]
    return frozen.title or frozen.name or ""


def _unit(case: Case, shelf: Shelf) -> str:
    package = shelf.packages.get(case.package_id)
    return (package.title if package else None) or ""


class _Cases:
    """Cases that were decided, with all that minutes tell of them, by a constant number of statements."""

    def __init__(self, ids: Iterable[str | None]) -> None:
        wanted = {case_id for case_id in ids if case_id}
        found = model.Session.query(Case).filter(Case.id.in_(wanted)).all()
        self.cases = {case.id: case for case in found}
        self.shelf = Shelf(found)
        self.cited = papers_store.citations(self.cases)
        units = {vote.unit for votes in self.shelf.known.votes.values() for vote in votes if vote.unit}
        groups = model.Session.execute(
            sa.select(model.Group.id, model.Group.name, model.Group.title).where(
                model.Group.id.in_(units) | model.Group.name.in_(units)
            )
        ).all()
        self._seats = {key: row.title or row.name for row in groups for key in (row.id, row.name)}

    def decision(self, row: dict[str, Any], names: Names) -> dict[str, Any]:
        """See `minutes.decision`."""
        case = self.cases[row["case_id"]]
        poll = Poll(case, self.shelf.known)
        reasons = {vote.user_id: vote.reason for vote in poll.votes}
        known = self.shelf.names
        seats = [
            {
                "seat": self._seats.get(seat) or known(cast.person) or seat, "vote": cast.choice,
                "person": known(cast.person), "reason": reasons.get(cast.person) or "",
            }
            for seat, cast in poll.counting.items()
        ]  # fmt: skip
        event = {
            "number": row["number"], "at": row["at"].isoformat(), "kind": row["kind"], "facts": row["facts"], "text": row["text"],
            "actor": names(row["user_id"]) or row["actor"],
        }  # fmt: skip
        about = {
            "id": case.id, "package_id": case.package_id, "title": _title(case, self.shelf), "unit": _unit(case, self.shelf),
            "kind": case.kind, "state": case.state, "track": case.track, "reason": case.reason, "rules_hash": case.rules_hash,
            "content_hash": case.content_hash, "standing_until": (case.scope or {}).get("until"),
            "cited": self.cited.get(case.id, []),
            "recused": [known(person) or person for person in self.shelf.known.recused(case)],
        }  # fmt: skip
        return minutes.decision(event, about, seats)


class _Titles:
    """Titles and units of datasets as they were last decided: a dataset that is gone or hidden keeps its place in the record."""

    def __init__(self, package_ids: Iterable[str]) -> None:
        ids = set(package_ids)
        query = (
            model.Session.query(Case)
            .filter(Case.package_id.in_(ids))
            .distinct(Case.package_id)
            .order_by(Case.package_id, Case.submitted_at.desc())
        )
        found = query.all()
        self._cases = {case.package_id: case for case in found}
        self._shelf = Shelf(found)

    def __call__(self, package_id: str) -> dict[str, str]:
        case = self._cases.get(package_id)
        return {"title": _title(case, self._shelf), "unit": _unit(case, self._shelf)} if case else {"title": "", "unit": ""}
