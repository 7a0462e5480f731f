"""Actions of room `review` about revisions of published datasets. Times are ISO 8601, UTC."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.actions import check
from ...core.validation import validated
from ...inventory import shared as inventory
from .. import cases, events, present, revisions
from ..model import Revision
from . import schema
from .common import actor, package


def review_revision_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Make a revision of a published dataset; the live version stays until the board has decided.

    Where nothing material changes (only times of update), or only typing errors are corrected, it is written at once and
    there is no revision.

    :param package_id: id or name of a published dataset
    :param dataset: the changed fields; `resources`, when given, is the full list, each found again by `key`
    :param comment: for the board (optional)
    :returns: the revision (see review_revision_show), or {"id": null, "state": "applied" | "corrected"}
    :raises ValidationError: not published, or being reviewed; nothing changed
    """
    tk.check_access("review_revision_create", context, data_dict)
    found = package(validated({**data_dict, "reason": "-"}, schema.reason(), context))
    dataset = data_dict.get("dataset")
    if not isinstance(dataset, dict) or not dataset:
        raise tk.ValidationError({"dataset": [tk._("Missing value")]})
    inventory.refuse_paths(context, dataset)
    if not access.is_published(found.id):
        raise cases.Conflict(tk._("Only a published dataset needs a revision. This one can be changed directly."))
    if cases.open_case(found.id):
        raise cases.Conflict(tk._("This dataset is being reviewed already."))
    full, new_files = inventory.proposed(found.id, dataset)
    try:
        made, what = revisions.create(
            found.id, full, new_files, actor(context), str(data_dict.get("comment") or "")
        )
        if made:
            events.append(found.id, "revision_created", actor(context), None, {"content_hash": made.content_hash}, made.comment or "")
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if what == "corrected":
        access.reindex([found.id])
        return {"id": None, "package_id": found.id, "state": "corrected"}
    if made is None:
        tk.get_action("package_update")({"ignore_auth": True, "user": context.get("user")}, full)
        return {"id": None, "package_id": found.id, "state": "applied"}
    return present.revision_dict(made)


def _revision(data: Any) -> Revision:
    found = model.Session.get(Revision, data["id"]) if data.get("id") else revisions.pending(package(data).id)
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
    events.append(revision.package_id, "revision_discarded", actor(context))
    model.Session.commit()
    return {"id": revision.id, "state": "discarded"}


@tk.chained_action
def inventory_dataset_upsert(up: Any, context: Any, data_dict: Any) -> Any:
    """Harvesters and imports write through this: what the board looks at is held, what is public gets a revision."""
    check(data_dict)
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
    result = "revision" if answer["id"] else "updated" if answer["state"] == "corrected" else "unchanged"
    return {"id": package_id, "result": result, "resources": inventory.keys(live)}


ACTIONS = (review_revision_create, review_revision_show, review_revision_diff, review_revision_discard)
