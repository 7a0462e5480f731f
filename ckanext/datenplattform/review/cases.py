"""What happens to a case: the table of `states` carried out. Each function is one transaction of its caller, who
commits; what follows a decision (index, mails) is in `followup`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ..access import shared as access
from ..core.clock import utcnow
from ..inventory import shared as inventory
from . import events, post, revisions, rules, sources, standing, states, tracks
from .model import OPEN, RUNNING, Case, Editor, Recusal, Vote
from .seats import Poll, leads, on_board
from .voting import tally

# what the dataset's own stage of review becomes with a case about the dataset itself
STAGE = {"refused": "refused", "changes_requested": "changes_requested"}


class Conflict(tk.ValidationError):
    """Somebody else was faster, or the dataset is not in the state for it."""

    def __init__(self, text: str):
        super().__init__({"__all__": [text]}, {"": text})


def open_case(package_id: str, lock: bool = False) -> Case | None:
    """The case that is not closed yet, or None; with `lock` no other request changes it meanwhile."""
    query = model.Session.query(Case).filter(Case.package_id == package_id, Case.state.in_(RUNNING))
    return (query.with_for_update() if lock else query).populate_existing().first()


def locked(case_id: str) -> Case:
    """A case that no other request changes meanwhile. Raises NotFound."""
    case = model.Session.query(Case).filter_by(id=case_id).with_for_update().populate_existing().first()
    if case is None:
        raise tk.ObjectNotFound()
    return case


def note_editor(package_id: str, user_id: str) -> None:
    """Remember that somebody changed the dataset."""
    model.Session.merge(Editor(package_id=package_id, user_id=user_id, at=utcnow()))


def move(
    case: Case, name: str, by: str, holds: Iterable[str], user_id: str | None = None, text: str = "",
    facts: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Take a case one step along the table: its state, its event, and who is told once it is committed."""
    way = states.take(case.state, name, by, holds)
    case.state = way.target
    if way.target not in (*RUNNING, "published"):
        case.decided_at, case.reason = utcnow(), text
    elif way.target == "approved":
        case.decided_at = utcnow()
    kind = "entry_published" if (case.kind, way.writes) == ("entry", "published") else way.writes
    if kind:
        events.append(case.package_id, kind, user_id, case.id, {"by": by, **(facts or {})}, text)
    model.Session.flush()
    post.step(case, way, user_id)
    case.ways = [*getattr(case, "ways", []), way]


def stage(case: Case) -> None:
    """The dataset's stage of review after its case was closed without release; a published one stays as it is."""
    if case.kind not in ("publication", "entry"):
        return
    in_register = inventory.register.released(case.package_id) is not None
    if model.Package.get(case.package_id) is not None and not access.is_published(case.package_id):
        access.set_review_state(case.package_id, STAGE.get(case.state) or ("entry_released" if in_register else None))


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


