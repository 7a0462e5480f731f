"""The page of one case, and what one does there: vote, comment, recuse oneself, ask for more care, decide as the lead."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import send_file

from ...core import pages
from .. import board_case
from ..model import Case
from .frame import blueprint, reader, tried

GROUNDS = ("reason", "interest", "mend_until")
# by the address of the form: the action and its fields
DEEDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kommentar": ("review_comment", ("text",)),
    "befangen": ("review_recuse", ("reason",)),
    "weg": ("review_track_raise", ("track",)),
    "leitung": ("review_decide", ("decision", *GROUNDS)),
}


@blueprint.route("/gremium/<case_id>", methods=["GET", "POST"])
def case(case_id: str) -> Any:
    """One case; POST votes."""
    found = pages.call("review_show", id=case_id)
    if tk.request.method == "GET":
        return _page(found)
    form = _form("vote", *GROUNDS)
    _, problems = tried(lambda: tk.get_action("review_vote")({}, {"case_id": case_id, **form}))
    if problems:
        return _page(pages.call("review_show", id=case_id), "vote", problems, form)
    tk.h.flash_success(tk._("Your vote is counted."))
    return tk.redirect_to("dp_review.agenda")


@blueprint.route("/gremium/<case_id>/<what>", methods=["POST"])
def act(case_id: str, what: str) -> Any:
    """One of `DEEDS`; afterwards the case again."""
    found = pages.call("review_show", id=case_id)
    if what not in DEEDS:
        return tk.abort(404)
    action, fields = DEEDS[what]
    form = _form(*fields)
    _, problems = tried(lambda: tk.get_action(action)({}, {"case_id": case_id, **form}))
    if problems:
        return _page(pages.call("review_show", id=found["id"]), what, problems, form)
    tk.h.flash_success(_done(what))
    return tk.redirect_to("dp_review.case", case_id=case_id)


@blueprint.route("/gremium/<case_id>/befangen", methods=["GET"])
def recuse(case_id: str) -> Any:
    """Ask once more before somebody recuses: it cannot be taken back."""
    found = pages.call("review_show", id=case_id)
    who = reader()
    if who is None or not board_case.about(case_id, who)["may"]["recuse"]:
        return tk.abort(404)
    return tk.render("review/recuse.html", {"case": found})


@blueprint.route("/gremium/<case_id>/datei/<resource_id>", methods=["GET"])
def file(case_id: str, resource_id: str) -> Any:
    """The very file that the board decides on, to be saved; not the live one."""
    pages.call("review_show", id=case_id)
    row = model.Session.get(Case, case_id)
    found = board_case.file_of(row, resource_id) if row else None
    if found is None:
        return tk.abort(404)
    path, name = found
    answer = send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name, max_age=0)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(*names: str) -> dict[str, str]:
    return {name: tk.request.form.get(name, "") for name in names}


def _page(found: dict[str, Any], part: str = "", problems: list[str] | None = None, form: dict[str, str] | None = None) -> str:
    """The case; after a form that was not taken with what is wrong and what was typed."""
    who = reader()
    if who is None:
        return tk.abort(404)
    return tk.render("review/case.html", {
        "case": found, "part": part, "problems": problems or [], "form": form or {}, **board_case.about(found["id"], who),
    })  # fmt: skip


def _done(what: str) -> str:
    return {
        "kommentar": tk._("Your comment is there for the board and the unit."),
        "befangen": tk._("You take no part in this case. Your deputy votes."),
        "weg": tk._("More of the board looks at this case now."),
        "leitung": tk._("Your decision is in force."),
    }[what]
