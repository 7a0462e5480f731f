"""The page on which two records become one."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from . import history, record

blueprint = Blueprint("dp_inventory_twins", __name__)


def _show(name: str) -> dict[str, Any]:
    """A record that the reader may change; all else is not found."""
    try:
        found = tk.get_action("inventory_record_show")({}, {"id": name})
        tk.check_access("inventory_record_patch", {}, {"id": found["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    return found


@blueprint.route("/inventar/<name>/zusammenfuehren/<other>", methods=["GET", "POST"])
def merge(name: str, other: str) -> Any:
    """Both records beside each other; one click makes `name` go into `other`."""
    gone, stays = _show(name), _show(other)
    problem = ""
    if tk.request.method == "POST":
        try:
            tk.get_action("inventory_record_merge")({}, {"id": gone["id"], "into": stays["id"]})
        except tk.ValidationError as error:
            errors: Any = error.error_dict
            problem = " ".join(text for texts in errors.values() for text in texts)
        else:
            tk.h.flash_success(tk._("Both datasets are one now. The history of both stands below."))
            return tk.redirect_to("dp_inventory.read", name=stays["name"])
    fields = [
        name for name in record.NAMES
        if history.plain(gone[name]) != history.plain(stays[name]) and history.plain(gone[name]) is not None
    ]  # fmt: skip
    return tk.render("inventory/merge.html", {"gone": gone, "stays": stays, "fields": fields, "problem": problem})
