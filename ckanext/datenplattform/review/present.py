"""Cases and revisions as dicts for actions and pages."""

from __future__ import annotations

from typing import Any

import ckan.model as model

from ..access import shared as access
from . import events as chain
from .cases import eligible
from .model import OPEN, Case, Revision, Vote
from .voting import tally


def _time(value: Any) -> str | None:
    return value.isoformat() if value else None


class Names:
    """User ids to names, each asked once."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, user_id: str | None) -> str | None:
        if user_id is None:
            return None
        if user_id not in self._known:
            user = model.User.get(user_id)
            self._known[user_id] = (user.fullname or user.name) if user else user_id
        return self._known[user_id]


def case_dict(case: Case, reader: model.User | None, names: Names | None = None, events: bool = True) -> dict[str, Any]:
    """A case as the actions return it; see `review_show`."""
    names = names or Names()
    package = model.Package.get(case.package_id)
    unit = model.Group.get(package.owner_org) if package and package.owner_org else None
    votes = model.Session.query(Vote).filter_by(case_id=case.id).order_by(Vote.at).all()
    mine = next((item.vote for item in votes if reader and item.user_id == reader.id), None)
    found = {
        "id": case.id,
        "package_id": case.package_id,
        "name": package.name if package else case.content["package"].get("name"),
        "title": case.content["package"].get("title") or case.content["package"].get("name"),
        "owner_org": package.owner_org if package else None,
        "unit_title": unit.title if unit else None,
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
        "entry": case.content.get("entry"),
        "tally": tally(item.vote for item in votes),
        "my_vote": mine,
        "may_vote": bool(case.state == OPEN and reader and reader.id in eligible(case)),
        "votes": [
            {"user": names(item.user_id), "unit": item.unit, "vote": item.vote, "reason": item.reason, "at": _time(item.at)}
            for item in votes
        ],
    }
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
    """Whether the reader sees the case of a dataset: all of it, or the board when the dataset is gone."""
    who = access.memberships(reader)
    if model.Package.get(package_id) is None:
        return who.board or who.sysadmin
    package = model.Package.get(package_id)
    if package is not None and package.state == model.State.DELETED:
        return who.board or who.sysadmin
    return access.reader_level(reader, package_id) == "all"
