"""The board's papers, their versions, and which case cites which. Commits nothing. Persons are keys of the chain of
events; who is erased there is erased here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from slugify import slugify

from ..core.clock import utcnow
from . import cases, events, papers
from .milestones import today
from .model import OPEN, Actor, Case, Note
from .model_papers import VERSION, Citation, Paper
from .present import Names

VERSIONS = 200


class Refused(tk.ValidationError):
    """Nothing was changed; the message says why."""

    def __init__(self, text: str, field: str = "__all__"):
        super().__init__({field: [text]}, {field: text})


def find(name: str) -> Paper:
    """A paper by name or id. Raises NotFound."""
    found = model.Session.query(Paper).filter(sa.or_(Paper.name == name, Paper.id == name)).first()
    if found is None:
        raise tk.ObjectNotFound()
    return found


def create(user_id: str, name: str, kind: str, **version: Any) -> Paper:
    """A new paper with its first version.

    :param name: "": made of the title
    :param version: title, text, valid_from
    :raises Refused: the name is taken, or no name
    """
    events.lock()
    wanted = name or slugify(version["title"], max_length=90)
    if not papers.NAME.fullmatch(wanted) or wanted in papers.TAKEN:
        text = tk._("Please choose a short name of at least two small letters, digits and hyphens. Nothing was saved.")
        raise Refused(text, "name")
    if model.Session.query(Paper).filter_by(name=wanted).count():
        raise Refused(tk._("There is a paper of this name already. Please choose another name. Nothing was saved."), "name")
    paper = Paper(name=wanted, kind=kind)
    model.Session.add(paper)
    model.Session.flush()
    _add(paper, 1, user_id, **version)
    return paper


def add_version(paper: Paper, user_id: str, after: int | None = None, **version: Any) -> int:
    """A new version; its number.

    :param after: the number of the version that the writer has seen
    :raises Refused: somebody else was faster, or nothing differs
    """
    events.lock()
    last = _last(paper.id)
    if after is not None and after != last.number:
        raise Refused(tk._("Somebody else wrote a new version meanwhile. Yours was not saved. Please compare both first."))
    if papers.digest(**version) == last.hash:
        raise Refused(tk._("Nothing differs from the last version. Nothing was saved."))
    _add(paper, last.number + 1, user_id, **version)
    return last.number + 1


def _add(paper: Paper, number: int, user_id: str, title: str, text: str, valid_from: date) -> None:
    fixed = papers.digest(title, text, valid_from)
    events.append("", "paper_version", user_id, facts={"paper": paper.id, "version": number, "hash": fixed})
    values = {
        "paper_id": paper.id, "number": number, "title": title, "text": text, "valid_from": valid_from,
        "author": events.key_of(user_id), "at": utcnow(), "hash": fixed,
    }  # fmt: skip
    model.Session.execute(sa.insert(VERSION).values(**values))


def _last(paper_id: str) -> Any:
    query = sa.select(VERSION).where(VERSION.c.paper_id == paper_id).order_by(VERSION.c.number.desc()).limit(1)
    return model.Session.execute(query).one()


def version_row(paper_id: str, number: int) -> Any:
    """One version. Raises NotFound."""
    query = sa.select(VERSION, Actor.user_id).join(Actor, Actor.key == VERSION.c.author, isouter=True)
    row = model.Session.execute(query.where(VERSION.c.paper_id == paper_id, VERSION.c.number == number)).first()
    if row is None:
        raise tk.ObjectNotFound()
    return row


def _heads(paper_ids: Iterable[str]) -> dict[str, list[Any]]:
    """All versions of some papers without their texts, the latest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    columns = (VERSION.c.paper_id, VERSION.c.number, VERSION.c.title, VERSION.c.valid_from, VERSION.c.at, VERSION.c.author, Actor.user_id)
    query = sa.select(*columns).join(Actor, Actor.key == VERSION.c.author, isouter=True)
    for row in model.Session.execute(query.where(VERSION.c.paper_id.in_(list(paper_ids))).order_by(VERSION.c.number.desc())):
        found[row.paper_id].append(row)
    return found


def _holds(rows: list[Any]) -> int | None:
    return papers.in_force(((row.number, row.valid_from) for row in rows), today())


