"""Pages of the unit: submit, withdraw, and what the checks found."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ...core import pages
from .. import asked_scope, revisions
from .frame import blueprint, tried


def _dataset(name: str, action: str) -> dict[str, Any]:
    """A dataset for which the reader may do this; 404 for all others."""
    pkg = pages.call("package_show", id=name)
    try:
        tk.check_access(action, {"user": tk.current_user.name}, {"package_id": pkg["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        tk.abort(404)
    return pkg


@blueprint.route("/dataset/<name>/einreichen", methods=["GET", "POST"])
def submit(name: str) -> Any:
    """Submit a dataset, or its prepared change, for review."""
    pkg, problems = _dataset(name, "review_submit"), []
    columns = _columns(pkg)
    if tk.request.method == "POST":
        _, problems = tried(lambda: tk.get_action("review_submit")({}, _wishes(pkg["id"], columns)))
        if not problems:
            tk.h.flash_success(tk._("The dataset is before the data board."))
            return tk.redirect_to("dataset.read", id=pkg["name"])
    changes = tk.get_action("review_revision_diff")({}, {"package_id": pkg["id"]})["changes"] if revisions.pending(pkg["id"]) else []
    return tk.render("review/submit.html", {
        "pkg": pkg, "pkg_dict": pkg, "problems": problems, "columns": columns, "changes": changes, "form": tk.request.form,
        "ticked": tk.request.form.getlist("columns") if tk.request.method == "POST" else columns,
    })  # fmt: skip


def _wishes(package_id: str, columns: list[str]) -> dict[str, Any]:
    """The sent form as `review_submit` takes it."""
    sent = tk.request.form
    found: dict[str, Any] = {"package_id": package_id, "comment": sent.get("comment", ""), "dashboard": "dashboard" in sent}
    if sent.get("track"):
        found["track"] = sent["track"]
    if sent.get("publish_at"):
        found["publish_at"] = _moment(sent["publish_at"])
    if sent.get("what") == "entry":
        return {**found, "entry": True, "dashboard": False}
    if sent.get("standing"):
        found["standing_release"] = asked_scope.sent(sent, columns)
    return found


def _moment(text: str) -> str:
    """What somebody wrote in local time, with its zone; what is no time stays as it is, and is refused by the action."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(str(tk.h.get_display_timezone())))
    return local.astimezone(timezone.utc).isoformat()


def _columns(pkg: dict[str, Any]) -> list[str]:
    """The columns of the dataset's series in the DataStore; empty where it has none."""
    names: dict[str, None] = {}
    if not p.plugin_loaded("datastore"):
        return []
    for resource in pkg["resources"]:
        if resource.get("datastore_active"):
            try:
                found = tk.get_action("datastore_search")({}, {"resource_id": resource["id"], "limit": 0, "include_total": False})
            except (tk.ObjectNotFound, tk.NotAuthorized):
                continue
            names |= dict.fromkeys(field["id"] for field in found["fields"] if field["id"] != "_id")
    return list(names)


@blueprint.route("/dataset/<name>/zurueckziehen", methods=["GET", "POST"])
def withdraw(name: str) -> Any:
    """Take back a submission or a publication, with a reason."""
    pkg, problems = _dataset(name, "review_withdraw"), []
    text = tk.request.form.get("reason", "")
    if tk.request.method == "POST":
        _, problems = tried(lambda: tk.get_action("review_withdraw")({}, {"package_id": pkg["id"], "reason": text}))
        if not problems:
            tk.h.flash_success(tk._("The dataset is withdrawn."))
            return tk.redirect_to("dataset.read", id=pkg["name"])
    return tk.render("review/withdraw.html", {"pkg": pkg, "pkg_dict": pkg, "text": text, "problems": problems})


@blueprint.route("/dataset/<name>/geprueft", methods=["GET", "POST"])
def checked(name: str) -> Any:
    """What the checks found; the data-protection officer refutes a stop here, with evidence."""
    pkg = pages.call("package_show", id=name)
    pages.call("review_check_show", package_id=pkg["id"])
    problems: list[str] = []
    if tk.request.method == "POST":
        data = {"package_id": pkg["id"], "key": tk.request.form.get("key", ""), "evidence": tk.request.form.get("evidence", "")}
        _, problems = tried(lambda: tk.get_action("review_check_refute")({}, data))
        if not problems:
            tk.h.flash_success(tk._("The finding is refuted. The unit can submit the dataset again."))
            return tk.redirect_to("dp_review.checked", name=pkg["name"])
    return tk.render("review/checked.html", {"pkg": pkg, "pkg_dict": pkg, "problems": problems, "form": tk.request.form})
