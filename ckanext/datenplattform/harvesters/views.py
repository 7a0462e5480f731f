"""Pages beside ckanext-harvest's own."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

blueprint = Blueprint("dp_harvesters", __name__)
_PAGES = re.compile(r"/harvest(?:/|\Z)|/dataset/harvest_object/")
# ckanext-harvest changes things by GET; a link on another site could do that in an editor's name.
_CHANGES = re.compile(r"/harvest/(?:refresh|clear|delete)/|/harvest/[^/]+/job/[^/]+/abort\Z")


@blueprint.before_app_request
def guard() -> Any:
    """Sources are nobody's business who is not logged in: 404, as for a page that never was."""
    path = tk.request.path
    if not _PAGES.match(path):
        return None
    if not tk.current_user.is_authenticated:
        return tk.abort(404, tk._("Page not found"))
    if _CHANGES.match(path) and tk.request.method not in ("POST",):
        return tk.abort(405)
    return None


@blueprint.before_request
def names() -> None:
    """ckanext-harvest's templates want to know of which type of dataset the page is."""
    tk.g.dataset_type = "harvest"


def _source(id: str) -> dict[str, Any]:
    try:
        tk.check_access("harvest_source_update", {"user": tk.current_user.name}, {"id": id})
        return tk.get_action("harvest_source_show")({"user": tk.current_user.name}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Harvest source not found"))


def preview(id: str) -> str:
    """What the source would bring."""
    source = _source(id)
    found, error = None, ""
    try:
        found = tk.get_action("harvest_source_preview")({"user": tk.current_user.name}, {"id": source["id"]})
    except tk.ValidationError as invalid:
        reasons: Any = invalid.error_dict
        error = " ".join(text for texts in reasons.values() for text in texts)
    return tk.render("harvesters/preview.html", {"harvest_source": source, "preview": found, "error": error})


def confirm_vanish(id: str) -> Any:
    """Somebody confirms that records are gone for good."""
    source = _source(id)
    done = tk.get_action("harvest_source_confirm_vanish")({"user": tk.current_user.name}, {"id": source["id"]})
    tk.h.flash_success(tk._("%(count)s datasets are now marked as vanished. Nothing was deleted.") % {"count": len(done["vanished"])})
    return tk.h.redirect_to("harvester.admin", id=source["name"])


def stop(id: str) -> Any:
    """Stop the running job."""
    source = _source(id)
    try:
        tk.get_action("harvest_job_abort")({"user": tk.current_user.name}, {"source_id": source["id"]})
        tk.h.flash_success(tk._("The job was stopped. What it has brought stays."))
    except tk.NotAuthorized:
        tk.h.flash_error(tk._("Only the operator can stop a job."))
    except tk.ObjectNotFound:
        tk.h.flash_notice(tk._("There is no job to stop."))
    return tk.h.redirect_to("harvester.admin", id=source["name"])


def deactivate(id: str) -> Any:
    """Switch the source off; its datasets stay."""
    source = _source(id)
    try:
        tk.get_action("harvest_source_delete")({"user": tk.current_user.name}, {"id": source["id"]})
    except tk.NotAuthorized:
        return tk.abort(404, tk._("Harvest source not found"))
    tk.h.flash_success(tk._("The source is switched off. Its datasets stay."))
    return tk.h.redirect_to("harvest.search")


blueprint.add_url_rule("/harvest/preview/<id>", view_func=preview)
blueprint.add_url_rule("/harvest/confirm-vanish/<id>", view_func=confirm_vanish, methods=["POST"])
blueprint.add_url_rule("/harvest/stop/<id>", view_func=stop, methods=["POST"])
blueprint.add_url_rule("/harvest/deactivate/<id>", view_func=deactivate, methods=["POST"])