def listing(kind: str | None, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """How many papers there are, and some of them by kind and name; see `review_paper_list`."""
    query = model.Session.query(Paper)
    if kind:
        query = query.filter(Paper.kind == kind)
    order = sa.case({name: place for place, name in enumerate(papers.KINDS)}, value=Paper.kind, else_=99)
    rows = query.order_by(order, Paper.name).limit(limit).offset(offset).all()
    heads = _heads(paper.id for paper in rows)
    return query.count(), [_brief(paper, heads[paper.id]) for paper in rows]


def _brief(paper: Paper, rows: list[Any]) -> dict[str, Any]:
    holds = _holds(rows)
    row = next((item for item in rows if item.number == holds), rows[0])
    return {
        "id": paper.id, "name": paper.name, "kind": paper.kind, "title": row.title, "number": row.number,
        "valid_from": row.valid_from.isoformat(), "in_force": holds, "latest": rows[0].number,
    }  # fmt: skip


def shown(paper: Paper, number: int | None) -> dict[str, Any]:
    """A paper with one version; see `review_paper_show`."""
    rows, names = _heads([paper.id])[paper.id], Names()
    names.learn({row.user_id for row in rows[:VERSIONS] if row.user_id})
    brief = _brief(paper, rows)
    row = version_row(paper.id, number or brief["number"])
    before = version_row(paper.id, row.number - 1) if row.number > 1 else None
    return {
        **brief,
        "number": row.number, "title": row.title, "valid_from": row.valid_from.isoformat(), "text": row.text, "hash": row.hash,
        "by": names(row.user_id) or row.author, "at": row.at.isoformat(),
        "versions": [
            {"number": item.number, "title": item.title, "valid_from": item.valid_from.isoformat(), "at": item.at.isoformat(),
             "by": names(item.user_id) or item.author}
            for item in rows[:VERSIONS]
        ],
        "changes": papers.difference(before.text, row.text) if before else [],
    }  # fmt: skip


def cite(case_id: str, paper: Paper, number: int | None, user_id: str, note: str) -> Citation:
    """An open case cites a version of a paper, by default the one in force."""
    case = _open(case_id)
    wanted = number or _holds(_heads([paper.id])[paper.id])
    if wanted is None:
        raise Refused(tk._("No version of this paper is in force yet. Please name the version. Nothing was changed."), "version")
    row = version_row(paper.id, wanted)
    if model.Session.get(Citation, (case.id, paper.id, wanted)):
        raise Refused(tk._("This case cites this version already. Nothing was changed."))
    facts = {"paper": paper.id, "version": wanted, "hash": row.hash}
    event = events.append(case.package_id, "paper_cited", user_id, case.id, facts, note)
    found = Citation(case_id=case.id, paper_id=paper.id, number=wanted, event=event)
    model.Session.add(found)
    model.Session.flush()
    return found


def uncite(case_id: str, paper: Paper, number: int, user_id: str) -> None:
    """Take a citation back; the events of both stay. Raises NotFound: the case does not cite it."""
    case = _open(case_id)
    found = model.Session.get(Citation, (case.id, paper.id, number))
    if found is None:
        raise tk.ObjectNotFound()
    events.append(case.package_id, "paper_uncited", user_id, case.id, {"paper": paper.id, "version": number})
    model.Session.delete(found)
    model.Session.flush()


def _open(case_id: str) -> Case:
    case = cases.locked(case_id)
    if case.state != OPEN:
        raise Refused(tk._("This case is closed already. Nothing was changed."))
    return case


def citations(case_ids: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """What cases cite, in the order of citing; by a constant number of statements."""
    query = (
        sa.select(
            Citation.case_id, Citation.event, Paper.name, Paper.kind, VERSION.c.number, VERSION.c.title, VERSION.c.valid_from,
            VERSION.c.hash, events.EVENT.c.actor, Actor.user_id, Note.text,
        )
        .join(Paper, Paper.id == Citation.paper_id)
        .join(VERSION, sa.and_(VERSION.c.paper_id == Citation.paper_id, VERSION.c.number == Citation.number))
        .join(events.EVENT, events.EVENT.c.number == Citation.event)
        .join(Actor, Actor.key == events.EVENT.c.actor, isouter=True)
        .join(Note, Note.number == Citation.event, isouter=True)
        .where(Citation.case_id.in_(list(case_ids)))
        .order_by(Citation.event)
    )  # fmt: skip
    names, found = Names(), defaultdict(list)
    for row in model.Session.execute(query):
        found[row.case_id].append(
            {
                "paper": row.name, "kind": row.kind, "title": row.title, "number": row.number, "valid_from": row.valid_from.isoformat(),
                "hash": row.hash, "note": row.text or "", "by": names(row.user_id) or row.actor, "event": row.event,
            }
        )  # fmt: skip
    return found
