"""The page of the standing releases: what flows without a vote, and what waits outside."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..core import pages
from . import asked_scope
from .views.frame import reader, tried

blueprint = Blueprint("dp_review_standing", __name__)
# what a button does: the action, and what is said afterwards
DEEDS = {"revoke": "standing_release_revoke", "discard": "standing_release_waiting_discard"}


@blueprint.route("/gremium/dauerfreigaben", methods=["GET", "POST"])
def index() -> Any:
    """All that the reader may know of; who may ends one, or forgets what waits, with a reason."""
    problems: list[str] = []
    sent = tk.request.form
    if tk.request.method == "POST":
        deed = DEEDS.get(sent.get("deed", ""))
        if deed is None:
            return tk.abort(404)
        named = "source" if sent.get("kind") == "source" and sent["deed"] == "revoke" else "package_id"
        data = {named: sent.get("package_id", ""), "reason": sent.get("reason", "")}
        _, problems = tried(lambda: tk.get_action(deed)({}, data))
        if not problems:
            tk.h.flash_success(_done()[sent["deed"]])
            return tk.redirect_to("dp_review_standing.index")
    found = pages.call("standing_release_list")
    for item in found:
        named = "source" if item["kind"] == "source" else "package_id"
        item["may_change"] = bool(tk.h.check_access("standing_release_revoke", {named: item["package_id"]}))
    offered = asked_scope.choices(reader())
    return tk.render("review/standing/index.html", {
        "found": found, "problems": problems, "form": sent, "may_ask": any(offered.values()),
    })  # fmt: skip


@blueprint.route("/gremium/dauerfreigaben/neu", methods=["GET", "POST"])
def new() -> Any:
    """Ask for one: first for what (`for`), then within which bounds."""
    pages.call("standing_release_list")
    wanted = tk.request.args.get("for", "")
    if not wanted:
        return tk.render("review/standing/new.html", {"about": None, "choices": asked_scope.choices(reader()), "problems": []})
    about = model.Package.get(wanted)
    named = "source" if about is not None and about.type == "harvest" else "package_id"
    if about is None or not _may_ask({named: about.id}):
        return tk.abort(404)
    offered, sent, problems = asked_scope.about(about), tk.request.form, []
    if tk.request.method == "POST":
        data = {named: about.id, "reason": sent.get("reason", ""), **asked_scope.sent(sent, offered["columns"])}
        case, problems = tried(lambda: tk.get_action("standing_release_create")({}, data))
        if not problems:
            tk.h.flash_success(tk._("The standing release is before the data board."))
            return tk.redirect_to("dp_review.case", case_id=case["id"])
    ticked = sent.getlist("columns") if tk.request.method == "POST" else [name for name in offered["columns"] if name not in offered["new"]]
    return tk.render("review/standing/new.html", {
        **offered, "about": about, "source": named == "source", "ticked": ticked, "form": sent, "problems": problems,
    })  # fmt: skip


def _may_ask(data: dict[str, str]) -> bool:
    try:
        return bool(tk.check_access("standing_release_create", {"user": tk.current_user.name}, data))
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False


def _done() -> dict[str, str]:
    return {
        "revoke": tk._("The standing release is ended. New rows wait from now on."),
        "discard": tk._("What waited is discarded. What is public stays."),
    }