def submit(package: model.Package, user_id: str, kind: str, **wishes: Any) -> Case:
    """Put a dataset (or its pending revision, its entry, or a standing release) before the board.

    :param wishes: comment, scope (of a standing release), track (can only raise it), dashboard (bool), publish_at,
        checks (what the automatic checks found, JSON-able; its "track" can raise the track too; with "pending" they are
        still to be carried out, and the case waits for them in state `checks`), under (id of the case about the source by whose
        standing release it is published, see `flowing`)
    """
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
    changed: list[str] = []
    if kind == "revision" and revision:
        content, sums = revision.content, dict(revision.files)
        changed = [item["field"] for item in revisions.difference(access.content(package.id) or {}, content)]
    elif kind == "entry":
        entry = inventory.register.entry(package.id)
        content, sums = {"package": {"name": package.name, "title": package.title}, "entry": entry}, {}
    elif kind == "source_release":
        content, sums = sources.content(package), {}
    else:
        content, sums = access.content(package.id), _file_sums(package.id)
    assert content is not None
    system: Any = {"ignore_auth": True}
    # a source has no entry in the inventory
    record = {} if kind == "source_release" else tk.get_action("inventory_record_show")(system, {"id": package.id})
    under = wishes.get("under")
    checks = wishes.get("checks") or {}
    seen = checks.get("files") or {}
    if checks and (checks["content_hash"] != access.digest(content) or any(seen.get(key) != value for key, value in sums.items())):
        raise Conflict(tk._("The dataset was changed while it was being checked. Please submit it again."))
    track = tracks.proposed(kind, record, changed, bool(sums) if revision else False, bool(checks.get("forerunner")))
    # what flows without a vote from then on is no matter for the lead alone
    for wanted in (checks.get("track"), wishes.get("track"), "normal" if wishes.get("scope") else None):
        track = tracks.raised(track, wanted)
    given = rules.in_force()
    now = utcnow()
    case = Case(
        package_id=package.id,
        kind=kind,
        state="draft",
        revision_id=revision.id if kind == "revision" and revision else None,
        content=content,
        content_hash=access.digest(content),
        files=sums,
        scope=(sources if kind == "source_release" else standing).bounded(wishes["scope"], package) if wishes.get("scope") else None,
        under=under,
        rules=given,
        rules_hash=rules.digest(given),
        track=track,
        quorum=rules.quorum(given, track),
        duty=list(record.get("publication_duty") or []),
        dashboard=bool(wishes.get("dashboard")),
        publish_at=wishes.get("publish_at"),
        checks=checks or None,
        comment=wishes.get("comment") or "",
        submitted_by=user_id,
        submitted_at=now,
        deadline=rules.deadline(given, track, now),
    )
    model.Session.add(case)
    model.Session.flush()
    able = len(Poll(case).electorate)
    if able < case.quorum and not under:
        raise Conflict(
            tk._(
                "The board has too few members who did not edit this dataset themselves: "
                "%(able)d may vote, %(quorum)d must. Please let somebody else submit it."
            )
            % {"able": able, "quorum": case.quorum}
        )
    facts = {"kind": kind, "content_hash": case.content_hash, "rules_hash": case.rules_hash, "track": track, "duty": case.duty}
    if under:
        move(case, "submit", "release", {"complete", "within"}, None, case.comment, {**facts, "under": under})
    else:
        move(case, "submit", "unit", {"complete", "electorate"}, user_id, case.comment, facts)
    if kind == "publication":
        access.set_review_state(package.id, "in_review", locked_hash=case.content_hash)
    elif kind == "entry":
        # what is decided is the frozen entry; the dataset itself may be worked at
        access.set_review_state(package.id, "in_review")
    move(case, "check", "portal", ())
    if not checks.get("pending") and not under:
        move(case, "open", "portal", {"no_stop"})
    return case


def flow(case: Case) -> None:
    """Publish what the board's release of its source covers. The caller has looked, and keeps that release from being ended
    until the transaction ends (see `flowing`)."""
    approve(case, "release", {"no_stop", "within"}, None, {"under": case.under})


def opened(case: Case, checks: dict[str, Any]) -> None:
    """The checks of large files found no stop: the board's time begins now."""
    case.checks = checks
    case.track = tracks.raised(case.track, checks.get("track"))
    case.quorum = rules.quorum(case.rules, case.track)
    case.deadline = rules.deadline(case.rules, case.track, utcnow())
    facts = {"checks_hash": access.digest(checks), "track": case.track, "deadline": case.deadline.isoformat()}
    events.append(case.package_id, "checked", None, case.id, facts)
    move(case, "open", "portal", {"no_stop"})
    post.write("opened", post.editors(case.package_id) | {case.submitted_by}, case.package_id, case.id)


def stopped(case: Case, reason: str) -> None:
    """The checks of large files found what must not be published: the unit gets it back."""
    move(case, "stop", "portal", {"stop"}, None, reason)
    stage(case)


