"""The page of the standing releases: what flows without a vote, and what waits outside."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..core import pages
from .views.frame import tried

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
        data = {"package_id": sent.get("package_id", ""), "reason": sent.get("reason", "")}
        _, problems = tried(lambda: tk.get_action(deed)({}, data))
        if not problems:
            tk.h.flash_success(_done()[sent["deed"]])
            return tk.redirect_to("dp_review_standing.index")
    found = pages.call("standing_release_list")
    for item in found:
        item["may_change"] = bool(tk.h.check_access("standing_release_revoke", {"package_id": item["package_id"]}))
    return tk.render("review/standing/index.html", {"found": found, "problems": problems, "form": sent})


def _done() -> dict[str, str]:
    return {
        "revoke": tk._("The standing release is ended. New rows wait from now on."),
        "discard": tk._("What waited is discarded. What is public stays."),
    }
