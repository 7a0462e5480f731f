"""Actions of the checks. Times are ISO 8601 with time zone, UTC."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.validation import validated, validators
from .. import events
from ..model import Editor
from ..present import may_know
from . import wiring


def _package_id(data: Any) -> str:
    name = data.get("package_id") or ""
    package = model.Package.get(name) if isinstance(name, str) else None
    if package is None:
        raise tk.ObjectNotFound()
    return package.id


def auth_review_check_show(context: Any, data: Any) -> Any:
    """Those who see all of the dataset; for others there is nothing."""
    if not may_know(access.current_user(context), _package_id(data)):
        raise tk.ObjectNotFound()
    return {"success": True}


def auth_review_check_refute(context: Any, data: Any) -> Any:
    """The data-protection officer alone, and not about data of their own hand (Art. 38 (6) DSGVO)."""
    package_id = _package_id(data)
    reader = access.current_user(context)
    if not may_know(reader, package_id):
        raise tk.ObjectNotFound()
    allowed = reader is not None and "dpo" in access.memberships(reader).roles
    own = reader is not None and model.Session.get(Editor, (package_id, reader.id)) is not None
    return {
        "success": allowed and not own,
        "msg": tk._("Only the data-protection officer may refute this, and not about data they edited themselves."),
    }


# sysadmins do not pass, and the action checks again itself
auth_review_check_refute.auth_sysadmins_check = True  # type: ignore[attr-defined]


@tk.side_effect_free
def review_check_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """What the automatic checks found when the dataset was last checked. For those who see all of the dataset.

    Example: `review_check_show(package_id="baumkataster")["level"]`

    :param package_id: id or name
    :returns: {"package_id", "state": none | queued | done, "at", "current": whether the metadata are still those that were checked,
        "level": the most serious open one, "may_refute": bool, "results": [{"check", "title", "level": ok | look | stop,
        "text", "field", "file", "row", "evidence": masked samples, "key", "refutable", "refuted": null or {"by", "at", "text"}}]}
    """
    tk.check_access("review_check_show", context, data_dict)
    package_id = _package_id(data_dict)
    result = wiring.of(package_id)
    found: dict[str, Any] = {
        "package_id": package_id, "state": result.state if result else "none", "at": result.at.isoformat() if result else None,
        "current": False, "level": "ok", "may_refute": _may_refute(context, package_id), "results": [],
    }  # fmt: skip
    if result is None:
        return found
    from ..revisions import pending

    revision = pending(package_id)
    now = revision.content_hash if revision else access.content_hash(package_id)
    refuted = _refuted(package_id)
    results = [_shown(item, refuted.get(item["key"])) for item in result.verdicts]
    levels = [item["level"] for item in results if not item["refuted"]]
    level = next((level for level in ("stop", "look") if level in levels), "ok")
    return {**found, "current": now == result.content_hash, "level": level, "results": results}


def _shown(item: dict[str, Any], refuted: dict[str, Any] | None) -> dict[str, Any]:
    kept = {name: item[name] for name in ("check", "level", "code", "field", "file", "row", "evidence", "key", "refutable")}
    return {**kept, "title": wiring.title(item["check"]), "text": wiring.words(item), "refuted": refuted}


def _refuted(package_id: str) -> dict[str, dict[str, Any]]:
    """By key of the finding: who refuted it, when, and why."""
    numbers = wiring.refutations(package_id)
    if not numbers:
        return {}
    rows = {row["number"]: row for row in events.listing(package_id=package_id, kind="check_refuted")}
    found = {}
    for key, number in numbers.items():
        row = rows.get(number) or {}
        user = model.User.get(row["user_id"]) if row.get("user_id") else None
        by = (user.fullname or user.name) if user else row.get("actor")
        found[key] = {"by": by, "at": row["at"].isoformat() if row else None, "text": row.get("text") or ""}
    return found


def _may_refute(context: Any, package_id: str) -> bool:
    try:
        return bool(auth_review_check_refute(context, {"package_id": package_id})["success"])
    except tk.ObjectNotFound:
        return False


def review_check_refute(context: Any, data_dict: Any) -> dict[str, Any]:
    """Refute a personal-data stop: evidence that no person can be traced. It holds for this very content only; the unit
    then submits again. For the data-protection officer alone, kept as an event.

    Example: `review_check_refute(package_id="baumkataster", key="…", evidence="Die Kennzeichen sind die der Stadtfahrzeuge.")`

    :param package_id: id or name
    :param key: the finding, see review_check_show
    :param evidence: why no person can be traced
    :returns: see review_check_show
    :raises ValidationError: no such stop, not about people, or refuted already; nothing changed
    """
    context = {**context, "ignore_auth": False}
    tk.check_access("review_check_refute", context, data_dict)
    schema = {name: validators("not_empty", "unicode_safe") for name in ("package_id", "key", "evidence")}
    data = validated(data_dict, schema, context)
    package_id = _package_id(data)
    model.Session.query(model.Package).filter_by(id=package_id).with_for_update().one()
    result = wiring.of(package_id)
    item = next((item for item in (result.verdicts if result else []) if item["key"] == data["key"]), None)
    if item is None or not item["refutable"] or item["key"] in wiring.refutations(package_id):
        model.Session.rollback()
        raise tk.ValidationError({"key": [tk._("This finding cannot be refuted, or has been refuted already. Nothing was changed.")]})
    reader = access.current_user(context)
    assert reader is not None
    wiring.refute(package_id, item, reader.id, data["evidence"])
    model.Session.commit()
    return review_check_show(context, {"package_id": package_id})


ACTIONS = (review_check_show, review_check_refute)
AUTH = {"review_check_show": auth_review_check_show, "review_check_refute": auth_review_check_refute}
