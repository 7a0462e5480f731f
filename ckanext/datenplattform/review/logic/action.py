"""Actions of room `review` about cases. Times are ISO 8601 with time zone, UTC; a date without time is its first moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select
from sqlalchemy.orm import defer

from ...access import shared as access
from ...core.clock import utcnow
from ...core.validation import validated
from ...inventory import shared as inventory
from .. import cases, events, followup, numbers, post, present, ready, waiting, withdrawals
from ..model import Case
from . import schema
from .common import actor, package, scope, submitted

MOST = 1000


def review_submit(context: Any, data_dict: Any) -> dict[str, Any]:
    """Put a dataset, or the pending revision of a published one, before the board.

    :param package_id: id or name
    :param comment: for the board (optional)
    :param standing_release: scope of a standing release to be decided along with it (optional):
        {"streams": [names], "columns": [names], "resolution_seconds": int, "resolution_metres": int, "licence": str,
        "until": ISO date}; without columns and licence those of today are meant, what is new waits
    :param entry: true: only the entry is to appear in the public register (Nachweis); the data stay private
    :param dashboard: true: the dataset is chosen for the Daten-Fenster; part of what is decided
    :param track: normal or full: more of the board than is proposed, never less (optional)
    :param publish_at: once approved, publish not before this moment (optional)
    :returns: the case, see review_show
    :raises ValidationError: something is missing (said in words), or it is being reviewed already; nothing changed
    """
    tk.check_access("review_submit", context, data_dict)
    data = validated(data_dict, schema.submit(), context)
    found = package(data)
    publish_at = schema.utc(data.get("publish_at"))
    if publish_at and publish_at <= utcnow():
        raise tk.ValidationError({"publish_at": [tk._("This date is over. Please choose a later one, or none.")]})
    wishes = {
        "comment": data.get("comment"), "dashboard": data.get("dashboard"), "track": data.get("track"), "publish_at": publish_at,
    }  # fmt: skip
    if data.get("entry"):
        ready.check_entry(found)
        return submitted(context, found, "entry", **wishes)
    asked = scope(data["standing_release"], context) if data.get("standing_release") else None
    checks = ready.check(found)
    return submitted(context, found, "publication", scope=asked, checks=checks, **wishes)


def _change(context: Any, data: Any, change: Callable[[str], Case]) -> dict[str, Any]:
    """Change a case in one transaction; when that closes it, what follows; the case."""
    before = model.Session.get(Case, data["case_id"])
    if before is None:
        raise tk.ObjectNotFound()
    was_public = access.is_published(before.package_id)
    try:
        case = change(actor(context))
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if case.state != cases.OPEN:
        followup.after_decision(case, was_public)
    followup.announce(case)
    return present.case_dict(case, access.current_user(context))


def _refusal(data: dict[str, Any]) -> dict[str, Any]:
    """Reason, and either a protected interest or a day by which to mend the defect."""
    if not data.get("reason"):
        raise tk.ValidationError({"reason": [tk._("Please say why the dataset should not be published.")]})
    mend = schema.utc(data.get("mend_until"))
    if not data.get("interest") and mend is None:
        text = tk._("Please name the protected interest, or the day by which the defect is to be mended.")
        raise tk.ValidationError({"interest": [text]})
    if data.get("interest") and mend is not None:
        raise tk.ValidationError({"interest": [tk._("Please name a protected interest or a day, not both.")]})
    if mend is not None and mend.date() < utcnow().date():
        raise tk.ValidationError({"mend_until": [tk._("This date is over. Please choose a later one.")]})
    return {"interest": data.get("interest") or None, "mend_until": mend.date() if mend else None}


def review_vote(context: Any, data_dict: Any) -> dict[str, Any]:
    """Vote on a case; a vote may be changed until the case is decided. A decision takes effect at once.

    Each seat has one vote: a deputy may vote as long as the member has not, and a member's vote takes its place.

    :param case_id: the case
    :param vote: approve, refuse or abstain
    :param reason: required for refuse
    :param interest: of a refusal: the protected interest, one of the inventory's list; or
    :param mend_until: the day by which a defect (said in `reason`) is to be mended
    :returns: the case, see review_show
    :raises ValidationError: the case is closed already; the vote was not counted
    """
    # four eyes hold for everybody, whatever the context says
    context = {**context, "ignore_auth": False}
    tk.check_access("review_vote", context, data_dict)
    data = validated(data_dict, schema.vote(), context)
    grounds = _refusal(data) if data["vote"] == "refuse" else {}
    reason = data.get("reason") or ""
    return _change(context, data, lambda user: cases.vote(data["case_id"], user, data["vote"], reason, **grounds))


def review_decide(context: Any, data_dict: Any) -> dict[str, Any]:
    """The lead of the board alone: decides on the fast track, and asks for changes on every track.

    :param case_id: the case
    :param decision: approve, refuse or request_changes
    :param reason: required unless approved
    :param interest: of a refusal: the protected interest, one of the inventory's list
    :param mend_until: of requested changes: the day by which they are to be made
    :returns: the case, see review_show
    :raises NotAuthorized: not the lead, or not alone on this track; nothing changed
    """
    context = {**context, "ignore_auth": False}
    tk.check_access("review_decide", context, data_dict)
    data = validated(data_dict, schema.decide(), context)
    grounds: dict[str, Any] = {"interest": None, "mend_until": None}
    if data["decision"] != "approve":
        grounds = _refusal(data)
        if (data["decision"] == "refuse") != bool(grounds["interest"]):
            text = tk._("A refusal needs a protected interest, requested changes need a day by which they are made.")
            raise tk.ValidationError({"decision": [text]})
    reason = data.get("reason") or ""
    return _change(context, data, lambda user: cases.decide(data["case_id"], user, data["decision"], reason, **grounds))


def review_recuse(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take no part in a case, before voting on it; the seat's deputy votes. Cannot be taken back.

    :param case_id: the case
    :param reason: optional
    :returns: the case, see review_show
    """
    context = {**context, "ignore_auth": False}
    tk.check_access("review_recuse", context, data_dict)
    data = validated(data_dict, schema.recuse(), context)
    return _change(context, data, lambda user: cases.recuse(data["case_id"], user, data.get("reason") or ""))


