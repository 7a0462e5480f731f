"""Pages of the Dateninventur: the list and one record."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ..access import shared as access
from ..core import pages
from . import record, views_search, words_history
from .logic import auth_care

blueprint = Blueprint("dp_inventory", __name__)


@blueprint.route("/inventar")
def index() -> str:
    """The datasets of the city group that the reader may know of."""
    return views_search.page()


def _form(names: tuple[str, ...]) -> dict[str, Any]:
    """The record's fields of a sent form: text, or a list where several can be chosen."""
    sent, found = tk.request.form, {}
    for name in names:
        if record.BY_NAME[name].kind == "multi" and f"{name}-there" in sent:
            found[name] = sent.getlist(name)
        elif name in sent:
            # a suggestion chosen beside the list, where the list says nothing
            found[name] = sent[name].strip() or sent.get(f"{name}-suggested", "").strip()
    return found


@blueprint.route("/inventar/neu", methods=["GET", "POST"])
def new() -> Any:
    """Quick entry: title, unit, what it is, personal data. All else later."""
    if not tk.h.check_access("inventory_record_create"):
        return tk.abort(404)
    form: dict[str, Any] = {"unit": tk.request.args.get("unit", "")}
    problems: dict[str, Any] = {}
    twins: list[dict[str, Any]] = []
    sent = tk.request.form
    draft = "draft" in sent
    if tk.request.method == "POST":
        form = {name: sent.get(name, "").strip() for name in ("title", "unit", "notes", "personal_data")}
        if form["title"] and form["unit"] and "anyway" not in sent:
            twins = tk.get_action("inventory_twin_list")({}, {"title": form["title"], "unit": form["unit"]})
    if tk.request.method == "POST" and not twins:
        try:
            made = tk.get_action("inventory_record_create")({}, {**form, "draft": draft})
        except tk.ValidationError as error:
            problems = error.error_dict
        except tk.NotAuthorized:
            problems = {"unit": [tk._("Please choose one of your units.")]}
        else:
            tk.h.flash_success(tk._("Saved. You can add the rest now or later."))
            return tk.redirect_to("dp_inventory.read", name=made["name"])
    units = sorted(tk.h.organizations_available("create_dataset"), key=lambda unit: unit["title"] or unit["name"])
    if auth_care.keeps_all_units(access.memberships(model.User.get(tk.current_user.name))):
        units = tk.h.dp_inventory_organisations()
    return tk.render(
        "inventory/new.html", {"form": form, "problems": problems, "units": units, "twins": twins, "draft": draft}
    )


@blueprint.route("/inventar/<name>", methods=["GET", "POST"])
def read(name: str) -> Any:
    """One record: those who may change it get the form, the others read."""
    found = pages.call("inventory_record_show", id=name)
    values, problems = found, {}
    may_edit = tk.h.check_access("inventory_record_patch", {"id": found["id"]})
    if tk.request.method == "POST":
        form = _form(record.NAMES)
        finish = {"draft": False} if "finish" in tk.request.form else {}
        try:
            saved = pages.call("inventory_record_patch", id=found["id"], modified=tk.request.form.get("modified"), **form, **finish)
        except tk.ValidationError as error:
            values, problems = {**found, **form}, error.error_dict
        else:
            if saved["missing"]:
                tk.h.flash_notice(tk._("Saved. What is still missing stands at the top."))
            else:
                tk.h.flash_success(tk._("Saved. The record is complete."))
            return tk.redirect_to("dp_inventory.read", name=found["name"])
    return tk.render("inventory/record.html", {
        "record": found,
        "values": values,
        "problems": {key: value for key, value in problems.items() if key != "differences"},
        "differences": problems.get("differences", []),
        "may_edit": may_edit,
        "history": words_history.told(pages.call("inventory_record_history", id=found["id"], limit=50)),
    })  # fmt: skip
