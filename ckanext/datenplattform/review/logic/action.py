"""Actions of room `review`. Times are ISO 8601 with time zone, UTC."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ...access import shared as access
from ...core.validation import validated
from ...inventory import shared as inventory
from .. import cases, events, followup, present, ready, revisions
from ..model import Case, Revision
from . import schema

MOST = 1000


def _actor(context: Any) -> str:
    """The id of the acting user; the site user where an action is called by the system."""
    user = access.current_user(context)
    if user is None:
        user = model.User.get(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
    assert user is not None
    return user.id


def _reader(context: Any) -> model.User | None:
    return access.current_user(context)


def _package(data: Any) -> model.Package:
    package = model.Package.get(data["package_id"])
    if package is None:
        raise tk.ObjectNotFound()
    return package


def review_submit(context: Any, data_dict: Any) -> dict[str, Any]:
    """Put a dataset, or the pending revision of a published one, before the board.

    :param package_id: id or name
    :param comment: for the board (optional)
    :param standing_release: scope of a standing release to be decided along with it (optional):
        {"streams": [names], "columns": [names], "resolution_seconds": int, "licence": str, "until": ISO date}
    :param entry: true: only the entry is to appear in the public register (Nachweis); the data stay private
    :returns: the case, see review_show
    :raises ValidationError: something is missing (said in words), or it is being reviewed already; nothing changed
    """
    tk.check_access("review_submit", context, data_dict)
    data = validated(data_dict, schema.submit(), context)
    package = _package(data)
    if data.get("entry"):
        ready.check_entry(package)
        return _submitted(context, package, data.get("comment") or "", None, "entry")
    scope = _scope(data["standing_release"], context) if data.get("standing_release") else None
    ready.check(package)
    return _submitted(context, package, data.get("comment") or "", scope, "publication")


def _scope(raw: Any, context: Any) -> dict[str, Any]:
    clean = validated(raw, schema.scope(), context)
    until = clean.get("until")
    return {**clean, "until": until.isoformat() if until else None}


def _submitted(context: Any, package: model.Package, comment: str, scope: Any, kind: str) -> dict[str, Any]:
    try:
        case = cases.submit(package, _actor(context), comment, scope, kind)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    access.reindex([package.id])
    return present.case_dict(case, _reader(context))


def standing_release_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Ask the board for a standing release of a published series: new rows within the scope flow without a vote.

    :param package_id: id or name of a published dataset
    :param streams, columns, resolution_seconds, licence, until: the scope, each optional (missing: no bound)
    :param reason: for the board
    :returns: the case, see review_show
    """
    tk.check_access("standing_release_create", context, data_dict)
    package = _package(validated({**data_dict, "reason": data_dict.get("reason") or "-"}, schema.reason(), context))
    if not access.is_published(package.id):
        raise cases.Conflict(tk._("Only a published dataset can have a standing release."))
    scope = _scope({k: v for k, v in data_dict.items() if k not in ("package_id", "reason")}, context)
    return _submitted(context, package, str(data_dict.get("reason") or ""), scope, "standing_release")


def review_vote(context: Any, data_dict: Any) -> dict[str, Any]:
    """Vote on a case; a vote may be changed until the case is decided. A decision takes effect at once.

    :param case_id: the case
    :param vote: approve, refuse or abstain
    :param reason: required for refuse
    :returns: the case, see review_show
    :raises ValidationError: the case is closed already; the vote was not counted
    """
    # four eyes hold for everybody, whatever the context says
    context = {**context, "ignore_auth": False}
    tk.check_access("review_vote", context, data_dict)
    data = validated(data_dict, schema.vote(), context)
    if data["vote"] == "refuse" and not data.get("reason"):
        raise tk.ValidationError({"reason": [tk._("Please say why the dataset should not be published.")]})
    case = model.Session.get(Case, data["case_id"])
    if case is None:
        raise tk.ObjectNotFound()
    package_id = case.package_id
    was_public = access.is_published(package_id)
    try:
        case = cases.vote(data["case_id"], _actor(context), data["vote"], data.get("reason") or "")
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if case.state != cases.OPEN:
        followup.after_decision(case, was_public)
    return present.case_dict(case, _reader(context))


