"""Pages of Datenräume: one's own, one of them, making and changing one."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..core import days, names, pages
from . import dataspaces, helpers

blueprint = Blueprint("dp_dataspaces", __name__)
FIELDS = ("title", "purpose", "reason", "legal_basis", "conditions", "owner_org")


@blueprint.before_request
def known() -> Any:
    """Who is not logged in yet comes back after it. Which Datenräume exist is not asked before."""
    if tk.current_user.is_anonymous and tk.request.method == "GET":
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@blueprint.route("/datenraeume")
def index() -> str:
    """The Datenräume that the reader belongs to or keeps."""
    found = pages.call("dataspace_list")
    return tk.render("dataspaces/index.html", {"spaces": found, "may_create": _may_create()})


def _may_create() -> bool:
    return bool(tk.h.check_access("dataspace_create", {}))


def _sent() -> dict[str, Any]:
    return {name: tk.request.form.get(name, "").strip() for name in FIELDS}


def _form(title: str, form: dict[str, Any], problems: dict[str, Any], item: Any = None) -> str:
    units = helpers.dp_access_own_organizations()
    return tk.render("dataspaces/form.html", {"title": title, "form": form, "problems": problems, "item": item, "units": units})


def _free(title: str) -> str:
    """A name for addresses that no Datenraum has yet."""
    name = names.plain(title, "datenraum")
    name = name if names.usable(name) else "datenraum"
    free = (name if number == 1 else f"{name}-{number}" for number in range(1, 1000))
    return next(candidate for candidate in free if dataspaces.find(candidate) is None)


@blueprint.route("/datenraeume/neu", methods=["GET", "POST"])
def new() -> Any:
    """Make a Datenraum."""
    if not _may_create():
        return tk.abort(404)
    form: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    if tk.request.method == "POST":
        form = _sent()
        try:
            made = pages.call("dataspace_create", **form, name=_free(form["title"]))
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            tk.h.flash_success(tk._("The data space is there. Now put datasets into it and let members in."))
            return tk.redirect_to("dp_dataspaces.read", name=made["name"])
    return _form(tk._("New data space"), form, problems)


@blueprint.route("/datenraeume/<name>")
def read(name: str) -> str:
    """What it is for, conditions, datasets, and for who keeps it the members."""
    return _page(name)


def _page(name: str, part: str = "", form: dict[str, Any] | None = None, problems: dict[str, Any] | None = None) -> str:
    found = pages.call("dataspace_show", id=name)
    values = {"item": found, "part": part, "form": form or {}, "problems": problems or {}, "roles": dataspaces.ROLES}
    return tk.render("dataspaces/read.html", values)


@blueprint.route("/datenraeume/<name>/aendern", methods=["GET", "POST"])
def edit(name: str) -> Any:
    """Change the description."""
    found = pages.call("dataspace_show", id=name)
    if found["role"] != dataspaces.MANAGE:
        return tk.abort(404)
    form, problems = {field: found[field] or "" for field in FIELDS}, {}
    if tk.request.method == "POST":
        form = {**form, **{name: value for name, value in _sent().items() if name != "owner_org"}}
        try:
            pages.call("dataspace_patch", id=name, **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            tk.h.flash_success(tk._("Saved."))
            return tk.redirect_to("dp_dataspaces.read", name=name)
    return _form(tk._("Change the data space"), form, problems, found)


@blueprint.route("/datenraeume/<name>/mitglieder", methods=["POST"])
def members(name: str) -> Any:
    """Let somebody in, change a membership or end it."""
    sent = {key: tk.request.form.get(key, "").strip() for key in ("user", "organization", "role", "last_day", "event")}
    given = {"dataspace": name, **{key: sent[key] for key in ("user", "organization") if sent[key]}}
    try:
        if sent["event"] == "remove":
            pages.call("dataspace_member_remove", **given)
            tk.h.flash_success(tk._("Access has ended."))
        else:
            pages.call("dataspace_member_add", **given, role=sent["role"], until=_until(sent["last_day"]))
            tk.h.flash_success(tk._("Saved."))
    except tk.ValidationError as error:
        return _page(name, "member", sent, error.error_dict)
    return tk.redirect_to("dp_dataspaces.read", name=name)


def _until(day: str) -> str:
    try:
        return days.end_of(day).isoformat() if day else ""
    except (ValueError, OverflowError):
        raise tk.ValidationError({"last_day": [tk._("Please give a day, for example 2027-12-31.")]}) from None


@blueprint.route("/datenraeume/<name>/datensaetze", methods=["POST"])
def datasets(name: str) -> Any:
    """Put a dataset in or take it out."""
    sent = {key: tk.request.form.get(key, "").strip() for key in ("package_id", "event")}
    action = "dataspace_dataset_remove" if sent["event"] == "remove" else "dataspace_dataset_add"
    try:
        tk.get_action(action)({}, {"dataspace": name, "package_id": _last_part(sent["package_id"])})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        # one word for both: which datasets exist is not told; a Datenraum that is not the reader's is 404 by `_page`
        text = tk._("You keep no dataset of this name. Only who keeps a dataset puts it into a data space.")
        return _page(name, "dataset", sent, {"package_id": [text]})
    except tk.ValidationError as error:
        return _page(name, "dataset", sent, error.error_dict)
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to("dp_dataspaces.read", name=name)


def _last_part(text: str) -> str:
    """The name of a dataset, also out of the address of its page."""
    return urlsplit(text).path.rstrip("/").rpartition("/")[2]


@blueprint.route("/datenraeume/<name>/aufloesen", methods=["GET", "POST"])
def dissolve(name: str) -> Any:
    """Dissolve it, after a question."""
    found = pages.call("dataspace_show", id=name)
    if not found["may_delete"]:
        return tk.abort(404)
    if tk.request.method == "POST":
        pages.call("dataspace_delete", id=name)
        tk.h.flash_success(tk._("The data space is dissolved. Its datasets are still there."))
        return tk.redirect_to("dp_dataspaces.index")
    return tk.render("dataspaces/dissolve.html", {"item": found})
