"""Pages of the year: what is due, requests for data."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.helpers import Page
from flask import Blueprint

from ..core import pages

blueprint = Blueprint("dp_inventory_care", __name__)
requests = Blueprint("dp_inventory_requests", __name__)
PER_PAGE = 25


@blueprint.before_request
@requests.before_request
def known() -> Any:
    """Mails lead here: who is not logged in yet comes back after it. Which ids exist is not asked before."""
    if tk.current_user.is_anonymous and tk.request.method == "GET":
        return tk.redirect_to("user.login", came_from=tk.request.full_path.rstrip("?"))
    return None


@blueprint.route("/inventar/faellig")
def due() -> str:
    """Is it still true? What the reader has to confirm, the longest overdue first."""
    number = tk.h.get_page_number(tk.request.args)
    asked = {"unit": tk.request.args.get("unit", "").strip(), "mine": "1" if tk.request.args.get("mine") else ""}
    found = pages.call("inventory_due_list", limit=PER_PAGE, offset=(number - 1) * PER_PAGE,
                 unit=asked["unit"], mine=bool(asked["mine"]))  # fmt: skip

    def url(page: int = 1, **_: Any) -> str:
        return tk.url_for("dp_inventory_care.due", page=page, **{name: value for name, value in asked.items() if value})

    pager = Page(found["results"], page=number, url=url, item_count=found["count"], items_per_page=PER_PAGE,
                 presliced_list=True)  # fmt: skip
    units = tk.h.organizations_available("update_dataset")
    return tk.render("inventory/due.html", {"found": found, "page": pager, "units": units, "here": url(number), **asked})


@blueprint.route("/inventar/<name>/bestaetigen", methods=["POST"])
def confirm(name: str) -> Any:
    """One click: it is still true."""
    try:
        done = pages.call("inventory_record_confirm", id=name)
    except tk.ValidationError as error:
        tk.h.flash_error(pages.problems(error)[0])
    else:
        text = tk._("Confirmed. The record is due again on %(date)s.") % {"date": tk.h.dp_inventory_date(done["due_on"])}
        tk.h.flash_success(text)
    if tk.request.form.get("back") == "due":
        chosen = {key: tk.request.form[key] for key in ("unit", "mine") if tk.request.form.get(key)}
        return tk.redirect_to("dp_inventory_care.due", **chosen)
    return tk.redirect_to("dp_inventory.read", name=name)


@requests.route("/inventar/anfragen")
def index() -> str:
    """Requests: those to answer, one's own, and what has been answered."""
    to_answer = pages.call("inventory_access_request_list", role="unit", state="open", limit=100)
    answered = [item for state in ("granted", "refused") for item in
                pages.call("inventory_access_request_list", role="unit", state=state, limit=50)["results"]]  # fmt: skip
    answered.sort(key=lambda item: item["answered_at"] or "", reverse=True)
    mine = pages.call("inventory_access_request_list", role="asker", limit=100)
    return tk.render("inventory/requests.html", {"to_answer": to_answer, "mine": mine, "answered": answered[:50]})


@requests.route("/inventar/anfragen/<id>", methods=["GET", "POST"])
def read(id: str) -> Any:
    """One request; who is asked answers here."""
    rows = pages.call("inventory_access_request_list", id=id)["results"]
    if not rows:
        return tk.abort(404)
    form: dict[str, str] = {}
    problems: dict[str, Any] = {}
    if tk.request.method == "POST":
        form = {name: tk.request.form.get(name, "").strip() for name in ("decision", "text", "until")}
        try:
            pages.call("inventory_access_request_answer", id=id, **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            tk.h.flash_success(tk._("Your answer is saved. Who asked gets a mail."))
            return tk.redirect_to("dp_inventory_requests.index")
    return tk.render("inventory/request.html", {"item": rows[0], "form": form, "problems": problems})


@requests.route("/inventar/<name>/anfragen", methods=["GET", "POST"])
def ask(name: str) -> Any:
    """Ask for the data behind an entry."""
    pkg = pages.call("package_show", id=name)
    try:
        tk.check_access("inventory_access_request_create", {"user": tk.current_user.name}, {"id": pkg["id"]})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return tk.abort(404)
    form, problems = {"purpose": "", "until": ""}, {}
    if tk.request.method == "POST":
        form = {name: tk.request.form.get(name, "") for name in ("purpose", "until")}
        try:
            pages.call("inventory_access_request_create", id=pkg["id"], **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            tk.h.flash_success(tk._("Your request is with the responsible unit. You get a mail when it has answered."))
            return tk.redirect_to("dp_inventory_requests.index")
    return tk.render("inventory/ask.html", {"pkg": pkg, "form": form, "problems": problems})
