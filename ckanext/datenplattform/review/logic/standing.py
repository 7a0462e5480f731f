"""Actions of room `review` about standing releases, of series and of sources. Times are ISO 8601, UTC."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.validation import validated
from .. import cases, events, flowing, present, sources, standing
from . import schema
from .common import actor, package, scope, submitted

MOST = 1000
NOTHING = {"rows": 0, "arrived": None, "why": {}, "resources": {}, "columns": []}


def standing_release_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Ask the board for a standing release: of a published series, whose new rows within the scope flow without a vote, or of a
    harvest source, whose new datasets within the scope are published without a vote. The board decides.

    Example: `standing_release_create(source="sensoren", licence="dl-de/zero-2-0", until="2027-12-31", reason="Nur Wetter.")`

    :param package_id: id or name of a published dataset; or
    :param source: id or name of a harvest source
    :param streams, columns, resolution_seconds, resolution_metres, licence, until: the scope, each optional (missing: no bound;
        columns and licence: those of today). Of a source `until` is needed, and `licence` where its datasets have several or none.
    :param reason: for the board
    :returns: the case, see review_show
    :raises ValidationError: it cannot be asked for (said in words); nothing was changed
    """
    tk.check_access("standing_release_create", context, data_dict)
    data = validated(data_dict, schema.release(), context)
    asked = scope({k: v for k, v in data_dict.items() if k not in ("package_id", "source", "reason")}, context)
    comment = data.get("reason") or ""
    if data.get("source"):
        source = sources.find(data["source"])
        if source is None:
            raise tk.ObjectNotFound()
        return submitted(context, source, "source_release", comment=comment, scope=asked)
    found = package(data)
    if not access.is_published(found.id):
        raise cases.Conflict(tk._("Only a published dataset can have a standing release."))
    return submitted(context, found, "standing_release", comment=comment, scope=asked)


def standing_release_revoke(context: Any, data_dict: Any) -> dict[str, Any]:
    """End a standing release. What is public stays; new rows, and new datasets of a source, wait. With the release of a source
    end those of the rows of the datasets that were published under it.

    :param package_id: id or name of a dataset; or :param source: of a harvest source
    :param reason: why
    :returns: {"package_id", "revoked": bool}
    """
    tk.check_access("standing_release_revoke", context, data_dict)
    data = validated(data_dict, schema.release(), context)
    if not data.get("reason"):
        raise tk.ValidationError({"reason": [tk._("Please say why.")]})
    source = sources.find(data.get("source"))
    found = source or package(data)
    before = access.standing_release(found.id, lock=True)
    revoked = access.revoke_standing_release(found.id)
    if before is not None and revoked:
        events.append(found.id, "standing_release_revoked", actor(context), text=data["reason"])
        for package_id in flowing.end_what_flows(before["decision_id"]) if source else ():
            events.append(package_id, "standing_release_revoked", actor(context), text=data["reason"])
    model.Session.commit()
    return {"package_id": found.id, "revoked": revoked}


@tk.side_effect_free
def standing_release_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """Standing releases in force, and what waits outside them, of datasets and sources whose case the reader may see. What waits
    without a release in force (it ended, or there never was one) is listed with scope null.

    :returns: list of {"kind": "series" | "source", "package_id", "name", "title", "scope", "waiting": {"rows": int, "arrived":
        ISO 8601 or null, "why": {code: rows}, "resources": {id: rows}, "columns": [names of new columns]}}; codes: no_release,
        expired, licence, stream, resolution, position, column, personal_data, check_failed. Of a source "waiting" is {"datasets":
        [{"package_id", "name", "title", "why": [codes]}]} with the codes edited, incomplete, full, stop, file, no_table too, and
        "stopped" says why nothing flows at all: "source_changed" or null
    """
    tk.check_access("standing_release_list", context, data_dict)
    waiting = standing.waiting()
    ids = sorted({*access.released_series(), *waiting})
    reader = access.current_user(context)
    known = access.levels(reader, ids)
    found = []
    for package_id in ids[:MOST]:
        dataset = model.Package.get(package_id)
        if dataset is None:
            continue
        if dataset.type == "harvest":
            found += [_source(reader, dataset)] if sources.find(package_id) and present.may_know(reader, package_id) else []
        elif known.get(package_id) == "all":
            found.append({"kind": "series", **_named(dataset), "waiting": waiting.get(package_id) or NOTHING})
    return found


def _named(package: model.Package) -> dict[str, Any]:
    scope = access.standing_release(package.id)
    until = scope.get("until") if scope else None
    said = {**scope, "until": until.isoformat() if until else None} if scope else None
    return {"package_id": package.id, "name": package.name, "title": package.title, "scope": said}


def _source(reader: model.User | None, source: model.Package) -> dict[str, Any]:
    reasons = flowing.reasons(source.id)
    known = access.levels(reader, reasons)
    datasets = []
    for package_id, why in reasons.items():
        dataset = model.Package.get(package_id) if known.get(package_id) else None
        if dataset is not None:
            datasets.append({"package_id": package_id, "name": dataset.name, "title": dataset.title, "why": why})
    return {"kind": "source", **_named(source), "stopped": flowing.stopped(source.id), "waiting": {"datasets": datasets[:MOST]}}


ACTIONS = (standing_release_create, standing_release_revoke, standing_release_list)
