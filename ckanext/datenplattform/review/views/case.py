"""The page of one case."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ...core import pages
from .frame import blueprint


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
