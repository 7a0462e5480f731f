"""Pages of the unit: submit and withdraw."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ...core import pages
from .frame import blueprint


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
