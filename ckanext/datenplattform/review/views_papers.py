"""Pages of the board's papers, and what a case cites."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.helpers import Page
from flask import Blueprint

from ..core import pages
from . import papers
from .milestones import today

blueprint = Blueprint("dp_review_papers", __name__)
PER_PAGE = 50


@blueprint.route("/gremium/papiere")
def index() -> str:
    """All papers, by kind."""
    number = tk.h.get_page_number(tk.request.args)
    found = pages.call("review_paper_list", limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    pager = Page(found["results"], page=number, url=lambda page=1, **_: tk.url_for("dp_review_papers.index", page=page),
                 item_count=found["count"], items_per_page=PER_PAGE, presliced_list=True)  # fmt: skip
    return tk.render("review/papers/index.html", {"found": found, "page": pager, "kinds": papers.KINDS, "may_write": _may_write()})


def _may_write() -> bool:
    return bool(tk.h.check_access("review_paper_create", {}))


@blueprint.route("/gremium/papiere/neu", methods=["GET", "POST"])
def new() -> Any:
    """A new paper."""
    if not _may_write():
        return tk.abort(404)
    form, problems = {"kind": papers.KINDS[0], "valid_from": today().isoformat()}, {}
    if tk.request.method == "POST":
        form = _form("kind", "title", "text", "valid_from")
        try:
            made = pages.call("review_paper_create", **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            return _saved(made)
    return _edit(form, problems, None)


@blueprint.route("/gremium/papiere/<name>")
def read(name: str) -> str:
    """One paper: the version in force, or the one asked for."""
    found = _paper(name, tk.request.args.get("version", "").strip())
    return tk.render("review/papers/read.html", {"paper": found, "may_write": _may_write()})


def _paper(name: str, version: str = "") -> dict[str, Any]:
    try:
        return pages.call("review_paper_show", id=name, version=version)
    except tk.ValidationError:
        return tk.abort(404)


@blueprint.route("/gremium/papiere/<name>/neue-fassung", methods=["GET", "POST"])
def version(name: str) -> Any:
    """A new version; the last one is the start."""
    if not _may_write():
        return tk.abort(404)
    found = _paper(name)
    found = _paper(name, str(found["latest"]))
    form, problems = {**found, "valid_from": today().isoformat(), "after": found["latest"]}, {}
    if tk.request.method == "POST":
        form = _form("title", "text", "valid_from", "after")
        try:
            made = pages.call("review_paper_version_create", id=name, **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            return _saved(made)
    return _edit(form, problems, found)


def _form(*names: str) -> dict[str, str]:
    return {name: tk.request.form.get(name, "").strip() for name in names}


def _saved(made: dict[str, Any]) -> Any:
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to("dp_review_papers.read", name=made["name"], version=made["number"])


def _edit(form: dict[str, Any], problems: Any, paper: dict[str, Any] | None) -> str:
    return tk.render("review/papers/edit.html", {"form": form, "problems": problems, "paper": paper, "kinds": papers.KINDS})


@blueprint.route("/gremium/<case_id>/papiere", methods=["POST"])
def cite(case_id: str) -> Any:
    """Let a case cite a paper, or take that back; then the case again."""
    # nobody learns of a case by its answer
    pages.call("review_citation_list", case_id=case_id)
    form = _form("paper", "version", "note")
    try:
        if tk.request.form.get("event") == "uncite":
            pages.call("review_paper_uncite", case_id=case_id, paper=form["paper"], version=form["version"])
            tk.h.flash_success(tk._("The case does not cite the paper any more."))
        else:
            pages.call("review_paper_cite", case_id=case_id, **form)
            tk.h.flash_success(tk._("The case cites the paper."))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(pages.problems(error)))
    return tk.redirect_to(tk.url_for("dp_review.case", case_id=case_id) + "#papiere")
