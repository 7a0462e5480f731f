"""Actions of room `review` about the board's milestones. Days are ISO 8601."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.validation import day, one_of, validated, whole_number
from ...core.validation import validators as _v
from .. import milestones
from .common import actor
from .texts import at_most

MOST = 500


def _rules() -> Any:
    return {
        "title": [*_v("not_empty", "unicode_safe"), at_most(200)],
        "due": [*_v("not_empty"), day],
        "state": [*_v("not_empty", "unicode_safe"), one_of(milestones.STATES)],
        "note": [*_v("unicode_safe"), at_most(5000)],
    }


def _given(data_dict: Any) -> dict[str, Any]:
    return {name: data_dict[name] for name in milestones.FIELDS if data_dict.get(name) is not None}


def review_milestone_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Note a milestone. For the board.

    :param title: what is to be reached, at most 200 characters; :param due: the day
    :param state: planned (default), running, done or dropped; :param note: how far it is, at most 5,000 characters (optional)
    :returns: the milestone, see review_milestone_list

    Example: ``{"title": "Alle Fachbereiche im Inventar", "due": "2027-06-30"}``
    """
    tk.check_access("review_milestone_create", context, data_dict)
    given = _given(data_dict)
    schema = {name: rule for name, rule in _rules().items() if name in given or name in ("title", "due")}
    values = validated(given, schema, context)
    return _committed(lambda: milestones.create(actor(context), values))


def review_milestone_patch(context: Any, data_dict: Any) -> dict[str, Any]:
    """Change a milestone, or note how far it is; what stood there before stays in its history. For the board.

    :param id: the milestone; :param title, due, state, note: as in review_milestone_create, only what changes
    :param version: the `number` that was seen; when it is not the current one nothing is changed (optional)
    :returns: the milestone, see review_milestone_list
    """
    tk.check_access("review_milestone_patch", context, data_dict)
    keys = {"id": _v("not_empty", "unicode_safe"), "version": whole_number()}
    data = validated({name: data_dict.get(name) for name in keys}, keys, context)
    given = _given(data_dict)
    values = validated(given, {name: rule for name, rule in _rules().items() if name in given}, context)
    return _committed(lambda: milestones.change(data["id"], actor(context), values, data.get("version")))


def review_milestone_delete(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take a milestone out of the list; its history stays in the database. For the board.

    :param id: the milestone
    :returns: {"id"}
    """
    tk.check_access("review_milestone_delete", context, data_dict)
    data = validated({"id": data_dict.get("id")}, {"id": _v("not_empty", "unicode_safe")}, context)
    try:
        milestones.change(data["id"], actor(context), {"state": milestones.DELETED})
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    return {"id": data["id"]}


def _committed(work: Any) -> dict[str, Any]:
    try:
        made = work()
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    return milestones.shown(made.id)


@tk.side_effect_free
def review_milestone_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """The board's milestones by day. For staff.

    :param limit: at most 500, default 100; :param offset: default 0
    :returns: {"count", "results": [{"id", "number", "title", "due", "state", "note", "by", "at", "overdue": bool, "history":
        [{"number", "title", "due", "state", "note", "by", "at"}, the latest first]}]}; who was erased is a key
    """
    tk.check_access("review_milestone_list", context, data_dict)
    schema: Any = {name: whole_number() for name in ("limit", "offset")}
    data = validated({name: data_dict.get(name) for name in schema}, schema, context)
    count, results = milestones.listing(min(int(data.get("limit") or 100), MOST), int(data.get("offset") or 0))
    return {"count": count, "results": results}


@tk.side_effect_free
def review_milestone_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """One milestone. For staff.

    :param id: the milestone
    :returns: see review_milestone_list
    """
    tk.check_access("review_milestone_show", context, data_dict)
    return milestones.shown(str(tk.get_or_bust(data_dict, "id")))


ACTIONS = (
    review_milestone_create, review_milestone_patch, review_milestone_delete, review_milestone_list, review_milestone_show,
)  # fmt: skip