def review_release(context: Any, data_dict: Any) -> dict[str, Any]:
    """Repeat what follows a decision (files, index), after a failure. Decides nothing.

    :param case_id: a case the board approved
    :returns: the case, see review_show
    """
    tk.check_access("review_release", context, data_dict)
    case = model.Session.get(Case, tk.get_or_bust(data_dict, "case_id"))
    if case is None:
        raise tk.ObjectNotFound()
    if case.state != "published":
        raise cases.Conflict(tk._("The board has not approved this case."))
    followup.after_decision(case, was_public=True)
    return present.case_dict(case, _reader(context))


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
    package = _package(data)
    actor = _actor(context)
    try:
        case = cases.open_case(package.id, lock=True)
        if case and not tk.asbool(data_dict.get("publication") or False):
            cases.take_back_submission(case, actor, data["reason"])
            what = "submission"
        elif not access.is_published(package.id) and inventory.register.released(package.id):
            cases.withdraw_entry(package.id, actor, data["reason"])
            what = "entry"
        else:
            cases.withdraw_publication(package.id, actor, data["reason"])
            what = "publication"
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if what == "publication":
        followup.after_withdrawal(package.id, actor, data["reason"])
    else:
        access.reindex([package.id])
    return {"package_id": package.id, "withdrawn": what}


@tk.side_effect_free
def review_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """A case.

    :param id: the case, or
    :param package_id: id or name of a dataset: its latest case
    :returns: {"id", "package_id", "name", "title", "owner_org", "unit_title", "kind", "state", "revision_id",
        "content_hash", "files", "submitted_by", "submitted_at", "deadline", "decided_at", "quorum", "comment",
        "reason", "standing_release", "tally", "my_vote", "may_vote", "votes", "events"}
    :raises NotFound: no such case, or none for this reader
    """
    tk.check_access("review_show", context, data_dict)
    if data_dict.get("id"):
        case = model.Session.get(Case, data_dict["id"])
    else:
        package = _package(data_dict)
        case = model.Session.query(Case).filter_by(package_id=package.id).order_by(Case.submitted_at.desc()).first()
    if case is None:
        raise tk.ObjectNotFound()
    return present.case_dict(case, _reader(context))


@tk.side_effect_free
def review_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Cases: the board sees all, others those of their own unit. Open ones by deadline, then the latest first.

    :param state: in_review, published, refused, changes_requested or withdrawn (optional)
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "results": [cases without events]}
    """
    tk.check_access("review_list", context, data_dict)
    data = validated(data_dict, schema.listing(), context)
    reader = _reader(context)
    who = access.memberships(reader)
    query = model.Session.query(Case)
    if data.get("state"):
        query = query.filter(Case.state == data["state"])
    if not (who.board or who.sysadmin or "inventory_lead" in who.roles):
        own = select(model.Package.id).where(model.Package.owner_org.in_(who.edits))
        query = query.filter(Case.package_id.in_(own))
    count = query.count()
    rows = (
        query.order_by((Case.state != cases.OPEN), Case.decided_at.desc(), Case.deadline, Case.id)
        .limit(min(int(data.get("limit") or 50), MOST))
        .offset(int(data.get("offset") or 0))
    )
    names = present.Names()
    return {"count": count, "results": [present.case_dict(row, reader, names, events=False) for row in rows]}


def review_revision_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Make a revision of a published dataset; the live version stays until the board has decided.

    Where nothing material changes (only times of update), it is written at once and there is no revision.

    :param package_id: id or name of a published dataset
    :param dataset: the changed fields; `resources`, when given, is the full list, each found again by `key`
    :param comment: for the board (optional)
    :returns: the revision (see review_revision_show), or {"id": null, "state": "applied"}
    :raises ValidationError: not published, or being reviewed; nothing changed
    """
    tk.check_access("review_revision_create", context, data_dict)
    package = _package(validated({**data_dict, "reason": "-"}, schema.reason(), context))
    dataset = data_dict.get("dataset")
    if not isinstance(dataset, dict) or not dataset:
        raise tk.ValidationError({"dataset": [tk._("Missing value")]})
    inventory.refuse_paths(context, dataset)
    if not access.is_published(package.id):
        raise cases.Conflict(tk._("Only a published dataset needs a revision. This one can be changed directly."))
    if cases.open_case(package.id):
        raise cases.Conflict(tk._("This dataset is being reviewed already."))
    full, new_files = inventory.proposed(package.id, dataset)
    try:
        made, _material = revisions.create(
            package.id, full, new_files, _actor(context), str(data_dict.get("comment") or "")
        )
        if made:
            events.append(package.id, "revision_created", _actor(context), None, {"content_hash": made.content_hash}, made.comment or "")
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if made is None:
        tk.get_action("package_update")({"ignore_auth": True, "user": context.get("user")}, full)
        return {"id": None, "package_id": package.id, "state": "applied"}
    return present.revision_dict(made)


