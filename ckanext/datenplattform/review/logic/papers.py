"""Actions of room `review` about the board's papers. Days are ISO 8601."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.validation import day, natural, one_of, validated, whole_number
from ...core.validation import validators as _v
from .. import papers, papers_store
from ..milestones import today
from .common import actor
from .texts import at_most

MOST = 200
Result = TypeVar("Result")


def _text(value: str) -> str:
    """As browsers and other writers send it: one kind of line end, so that a difference shows what was changed."""
    clean = value.replace("\r\n", "\n").replace("\r", "\n").rstrip()
    if len(clean.splitlines()) > papers.MOST_LINES:
        raise tk.Invalid(tk._("Please write at most %(most)d lines.") % {"most": papers.MOST_LINES})
    return clean


def _version() -> Any:
    return {
        "title": [*_v("not_empty", "unicode_safe"), at_most(200)],
        "text": [*_v("not_empty", "unicode_safe"), at_most(papers.LONGEST), _text],
        "valid_from": [*_v("ignore_empty"), day],
    }


def _only(data_dict: Any, schema: Any, context: Any) -> dict[str, Any]:
    return validated({name: data_dict.get(name) for name in schema}, schema, context)


def _committed(work: Callable[[], Result]) -> Result:
    try:
        done = work()
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    return done


def review_paper_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """A new paper of the board with its first version. For the board.

    :param kind: principles, instruction, concept, plan or other
    :param title: at most 200 characters; :param text: Markdown, at most 100,000 characters and 2,000 lines; no names of persons
    :param valid_from: day, default today; :param name: for the address, default made of the title
    :returns: the paper, see review_paper_show

    Example: ``{"kind": "principles", "title": "Offen als Regel", "text": "1. Daten sind offen …"}``
    """
    tk.check_access("review_paper_create", context, data_dict)
    schema = {"name": _v("ignore_empty", "unicode_safe"), "kind": [*_v("not_empty", "unicode_safe"), one_of(papers.KINDS)], **_version()}
    data = _only(data_dict, schema, context)
    version = {"title": data["title"], "text": data["text"], "valid_from": data.get("valid_from") or today()}
    made = _committed(lambda: papers_store.create(actor(context), data.get("name") or "", data["kind"], **version))
    return papers_store.shown(made, None)


def review_paper_version_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """A new version of a paper; older ones are never changed. For the board.

    :param id: the paper, id or name; :param title, text, valid_from: as in review_paper_create
    :param after: the number of the version that was seen; when there is a newer one nothing is saved (optional)
    :returns: the paper with this version, see review_paper_show
    """
    tk.check_access("review_paper_version_create", context, data_dict)
    schema = {"id": _v("not_empty", "unicode_safe"), "after": whole_number(), **_version()}
    data = _only(data_dict, schema, context)
    paper = papers_store.find(data["id"])
    version = {"title": data["title"], "text": data["text"], "valid_from": data.get("valid_from") or today()}
    number = _committed(lambda: papers_store.add_version(paper, actor(context), data.get("after"), **version))
    return papers_store.shown(paper, number)


@tk.side_effect_free
def review_paper_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """The board's papers by kind. For staff of any unit.

    :param kind: only these (optional); :param limit: at most 200, default 50; :param offset: default 0
    :returns: {"count", "results": [{"id", "name", "kind", "title", "number", "valid_from", "in_force": number or null,
        "latest"}]}, each with the version that is in force, else the latest
    """
    tk.check_access("review_paper_list", context, data_dict)
    schema: Any = {
        "kind": [*_v("ignore_empty", "unicode_safe"), one_of(papers.KINDS)],
        **{name: whole_number() for name in ("limit", "offset")},
    }
    data = _only(data_dict, schema, context)
    count, results = papers_store.listing(data.get("kind"), min(int(data.get("limit") or 50), MOST), int(data.get("offset") or 0))
    return {"count": count, "results": results}


@tk.side_effect_free
def review_paper_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """A paper with one version and what it changed. For staff of any unit.

    :param id: id or name; :param version: its number, default the one in force, else the latest
    :returns: {"id", "name", "kind", "number", "title", "text", "valid_from", "hash", "by", "at", "in_force", "latest",
        "versions": [{"number", "title", "valid_from", "at", "by"}, at most 200], "changes": [[same | del | ins | gap, line]]}; who was
        erased is a key
    """
    tk.check_access("review_paper_show", context, data_dict)
    schema = {"id": _v("not_empty", "unicode_safe"), "version": whole_number()}
    data = _only(data_dict, schema, context)
    number = data.get("version")
    # beyond what a database counts there is none
    if number is not None and not 0 < number < 2**31:
        raise tk.ObjectNotFound()
    return papers_store.shown(papers_store.find(data["id"]), number)


def _citation() -> Any:
    return {
        "case_id": _v("not_empty", "unicode_safe"),
        "paper": _v("not_empty", "unicode_safe"),
        "version": whole_number(),
    }


def review_paper_cite(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let a case cite a version of a paper, as long as it is open; kept as an event of the chain. For the board.

    :param case_id: the case; :param paper: id or name; :param version: its number, default the one in force
    :param note: why, at most 1,000 characters (optional)
    :returns: see review_citation_list
    """
    tk.check_access("review_paper_cite", context, data_dict)
    data = _only(data_dict, {**_citation(), "note": [*_v("ignore_empty", "unicode_safe"), at_most(1000)]}, context)
    paper, user_id = papers_store.find(data["paper"]), actor(context)
    _committed(lambda: papers_store.cite(data["case_id"], paper, data.get("version"), user_id, data.get("note") or ""))
    return _cited(data["case_id"])


def review_paper_uncite(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take a citation back, as long as the case is open; the chain keeps both. For the board.

    :param case_id: the case; :param paper: id or name; :param version: its number
    :returns: see review_citation_list
    :raises NotFound: the case does not cite it
    """
    tk.check_access("review_paper_uncite", context, data_dict)
    data = _only(data_dict, {**_citation(), "version": [*_v("not_empty"), natural]}, context)
    paper, user_id = papers_store.find(data["paper"]), actor(context)
    _committed(lambda: papers_store.uncite(data["case_id"], paper, data["version"], user_id))
    return _cited(data["case_id"])


@tk.side_effect_free
def review_citation_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Which versions of the board's papers a case cites. For those who see the case.

    :param case_id: the case
    :returns: {"results": [{"paper": name, "kind", "title", "number", "valid_from", "hash", "note", "by", "event"}]}
    """
    tk.check_access("review_citation_list", context, data_dict)
    return _cited(str(tk.get_or_bust(data_dict, "case_id")))


def _cited(case_id: str) -> dict[str, Any]:
    return {"results": papers_store.citations([case_id]).get(case_id, [])}


ACTIONS = (
    review_paper_create, review_paper_version_create, review_paper_list, review_paper_show, review_paper_cite, review_paper_uncite,
    review_citation_list,
)  # fmt: skip