def review_track_raise(context: Any, data_dict: Any) -> dict[str, Any]:
    """Give a case more of the board than was proposed: from fast to normal or full. Nobody lowers it.

    :param case_id: the case
    :param track: normal or full
    :returns: the case, see review_show
    """
    tk.check_access("review_track_raise", context, data_dict)
    data = validated(data_dict, schema.track(), context)
    return _change(context, data, lambda user: cases.raise_track(data["case_id"], user, data["track"]))


def review_comment(context: Any, data_dict: Any) -> dict[str, Any]:
    """Write something to a case; the board, the data-protection officer and the unit read it.

    :param case_id: the case
    :param text: at most 5,000 characters
    :returns: the event: {"number", "kind", "actor", "at", "text", "case_id", "facts"}
    """
    tk.check_access("review_comment", context, data_dict)
    data = validated(data_dict, schema.comment(), context)
    case = model.Session.get(Case, data["case_id"])
    if case is None:
        raise tk.ObjectNotFound()
    number = events.append(case.package_id, "commented", actor(context), case.id, text=data["text"])
    found = events.listing(case_id=case.id, number=number)[0]
    model.Session.commit()
    return present.event_dict(found, present.Names())


def review_release(context: Any, data_dict: Any) -> dict[str, Any]:
    """Repeat what follows a decision (files, index), after a failure. Decides nothing.

    :param case_id: a case the board approved
    :returns: the case, see review_show
    """
    tk.check_access("review_release", context, data_dict)
    case = model.Session.get(Case, tk.get_or_bust(data_dict, "case_id") or "")
    if case is None:
        raise tk.ObjectNotFound()
    if case.state != "published":
        raise cases.Conflict(tk._("The board has not approved this case."))
    followup.after_decision(case, was_public=True)
    return present.case_dict(case, access.current_user(context))