def _revision(data: Any) -> Revision:
    found = model.Session.get(Revision, data["id"]) if data.get("id") else revisions.pending(_package(data).id)
    if found is None:
        raise tk.ObjectNotFound()
    return found


@tk.side_effect_free
def review_revision_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """A revision.

    :param id: the revision, or :param package_id: a dataset's pending one
    :returns: {"id", "package_id", "state", "content", "content_hash", "files", "comment", "created_by",
        "created_at", "dataset"}
    """
    tk.check_access("review_revision_show", context, data_dict)
    return present.revision_dict(_revision(data_dict))


@tk.side_effect_free
def review_revision_diff(context: Any, data_dict: Any) -> dict[str, Any]:
    """What a revision changes against the live version.

    :param id: the revision, or :param package_id: a dataset's pending one
    :returns: {"id", "changes": [{"field", "before", "after"}]}
    """
    tk.check_access("review_revision_diff", context, data_dict)
    revision = _revision(data_dict)
    live = access.content(revision.package_id) or {}
    return {"id": revision.id, "changes": revisions.difference(live, revision.content)}


def review_revision_discard(context: Any, data_dict: Any) -> dict[str, Any]:
    """Throw a pending revision away; the live version stays as it is.

    :param id: the revision
    :returns: {"id", "state": "discarded"}
    """
    tk.check_access("review_revision_discard", context, data_dict)
    revision = _revision(data_dict)
    if revision.state != "pending" or cases.open_case(revision.package_id):
        raise cases.Conflict(tk._("This revision is being reviewed or has been decided. Nothing was changed."))
    revisions.discard_pending(revision.package_id)
    events.append(revision.package_id, "revision_discarded", _actor(context))
    model.Session.commit()
    return {"id": revision.id, "state": "discarded"}


def standing_release_revoke(context: Any, data_dict: Any) -> dict[str, Any]:
    """End a standing release; what is public stays, new rows wait.

    :param package_id: id or name; :param reason: why
    :returns: {"package_id", "revoked": bool}
    """
    tk.check_access("standing_release_revoke", context, data_dict)
    data = validated(data_dict, schema.reason(), context)
    package = _package(data)
    revoked = access.revoke_standing_release(package.id)
    if revoked:
        events.append(package.id, "standing_release_revoked", _actor(context), text=data["reason"])
    model.Session.commit()
    return {"package_id": package.id, "revoked": revoked}


@tk.side_effect_free
def standing_release_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """Standing releases in force, of datasets whose case the reader may see.

    :returns: list of {"package_id", "name", "title", "scope"}
    """
    tk.check_access("standing_release_list", context, data_dict)
    ids = access.released_series()
    known = access.levels(_reader(context), ids)
    found = []
    for package_id in ids[:MOST]:
        package = model.Package.get(package_id)
        if package is not None and known.get(package_id) == "all":
            scope = access.standing_release(package_id) or {}
            until = scope.get("until")
            found.append(
                {
                    "package_id": package_id,
                    "name": package.name,
                    "title": package.title,
                    "scope": {**scope, "until": until.isoformat() if until else None},
                }
            )
    return found


@tk.chained_action
def inventory_dataset_upsert(up: Any, context: Any, data_dict: Any) -> Any:
    """Harvesters and imports write through this: what the board looks at is held, what is public gets a revision."""
    source, remote_id = data_dict.get("source"), data_dict.get("remote_id")
    package_id = inventory.find(source, remote_id) if source and remote_id else None
    if package_id is None:
        return up(context, data_dict)
    tk.check_access("inventory_dataset_upsert", context, data_dict)
    # before anything is told or written: the caller edits this very dataset, and names no file of this machine
    inventory.check_update(context, package_id, data_dict.get("dataset") or {})
    live = tk.get_action("package_show")({"ignore_auth": True}, {"id": package_id})
    inventory.seen(package_id)
    model.Session.commit()
    if access.is_locked(package_id) or (access.is_published(package_id) and cases.open_case(package_id)):
        return {"id": package_id, "result": "held", "resources": inventory.keys(live)}
    if not access.is_published(package_id):
        return up(context, data_dict)
    answer = review_revision_create(
        {"user": context.get("user"), "ignore_auth": True},
        {
            "package_id": package_id,
            "dataset": data_dict["dataset"],
            "comment": tk._("The source has changed."),
        },
    )
    result = "revision" if answer["id"] else "unchanged"
    return {"id": package_id, "result": result, "resources": inventory.keys(live)}