def give_back(case: Case) -> None:
    """What was submitted is no longer there as it was: the unit gets it back."""
    move(case, "give_back", "portal", {"changed"}, None, tk._("The dataset is not what was submitted. Please submit it again."))
    stage(case)


def vanish(case: Case) -> None:
    """The dataset was deleted or purged."""
    move(case, "vanish", "portal", {"gone"}, None, tk._("The dataset no longer exists."))
    if model.Package.get(case.package_id) is not None:
        access.set_review_state(case.package_id, None)


def _open(case_id: str, text: str) -> Case:
    case = locked(case_id)
    if case.state in ("submitted", "checks"):
        raise Conflict(tk._("The automatic checks of this case are still running. Please wait until they are done. Nothing was changed."))
    if case.state != OPEN:
        raise Conflict(text)
    return case


def vote(
    case_id: str, user_id: str, choice: str, reason: str, interest: str | None = None, mend_until: date | None = None
) -> Case:
    """Cast or change a vote; when that decides the case, carry the decision out in the same transaction.

    :raises NotAuthorized: no seat, or not any more; the member has voted already (for a deputy)
    """
    case = _open(case_id, tk._("This case is closed already. Your vote was not counted."))
    seat = Poll(case).seat(user_id)
    if seat is None:
        raise tk.NotAuthorized(tk._("You do not vote on this case."))
    facts = {"vote": choice, "interest": interest, "mend_until": mend_until.isoformat() if mend_until else None}
    number = events.append(case.package_id, "voted", user_id, case.id, facts)
    model.Session.merge(
        Vote(case_id=case.id, user_id=user_id, unit=None if seat == user_id else seat, vote=choice, reason=reason,
             interest=interest, mend_until=mend_until, event=number, at=utcnow())
    )  # fmt: skip
    model.Session.flush()
    settle(case)
    return case


def settle(case: Case) -> None:
    """Decide an open case when its votes decide it, and carry that out."""
    poll = Poll(case)
    decided = poll.outcome(case.quorum, rules.majority(case.rules, case.track))
    counts = {"tally": tally(cast.choice for cast in poll.counting.values())}
    holds = {"majority", "four_eyes"}
    if decided == "approve":
        approve(case, "board", holds, None, counts)
    elif decided == "refuse":
        valid = {cast.person for cast in poll.counting.values() if cast.choice == "refuse"}
        against = model.Session.query(Vote).filter(Vote.case_id == case.id, Vote.user_id.in_(valid)).order_by(Vote.event).all()
        interests = sorted({vote.interest for vote in against if vote.interest})
        mend = [vote.mend_until for vote in against if vote.mend_until and not vote.interest]
        # more who see a defect than who see an interest: it can be mended
        turn_down(case, "board", holds, None, "; ".join(vote.reason for vote in against if vote.reason),
                  *((None, max(mend)) if len(mend) * 2 > len(against) else (interests, None)), counts)  # fmt: skip


def approve(case: Case, by: str, holds: Iterable[str], user_id: str | None, facts: dict[str, Any]) -> None:
    """The decision to release; it is carried out at once, or on its date."""
    publish_at = case.publish_at.isoformat() if case.publish_at else None
    move(case, "approve", by, holds, user_id, "", {**_decided(case), **facts, "publish_at": publish_at})
    if not case.publish_at or case.publish_at <= utcnow():
        carry_out(case)


def turn_down(
    case: Case, by: str, holds: Iterable[str], user_id: str | None, reason: str, interests: list[str] | None,
    mend_until: date | None, facts: dict[str, Any],
) -> None:  # fmt: skip
    """The decision not to release: for protected interests, or for a defect to mend by a day."""
    case.interests, case.mend_until = interests, mend_until
    said = {
        **_decided(case), **facts, "released": "nothing", "interests": interests,
        "mend_until": mend_until.isoformat() if mend_until else None,
    }  # fmt: skip
    if mend_until:
        move(case, "request_changes", by, {*holds, "defect"}, user_id, reason, said)
    else:
        # refusals from before interests were asked for have none
        move(case, "refuse", by, {*holds, "interest"}, user_id, reason, said)
    stage(case)


