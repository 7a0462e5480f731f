"""A person is erased from the record of the review, when the law demands it. The chain still proves every decision:
it knows the person by a random key only, and what the key stood for is gone.

Milestones and papers name their authors by the same keys: nothing in them is left to erase. Their texts are the board's, not a
person's, and stay.
"""

from __future__ import annotations

import ckan.model as model
from sqlalchemy import delete, select, update

from ..core.errors import PlatformError
from ..core.i18n import N_
from . import events
from .model import Actor, Case, Editor, Note, Recusal, Revision, Vote


class NotForgotten(PlatformError):
    """Nothing was erased; the message says why."""


UNKNOWN = N_("The review knows nobody called “%(name)s”. Nothing was changed.")
STILL_HERE = N_(
    "The account “%(name)s” is still active. Please delete it first: who still works here is not erased, "
    "because nobody votes on what he or she edited. Nothing was changed."
)


def forget(name: str) -> str:
    """Erase a person, in the caller's transaction; the key that stays.

    :param name: id or name of a deleted account, or the id of one that was purged
    :raises NotForgotten: unknown, or still active
    """
    user = model.User.get(name)
    if user is not None and user.state == model.State.ACTIVE:
        raise NotForgotten(STILL_HERE, name=name)
    user_id = user.id if user is not None else name
    if not _known(user_id):
        raise NotForgotten(UNKNOWN, name=name)
    events.lock()
    key = events.key_of(user_id)
    events.append("", "forgotten", None, facts={"person": key})
    session = model.Session
    own = select(events.EVENT.c.number).where(events.EVENT.c.actor == key)
    for case in session.query(Case).filter(Case.id.in_(select(Vote.case_id).where(Vote.user_id == user_id))):
        case.reason = _others(case, user_id)
    # the reason of a withdrawal is what somebody wrote at the event that closed the case
    closed = select(events.EVENT.c.case_id).where(events.EVENT.c.actor == key, events.EVENT.c.kind == "withdrawn")
    session.execute(update(Case).where(Case.id.in_(closed)).values(reason=None))
    session.execute(update(Case).where(Case.submitted_by == user_id).values(submitted_by=key, comment=None))
    session.execute(update(Revision).where(Revision.created_by == user_id).values(created_by=key, comment=None))
    session.execute(update(Vote).where(Vote.user_id == user_id).values(user_id=key, reason=None))
    session.execute(update(Recusal).where(Recusal.user_id == user_id).values(user_id=key))
    session.execute(update(Editor).where(Editor.user_id == user_id).values(user_id=key))
    session.execute(delete(Note).where(Note.number.in_(own)))
    session.execute(update(Actor).where(Actor.key == key).values(user_id=None))
    # the note of a refusal holds everybody's reasons
    refusals = select(events.EVENT.c.number, events.EVENT.c.case_id).where(
        events.EVENT.c.kind.in_(("refused", "changes_requested")),
        events.EVENT.c.case_id.in_(select(Vote.case_id).where(Vote.user_id == key)),
    )
    for row in session.execute(refusals).all():
        case = session.get(Case, row.case_id)
        text = (case.reason if case else None) or ""
        session.execute(update(Note).where(Note.number == row.number).values(text=text))
    session.flush()
    return key


def _known(user_id: str) -> bool:
    for column in (Actor.user_id, Vote.user_id, Editor.user_id, Case.submitted_by, Revision.created_by, Recusal.user_id):
        if model.Session.execute(select(column).where(column == user_id).limit(1)).first():
            return True
    return False


def _others(case: Case, user_id: str) -> str | None:
    """The reasons of a decision without those of one person."""
    if case.state not in ("refused", "changes_requested"):
        return case.reason
    votes = model.Session.query(Vote).filter(Vote.case_id == case.id, Vote.user_id != user_id).order_by(Vote.at)
    return "; ".join(vote.reason for vote in votes if vote.vote == "refuse" and vote.reason) or None
