"""What happens to a case: submitted, voted, carried out, taken back. Each function is one transaction of its
caller, who commits; what follows a decision (index, signals) is in `followup`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ..access import shared as access
from ..core import municipality
from ..core.clock import utcnow
from ..inventory import shared as inventory
from . import events, revisions
from .model import OPEN, Case, Editor, Revision, Vote
from .voting import outcome

# until the rules of the municipality file say otherwise; passing it decides nothing
DEADLINE = timedelta(days=14)


class Conflict(tk.ValidationError):
    """Somebody else was faster, or the dataset is not in the state for it."""

    def __init__(self, text: str):
        super().__init__({"__all__": [text]}, {"": text})


def open_case(package_id: str, lock: bool = False) -> Case | None:
    """The case the board is looking at, or None; with `lock` no other request changes it meanwhile."""
    query = model.Session.query(Case).filter_by(package_id=package_id, state=OPEN)
    return (query.with_for_update() if lock else query).populate_existing().first()


def note_editor(package_id: str, user_id: str) -> None:
    """Remember that somebody changed the dataset."""
    model.Session.merge(Editor(package_id=package_id, user_id=user_id, at=utcnow()))


def barred(case: Case) -> set[str]:
    """Ids of users who may not vote: who submitted it, made the revision, or edited the dataset before."""
    editors = set(
        model.Session.execute(
            select(Editor.user_id).where(Editor.package_id == case.package_id, Editor.at <= case.submitted_at)
        ).scalars()
    )
    made = model.Session.get(Revision, case.revision_id) if case.revision_id else None
    return editors | {case.submitted_by} | ({made.created_by} if made else set())


def seats() -> dict[str, str | None]:
    """{user id: unit} of those who sit on the board at this moment."""
    return {**dict(access.seats("board")), **dict(access.seats("board_lead"))}


def eligible(case: Case) -> set[str]:
    """Ids of those who may vote on a case now."""
    return set(seats()) - barred(case)


def _file_sums(package_id: str) -> dict[str, str]:
    package = model.Package.get(package_id)
    sums = {}
    for resource in package.resources if package else []:
        path = inventory.stored({"id": resource.id, "url": resource.url, "url_type": resource.url_type})
        if path:
            sums[resource.id] = inventory.checksum(path)
        elif resource.url_type == "upload":
            raise Conflict(tk._("The file of “%(name)s” is missing. Please upload it again.") % {"name": resource.name})
    return sums


def submit(package: model.Package, user_id: str, comment: str, scope: dict[str, Any] | None, kind: str) -> Case:
    """Put a dataset (or its pending revision, or a standing release) before the board."""
    model.Session.query(model.Package).filter_by(id=package.id).with_for_update().one()
    if open_case(package.id):
        raise Conflict(tk._("This dataset is being reviewed already."))
    revision = revisions.pending(package.id)
    if kind == "entry" and access.is_published(package.id):
        raise Conflict(tk._("This dataset is published: its entry is public already."))
    if kind == "publication" and access.is_published(package.id):
        if revision is None:
            raise Conflict(tk._("This dataset is published and has no pending revision. There is nothing to decide."))
        kind = "revision"
    rules = municipality.current().board
    if kind == "revision" and revision:
        content, sums = revision.content, dict(revision.files)
    elif kind == "entry":
        entry = inventory.register.entry(package.id)
        content, sums = {"package": {"name": package.name, "title": package.title}, "entry": entry}, {}
    else:
        content, sums = access.content(package.id), _file_sums(package.id)
    assert content is not None
    case = Case(
        package_id=package.id,
        kind=kind,
        revision_id=revision.id if kind == "revision" and revision else None,
        content=content,
        content_hash=access.digest(content),
        files=sums,
        scope=scope,
        quorum=rules.quorum,
        comment=comment,
        submitted_by=user_id,
        submitted_at=utcnow(),
        deadline=utcnow() + DEADLINE,
    )
    model.Session.add(case)
    model.Session.flush()
    if len(eligible(case)) < case.quorum:
        raise Conflict(
            tk._(
                "The board has too few members who did not edit this dataset themselves: "
                "%(able)d may vote, %(quorum)d must. Please let somebody else submit it."
            )
            % {"able": len(eligible(case)), "quorum": case.quorum}
        )
    if kind == "publication":
        access.set_review_state(package.id, "in_review", locked_hash=case.content_hash)
    elif kind == "entry":
        # what is decided is the frozen entry; the dataset itself may be worked at
        access.set_review_state(package.id, "in_review")
    events.append(package.id, "submitted", user_id, case.id, {"kind": kind, "content_hash": case.content_hash}, comment)
    return case


def vote(case_id: str, user_id: str, choice: str, reason: str) -> Case:
    """Cast or change a vote; when that decides the case, carry the decision out in the same transaction."""
    case = model.Session.query(Case).filter_by(id=case_id).with_for_update().populate_existing().first()
    if case is None:
        raise tk.ObjectNotFound()
    if case.state != OPEN:
        raise Conflict(tk._("This case is closed already. Your vote was not counted."))
    model.Session.merge(
        Vote(case_id=case.id, user_id=user_id, unit=seats().get(user_id), vote=choice, reason=reason, at=utcnow())
    )
    model.Session.flush()
    events.append(case.package_id, "voted", user_id, case.id, {"vote": choice})
    votes = model.Session.query(Vote).filter_by(case_id=case.id).all()
    voters = {item.user_id for item in votes}
    decided = outcome([item.vote for item in votes], len(eligible(case) | voters), case.quorum)
    if decided == "approve":
        carry_out(case)
    elif decided == "refuse":
        close(case, "refused", "; ".join(item.reason for item in votes if item.vote == "refuse" and item.reason))
        if case.kind in ("publication", "entry"):
            access.set_review_state(case.package_id, "refused")
    return case


def close(case: Case, state: str, reason: str = "", actor: str | None = None) -> None:
    """End a case."""
    case.state, case.reason, case.decided_at = state, reason, utcnow()
    kind = "entry_published" if (case.kind, state) == ("entry", "published") else state
    events.append(case.package_id, kind, actor, case.id, _decided(case) if state == "published" else {}, reason)


def _decided(case: Case) -> dict[str, Any]:
    """What a decision to release fixes, as hashes."""
    entry = case.content.get("entry")
    return {
        "content_hash": case.content_hash,
        "files_hash": access.digest(case.files),
        "entry_hash": access.digest(entry) if case.kind == "entry" and entry else None,
        "scope_hash": access.digest(_bounds(case.scope)) if case.scope else None,
    }


def _bounds(scope: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in scope.items() if key != "until"}


def carry_out(case: Case) -> None:
    """Do what the board approved. What is no longer as it was decided goes back to the unit, unpublished."""
    package = model.Package.get(case.package_id)
    if package is None or package.state != model.State.ACTIVE:
        close(case, "withdrawn", tk._("The dataset no longer exists."))
        if package is not None:
            access.set_review_state(package.id, None)
        return
    try:
        with model.Session.begin_nested():
            _release(case)
    except access.ContentChanged:
        text = tk._("The dataset is not what was submitted. Please submit it again.")
        close(case, "changes_requested", text)
        if case.kind == "publication":
            access.set_review_state(case.package_id, "changes_requested")
        return
    close(case, "published")
    model.Session.query(Editor).filter_by(package_id=case.package_id).delete()


def _release(case: Case) -> None:
    if case.kind == "publication":
        if _file_sums(case.package_id) != case.files:
            raise access.ContentChanged(case.package_id)
        access.publish(case.package_id, case.content_hash, case.id)
    elif case.kind == "entry":
        inventory.register.release(case.package_id, case.content["entry"], case.id)
        access.set_review_state(case.package_id, "entry_released")
    elif case.kind == "revision":
        revisions.release(case.revision_id, case.content_hash, case.id)
    elif not access.is_published(case.package_id):
        raise access.ContentChanged(case.package_id)
    if case.scope:
        until = case.scope.get("until")
        access.grant_standing_release(case.package_id, _bounds(case.scope), case.id, _time(until) if until else None)


def _time(text: str) -> Any:
    from datetime import datetime, timezone

    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def take_back_submission(case: Case, user_id: str, reason: str) -> None:
    """The unit withdraws what it submitted; the dataset is internal again and can be changed."""
    close(case, "withdrawn", reason, user_id)
    if case.kind in ("publication", "entry"):
        in_register = inventory.register.released(case.package_id) is not None
        access.set_review_state(case.package_id, "entry_released" if in_register else None)


def withdraw_entry(package_id: str, user_id: str, reason: str) -> None:
    """Take an entry out of the register at once."""
    if not inventory.register.withdraw(package_id):
        raise Conflict(tk._("This dataset is not in the register."))
    access.set_review_state(package_id, "withdrawn")
    events.append(package_id, "entry_withdrawn", user_id, text=reason)


def withdraw_publication(package_id: str, user_id: str, reason: str) -> None:
    """Hide a published dataset at once, and end what stands open on it."""
    case = open_case(package_id, lock=True)
    if case:
        close(case, "withdrawn", reason, user_id)
    if not access.unpublish(package_id):
        raise Conflict(tk._("This dataset is not published."))
    revisions.discard_pending(package_id)
    events.append(package_id, "publication_withdrawn", user_id, text=reason)
