"""Pages of the review board: agenda, case with vote, submission, withdrawal."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..core import pages

blueprint = Blueprint("dp_review", __name__)


@blueprint.route("/gremium")
def agenda() -> str:
    """Open cases by deadline, decided ones below."""
    found = pages.call("review_list", limit=500)["results"]
    running = sorted((case for case in found if case["state"] == "in_review"), key=lambda case: case["deadline"] or "")
    decided = [case for case in found if case["state"] != "in_review"]
    return tk.render("review/agenda.html", {"running": running, "decided": decided})


@blueprint.route("/gremium/<case_id>", methods=["GET", "POST"])
def case(case_id: str) -> Any:
    """One case; POST votes."""
    found = pages.call("review_show", id=case_id)
    form, problems = {}, []
    if tk.request.method == "POST":
        form = {name: tk.request.form.get(name, "") for name in ("vote", "reason", "interest", "mend_until")}
        try:
            pages.call("review_vote", case_id=case_id, **form)
        except tk.ValidationError as error:
            problems = pages.problems(error)
        else:
            tk.h.flash_success(tk._("Your vote is counted."))
            return tk.redirect_to("dp_review.agenda")
    return tk.render("review/case.html", {"case": found, "problems": problems, "form": form, **_about(found)})


def _about(found: dict[str, Any]) -> dict[str, Any]:
    """What the board decides on: metadata, inventory facts and, for a revision, the differences."""
    about: dict[str, Any] = {"pkg": None, "record": None, "changes": []}
    for key, action in (("pkg", "package_show"), ("record", "inventory_record_show")):
        try:
            about[key] = tk.get_action(action)({}, {"id": found["package_id"]})
        except (tk.ObjectNotFound, tk.NotAuthorized):
            continue
    if found.get("revision_id"):
        about["changes"] = pages.call("review_revision_diff", id=found["revision_id"])["changes"]
    return about


@blueprint.route("/dataset/<name>/einreichen", methods=["GET", "POST"])
def submit(name: str) -> Any:
    """Submit a dataset for review."""
    return _act(name, "review_submit", "review/submit.html", "comment", tk._("The dataset is before the data board."))


@blueprint.route("/dataset/<name>/zurueckziehen", methods=["GET", "POST"])
def withdraw(name: str) -> Any:
    """Take back a submission or a publication, with a reason."""
    return _act(name, "review_withdraw", "review/withdraw.html", "reason", tk._("The dataset is withdrawn."))


def _act(name: str, action: str, template: str, field: str, done: str) -> Any:
    pkg = pages.call("package_show", id=name)
    try:
        tk.check_access(action, {"user": tk.current_user.name}, {"package_id": pkg["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404)
    text, problems = tk.request.form.get(field, ""), []
    if tk.request.method == "POST":
        data: dict[str, Any] = {"package_id": pkg["id"], field: text}
        if action == "review_submit" and tk.request.form.get("standing"):
            data["standing_release"] = {"until": tk.request.form.get("until") or None}
        if action == "review_submit" and tk.request.form.get("what") == "entry":
            data["entry"] = True
        try:
            pages.call(action, **data)
        except tk.ValidationError as error:
            problems = pages.problems(error)
        else:
            tk.h.flash_success(done)
            return tk.redirect_to("dataset.read", id=pkg["name"])
    series = any(resource.get("datastore_active") for resource in pkg["resources"])
    extra = {"pkg": pkg, "pkg_dict": pkg, "text": text, "problems": problems, "series": series, "form": tk.request.form}
    return tk.render(template, extra)
