"""The page on which a person chooses how the mails of the review come."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..core import pages

blueprint = Blueprint("dp_review_mails", __name__)


@blueprint.route("/gremium/mails", methods=["GET", "POST"])
def choose() -> Any:
    """Each mail at once, or one a day."""
    if not tk.current_user.is_authenticated:
        return tk.redirect_to("user.login", came_from=tk.url_for("dp_review_mails.choose"))
    try:
        if tk.request.method == "POST":
            pages.call("review_mails_patch", daily=tk.request.form.get("daily") == "true")
            tk.h.flash_success(tk._("Your choice is kept."))
            return tk.redirect_to("dp_review_mails.choose")
        chosen = pages.call("review_mails_show")
    except tk.NotAuthorized:
        return tk.abort(404)
    return tk.render("review/mails/choose.html", {"chosen": chosen, "address": tk.current_user.email})