def _decided(case: Case) -> dict[str, Any]:
    """What a decision fixes."""
    entry = case.content.get("entry")
    return {
        "content_hash": case.content_hash,
        "files_hash": access.digest(case.files),
        "entry_hash": access.digest(entry) if case.kind == "entry" and entry else None,
        "scope_hash": access.digest(standing.bounds(case.scope)) if case.scope else None,
        "until": case.scope.get("until") if case.scope else None,
        "rules_hash": case.rules_hash,
        "checks_hash": access.digest(case.checks) if case.checks else None,
        "track": case.track,
        "duty": case.duty,
        "dashboard": case.dashboard,
        "released": "entry" if case.kind == "entry" else "data",
    }


def decide(
    case_id: str, user_id: str, decision: str, reason: str, interest: str | None, mend_until: date | None
) -> Case:
    """The lead alone: everything on the fast track, changes requested on each."""
    case = _open(case_id, tk._("This case is closed already. Nothing was changed."))
    holds = {"four_eyes"} if user_id in leads() - Poll(case).excluded else set()
    holds |= {"fast_track"} if case.track == "fast" else set()
    try:
        if decision == "approve":
            approve(case, "lead", holds, user_id, {})
        else:
            turn_down(case, "lead", holds, user_id, reason, [interest] if interest and not mend_until else None, mend_until, {})
    except states.NotPossible:
        raise tk.NotAuthorized(tk._("Only the board as a whole decides this case. Please vote.")) from None
    return case


def recuse(case_id: str, user_id: str, reason: str) -> Case:
    """A member or deputy takes no part; the deputy takes the seat. Only before voting."""
    case = _open(case_id, tk._("This case is closed already. Nothing was changed."))
    if not on_board(user_id):
        raise tk.NotAuthorized(tk._("Only members of the board vote."))
    if model.Session.get(Vote, (case.id, user_id)):
        raise Conflict(tk._("You have voted already: you cannot recuse yourself any more."))
    if model.Session.get(Recusal, (case.id, user_id)) is None:
        model.Session.add(Recusal(case_id=case.id, user_id=user_id, at=utcnow()))
        events.append(case.package_id, "recused", user_id, case.id, text=reason)
        settle(case)
    return case


def raise_track(case_id: str, user_id: str, track: str) -> Case:
    """More of the board than was proposed, never less."""
    case = _open(case_id, tk._("This case is closed already. Nothing was changed."))
    if tracks.RANK[track] <= tracks.RANK[case.track]:
        raise Conflict(tk._("The track of a case can only be raised."))
    case.track, case.quorum = track, rules.quorum(case.rules, track) if case.rules else case.quorum
    case.deadline = max(case.deadline, rules.deadline(case.rules, track, case.submitted_at))
    events.append(case.package_id, "track_raised", user_id, case.id, {"track": track})
    return case


def expire(case: Case) -> None:
    """Nobody decided, or nobody mended, in the time that the rules give."""
    move(case, "expire", "clock", {"overdue"})
    stage(case)


def carry_out(case: Case) -> None:
    """Do what was approved. What is no longer as it was decided goes back to the unit, unpublished."""
    package = model.Package.get(case.package_id)
    if package is None or package.state != model.State.ACTIVE:
        vanish(case)
        return
    try:
        with model.Session.begin_nested():
            _release(case)
    except access.ContentChanged:
        give_back(case)
        return
    by, holds = ("release", {"unchanged", "due", "within"}) if case.under else ("portal", {"unchanged", "due"})
    move(case, "release", by, holds, None, "", _decided(case))
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
    elif case.kind == "source_release":
        sources.unchanged(case.package_id, case.content)
    elif not access.is_published(case.package_id):
        raise access.ContentChanged(case.package_id)
    if case.scope:
        access.grant_standing_release(case.package_id, standing.bounds(case.scope), case.id, standing.end(case.scope))
