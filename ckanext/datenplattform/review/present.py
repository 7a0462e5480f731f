"""Cases and revisions as dicts for actions and pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.model as model
from sqlalchemy import select

from ..access import shared as access
from . import events as chain
from .model import OPEN, Case, Revision
from .seats import Known, Poll
from .voting import tally


def _time(value: Any) -> str | None:
    return value.isoformat() if value else None


class Names:
    """User ids to names, each asked once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, user_ids: Iterable[str]) -> None:
        """Ask for many at once."""
        users = model.Session.query(model.User).filter(model.User.id.in_(set(user_ids)))
        self._known.update({user.id: user.fullname or user.name for user in users})

    def __call__(self, user_id: str | None) -> str | None:
        if user_id is None:
            return None
        if user_id not in self._known:
            user = model.User.get(user_id)
            self._known[user_id] = (user.fullname or user.name) if user else user_id
        return self._known[user_id]


class Shelf:
    """What cases are shown with, asked of the database by a constant number of statements."""

    def __init__(self, cases: Iterable[Case]) -> None:
        cases = list(cases)
        self.known = Known(cases)
        self.names = Names()
        self.names.learn(
            {case.submitted_by for case in cases} | {vote.user_id for votes in self.known.votes.values() for vote in votes}
        )
        # whole packages would bring extras and more with them
        wanted = select(model.Package.id, model.Package.name, model.Package.owner_org, model.Group.title).join(
            model.Group, model.Group.id == model.Package.owner_org, isouter=True
        )
        rows = model.Session.execute(wanted.where(model.Package.id.in_({case.package_id for case in cases})))
        self.packages = {row.id: row for row in rows}
        self.frozen = _frozen(cases)


def _frozen(cases: list[Case]) -> dict[str, Any]:
    """Of what the board decides, by case: title, name and the entry for the register. The whole content is many times as large."""
    content: Any = Case.content
    shown = select(
        Case.id,
        content["package"]["title"].astext.label("title"),
        content["package"]["name"].astext.label("name"),
        content["entry"].label("entry"),
    )
    return {row.id: row for row in model.Session.execute(shown.where(Case.id.in_([case.id for case in cases])))}


def case_dict(case: Case, reader: model.User | None, shelf: Shelf | None = None, events: bool = True) -> dict[str, Any]:
    """A case as the actions return it; see `review_show`."""
    shelf = shelf or Shelf([case])
    names, package, poll = shelf.names, shelf.packages.get(case.package_id), Poll(case, shelf.known)
    frozen = shelf.frozen[case.id]
    votes = sorted(poll.votes, key=lambda vote: vote.at)
    counting = {cast.person for cast in poll.counting.values()}
    found = {
        "id": case.id,
        "package_id": case.package_id,
        "name": package.name if package else frozen.name,
        "title": frozen.title or frozen.name,
        "owner_org": package.owner_org if package else None,
        "unit_title": package.title if package else None,
        "kind": case.kind,
        "state": case.state,
        "revision_id": case.revision_id,
        "content_hash": case.content_hash,
        "files": case.files,
        "submitted_by": names(case.submitted_by),
        "submitted_at": _time(case.submitted_at),
        "deadline": _time(case.deadline),
        "decided_at": _time(case.decided_at),
        "quorum": case.quorum,
        "comment": case.comment,
        "reason": case.reason,
        "standing_release": case.scope,
        "entry": frozen.entry,
        "track": case.track,
        "dashboard": case.dashboard,
        "duty": case.duty,
        "publish_at": _time(case.publish_at),
        "interests": case.interests,
        "mend_until": case.mend_until.isoformat() if case.mend_until else None,
        "rules": case.rules,
        "tally": tally(cast.choice for cast in poll.counting.values()),
        "my_vote": next((vote.vote for vote in votes if reader and vote.user_id == reader.id), None),
        "may_vote": bool(case.state == OPEN and reader and poll.seat(reader.id)),
        "may_decide": bool(case.state == OPEN and reader and reader.id in poll.leads - poll.excluded),
        "votes": [
            {
                "user": names(vote.user_id), "unit": vote.unit, "vote": vote.vote, "reason": vote.reason, "at": _time(vote.at),
                "interest": vote.interest, "mend_until": vote.mend_until.isoformat() if vote.mend_until else None,
                "counts": vote.user_id in counting,
            }
            for vote in votes
        ],
    }  # fmt: skip
    if events:
        found["events"] = [event_dict(row, names) for row in chain.listing(package_id=case.package_id)]
    return found


def event_dict(row: dict[str, Any], names: Names) -> dict[str, Any]:
    """An event for people: who and what was written, as long as it is there; else the key."""
    return {
        "number": row["number"],
        "kind": row["kind"],
        "actor": names(row["user_id"]) or row["actor"],
        "at": _time(row["at"]),
        "text": row["text"],
        "case_id": row["case_id"],
        "facts": row["facts"],
    }


def revision_dict(revision: Revision, names: Names | None = None) -> dict[str, Any]:
    """A revision as the actions return it; see `review_revision_show`."""
    names = names or Names()
    return {
        "id": revision.id,
        "package_id": revision.package_id,
        "state": revision.state,
        "content": revision.content,
        "content_hash": revision.content_hash,
        "files": revision.files,
        "comment": revision.comment,
        "created_by": names(revision.created_by),
        "created_at": _time(revision.created_at),
        "dataset": revision.dataset,
    }


def may_know(reader: model.User | None, package_id: str) -> bool:
    """Whether the reader sees the case of a dataset: all of it, or the board when the dataset is gone and had a case."""
    package = model.Package.get(package_id)
    who = access.memberships(reader)
    had_case = select(Case.id).where(Case.package_id == package_id).exists()
    if package is None or package.state == model.State.DELETED:
        return who.sysadmin or (who.board and bool(model.Session.scalar(select(had_case))))
    # of a source the board knows what is asked of it, never its settings
    if package.type == "harvest" and who.board and model.Session.scalar(select(had_case)):
        return True
    return access.reader_level(reader, package_id) == "all"