def review_withdraw(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take back a submission, or hide a published dataset at once.

    With a case open it is taken back and a published version stays; without one the publication ends, or, where only
    the entry is in the register, it leaves the register.

    :param package_id: id or name
    :param reason: why; kept with the case
    :param publication: true: end the publication even though a case is open
    :returns: {"package_id", "withdrawn": "submission" | "publication" | "entry"}
    """
    tk.check_access("review_withdraw", context, data_dict)
    data = validated(data_dict, schema.reason(), context)
    found = package(data)
    user_id = actor(context)
    try:
        case = cases.open_case(found.id, lock=True)
        if case and not tk.asbool(data_dict.get("publication") or False):
            withdrawals.take_back_submission(case, user_id, data["reason"])
            what = "submission"
        elif not access.is_published(found.id) and inventory.register.released(found.id):
            withdrawals.withdraw_entry(found.id, user_id, data["reason"])
            what = "entry"
        else:
            withdrawals.withdraw_publication(found.id, user_id, data["reason"])
            what = "publication"
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if case:
        followup.announce(case)
    if what == "publication":
        followup.after_withdrawal(found.id, user_id, data["reason"])
    else:
        access.reindex([found.id])
        post.soon()
    return {"package_id": found.id, "withdrawn": what}


def review_revoke(context: Any, data_dict: Any) -> dict[str, Any]:
    """End what was released, at once: the publication, or the entry in the register. An open case about it is taken back with it.

    :param package_id: id or name
    :param reason: why; kept with the dataset's events
    :returns: {"package_id", "withdrawn": "publication" | "entry"}
    :raises ValidationError: nothing of it is public; nothing was changed
    """
    tk.check_access("review_revoke", context, data_dict)
    return review_withdraw(context, {**data_dict, "publication": True})


@tk.side_effect_free
def review_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """A case.

    :param id: the case, or
    :param package_id: id or name of a dataset: its latest case
    :returns: {"id", "package_id", "name", "title", "owner_org", "unit_title", "kind", "state", "revision_id",
        "content_hash", "files", "submitted_by", "submitted_at", "deadline", "decided_at", "quorum", "comment",
        "reason", "standing_release", "entry", "track", "dashboard", "duty", "publish_at", "interests", "mend_until",
        "rules", "tally", "my_vote", "may_vote", "may_decide", "votes", "events"}; a vote that a member's own has replaced
        says "counts": false
    :raises NotFound: no such case, or none for this reader
    """
    tk.check_access("review_show", context, data_dict)
    if data_dict.get("id"):
        case = model.Session.get(Case, data_dict["id"])
    else:
        found = package(data_dict)
        case = model.Session.query(Case).filter_by(package_id=found.id).order_by(Case.submitted_at.desc()).first()
    if case is None:
        raise tk.ObjectNotFound()
    return present.case_dict(case, access.current_user(context))


@tk.side_effect_free
def review_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Cases: the board sees all, others those of their own unit. Open ones by deadline, then the latest first.

    :param state: in_review, approved, published, refused, changes_requested, withdrawn or expired (optional)
    :param needs_vote: true: only open ones in which the reader's own vote is missing
    :param decided: true: only those that are not open any more
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "results": [cases without events]}
    """
    tk.check_access("review_list", context, data_dict)
    data = validated(data_dict, schema.listing(), context)
    reader = access.current_user(context)
    who = access.memberships(reader)
    # the frozen content and the findings of the checks are not shown here
    query = model.Session.query(Case).options(defer(Case.content), defer(Case.checks))
    if data.get("state"):
        query = query.filter(Case.state == data["state"])
    if data.get("needs_vote"):
        query = query.filter(Case.id.in_(waiting.needing(reader.id) if reader else ()))
    if data.get("decided"):
        query = query.filter(Case.state != cases.OPEN)
    if not (who.board or who.sysadmin or "inventory_lead" in who.roles):
        own = select(model.Package.id).where(model.Package.owner_org.in_(who.edits))
        query = query.filter(Case.package_id.in_(own))
    count = query.count()
    rows = (
        query.order_by((Case.state != cases.OPEN), Case.decided_at.desc(), Case.deadline, Case.id)
        .limit(min(int(data.get("limit") or 50), MOST))
        .offset(int(data.get("offset") or 0))
    )
    found = rows.all()
    shelf = present.Shelf(found)
    return {"count": count, "results": [present.case_dict(row, reader, shelf, events=False) for row in found]}


@tk.side_effect_free
def review_history(context: Any, data_dict: Any) -> dict[str, Any]:
    """What happened, event by event, as the chain has it.

    :param case_id: a case, or
    :param package_id: id or name of a dataset: all its cases
    :param limit: at most 500 (default); :param offset: default 0
    :returns: {"head": {"number", "hash"} of the whole chain, "results": [{"number", "kind", "actor", "at", "text",
        "case_id", "facts", "hash"}]}
    """
    tk.check_access("review_history", context, data_dict)
    data = validated(data_dict, schema.history(), context)
    where = {"case_id": data["case_id"]} if data.get("case_id") else {"package_id": package(data).id}
    rows = events.listing(limit=min(int(data.get("limit") or 500), 500), offset=int(data.get("offset") or 0), **where)
    names, head = present.Names(), events.head()
    return {
        "head": {"number": head.number, "hash": head.hash},
        "results": [{**present.event_dict(row, names), "hash": row["hash"]} for row in rows],
    }


@tk.side_effect_free
def review_report(context: Any, data_dict: Any) -> dict[str, Any]:
    """What the board did in a period, in numbers. Open to everybody: no title, no person; other readers than staff get
    for each unit only what was published.

    :param since: first day; :param until: first day after the period (both optional)
    :returns: {"since", "until", "received", "decided", "open", "approved", "published", "refused", "changes_requested",
        "withdrawn", "expired": int, "days_to_decision": {"median", "longest"} or null, "tracks": {track: int},
        "refused_by_interest": {code: int}, "dashboard": int, "units": [{"unit", "title", "published", …}]}
    """
    tk.check_access("review_report", context, data_dict)
    data = validated(data_dict, schema.period(), context)
    who = access.memberships(access.current_user(context))
    return numbers.report(schema.utc(data.get("since")), schema.utc(data.get("until")), whole=who.staff or who.sysadmin)


ACTIONS = (
    review_submit, review_vote, review_decide, review_recuse, review_track_raise, review_comment, review_release,
    review_withdraw, review_revoke, review_show, review_list, review_history, review_report,
)  # fmt: skip
