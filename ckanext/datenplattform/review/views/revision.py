"""Pages of a revision: change a published dataset beside its live version, look at the difference, throw it away or submit it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core import pages
from .. import cases, revision_form, revisions
from .frame import blueprint, tried


def _dataset(name: str) -> dict[str, Any]:
    """A published dataset that the reader may change; 404 for all others."""
    pkg = pages.call("package_show", id=name)
    try:
        tk.check_access("review_revision_create", {"user": tk.current_user.name}, {"package_id": pkg["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        tk.abort(404)
    return pkg


def _pending(package_id: str) -> dict[str, Any] | None:
    return tk.get_action("review_revision_show")({}, {"package_id": package_id}) if revisions.pending(package_id) else None


@blueprint.route("/dataset/<name>/fassung")
def revision(name: str) -> Any:
    """The revision that waits, with what it changes; without one the form."""
    pkg = _dataset(name)
    if not access.is_published(pkg["id"]):
        return tk.redirect_to("dataset.edit", id=pkg["name"])
    pending = _pending(pkg["id"])
    if pending is None:
        return tk.redirect_to("dp_review.revision_edit", name=pkg["name"])
    changes = pages.call("review_revision_diff", id=pending["id"])["changes"]
    running = cases.open_case(pkg["id"])
    return tk.render("review/revision.html", {
        "pkg": pkg, "pkg_dict": pkg, "revision": pending, "changes": changes, "case_id": running.id if running else None,
    })  # fmt: skip


@blueprint.route("/dataset/<name>/fassung/bearbeiten", methods=["GET", "POST"])
def revision_edit(name: str) -> Any:
    """The dataset's form, filled with the revision that waits or with the live version."""
    pkg = _dataset(name)
    pending = _pending(pkg["id"])
    if not access.is_published(pkg["id"]) or cases.open_case(pkg["id"]):
        return tk.redirect_to("dp_review.revision", name=pkg["name"])
    start = dict(pending["dataset"]) if pending else pkg
    if tk.request.method == "GET":
        return _form(pkg, start)
    made, errors, problems = _sent(pkg, pending)
    if errors:
        return _form(pkg, {**start, **tk.request.form.to_dict(), "id": pkg["id"]}, errors, problems)
    if made["id"] is None:
        tk.h.flash_success(tk._("Saved: such a small change needs no decision."))
        return tk.redirect_to("dataset.read", id=pkg["name"])
    tk.h.flash_success(tk._("The change is prepared. The public version stays as it is until the data board has decided."))
    return tk.redirect_to("dp_review.revision", name=pkg["name"])


def _sent(pkg: dict[str, Any], pending: dict[str, Any] | None) -> tuple[Any, dict[str, Any], list[str]]:
    """Make the revision of the sent form: (answer, errors by field, the same as sentences)."""
    base = pending["dataset"]["resources"] if pending else pkg["resources"]
    kept = {}
    if pending:
        folder = revisions.folder(pending["id"])
        kept = {resource_id: folder / resource_id for resource_id in pending["files"] if (folder / resource_id).is_file()}
    with tempfile.TemporaryDirectory(prefix="datenplattform-") as place:
        try:
            dataset = revision_form.fields(tk.request.form)
            listed = revision_form.files(tk.request.files, tk.request.form, base, kept, Path(place))
            if listed is not None:
                dataset["resources"] = listed
            # the right was checked above; only the system may name files of this machine
            context: Any = {"user": tk.current_user.name, "auth_user_obj": model.User.get(tk.current_user.name), "ignore_auth": True}
            data = {"package_id": pkg["id"], "dataset": dataset, "comment": tk.request.form.get("comment", "")}
            return tk.get_action("review_revision_create")(context, data), {}, []
        except tk.ValidationError as error:
            return None, error.error_dict, pages.problems(error)


def _form(pkg: dict[str, Any], data: dict[str, Any], errors: Any = None, problems: Any = None) -> str:
    pending = _pending(pkg["id"])
    files = pending["dataset"]["resources"] if pending else pkg["resources"]
    if not data.get("tag_string"):
        data = {**data, "tag_string": ", ".join(tag["name"] for tag in data.get("tags") or [])}
    form_vars = {
        "data": data, "errors": errors or {}, "error_summary": {}, "action": "edit", "dataset_type": "dataset", "form_style": "edit",
        "comment": tk.request.form.get("comment", ""), "files": files,
    }  # fmt: skip
    return tk.render("review/revision_form.html", {"pkg": pkg, "pkg_dict": pkg, "problems": problems or [], "form_vars": form_vars})


@blueprint.route("/dataset/<name>/fassung/verwerfen", methods=["POST"])
def revision_discard(name: str) -> Any:
    """Throw the revision away; the public version stays."""
    pkg = _dataset(name)
    pending = _pending(pkg["id"])
    if pending is None:
        return tk.abort(404)
    _, problems = tried(lambda: tk.get_action("review_revision_discard")({}, {"id": pending["id"]}))
    if problems:
        tk.h.flash_error(" ".join(problems))
        return tk.redirect_to("dp_review.revision", name=pkg["name"])
    tk.h.flash_success(tk._("The change is thrown away. The public version is as it was."))
    return tk.redirect_to("dataset.read", id=pkg["name"])
