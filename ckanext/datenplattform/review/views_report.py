"""Pages for politics: what the board did in a period, and how far its milestones are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from babel.numbers import format_decimal
from flask import Blueprint

from ..core import dates, pages
from ..core.clock import utcnow
from ..core.i18n import language
from . import download, milestones, numbers, period

blueprint = Blueprint("dp_review_report", __name__)
FIELDS = ("title", "due", "state", "note")


def _asked() -> dict[str, str]:
    """The days asked for; without any, this year."""
    asked = {name: tk.request.args.get(name, "").strip() for name in ("since", "until")}
    if not any(asked.values()):
        today = utcnow().astimezone(period.zone()).date()
        return {"since": today.replace(month=1, day=1).isoformat(), "until": today.isoformat()}
    return asked


def _report(asked: dict[str, str]) -> dict[str, Any]:
    found = pages.call("review_report", **period.moments(asked))
    return {**found, "milestones": _milestones()}


def _milestones() -> list[dict[str, Any]] | None:
    """For staff; None for everybody else."""
    try:
        return tk.get_action("review_milestone_list")({}, {"limit": 500})["results"]
    except tk.NotAuthorized:
        return None


def figures() -> dict[str, str]:
    """The numbers of a report in words, in their order."""
    return {
        "received": tk._("Received"),
        "decided": tk._("Decided"),
        "published": tk._("Published"),
        "approved": tk._("Approved for later"),
        "refused": tk._("Refused"),
        "changes_requested": tk._("Sent back for changes"),
        "withdrawn": tk._("Withdrawn"),
        "expired": tk._("Expired"),
        "open": tk._("Open at this moment"),
    }


def _interest(code: str) -> str:
    return tk._("No interest recorded") if code == "none" else tk.h.dp_inventory_words("protected_interest", code)


def _page(found: dict[str, Any]) -> dict[str, Any]:
    """What page and PDF show."""
    say, days = figures(), found["days_to_decision"] or {}
    return {
        "days": {name: format_decimal(value, locale=language()) for name, value in days.items()},
        "found": found,
        "figures": say,
        "unit_figures": {name: say[name] for name in ("received", *numbers.CLOSED) if any(name in unit for unit in found["units"])},
        "refused": [(_interest(code), number) for code, number in sorted(found["refused_by_interest"].items(), key=lambda item: -item[1])],
    }


@blueprint.route("/gremium/bericht")
def index() -> str:
    """The report of a period. Numbers are for everybody, milestones for staff."""
    asked, problems, values = _asked(), [], {}
    try:
        values = _page(_report(asked))
    except tk.ValidationError as error:
        problems = pages.problems(error)
    staff = bool(values) and values["found"]["milestones"] is not None
    return tk.render("review/report/read.html", {
        "found": None, **values, "form": asked, "problems": problems, "staff": staff,
        "files": {name: tk.url_for(f"dp_review_report.{name}", **asked) for name in (("as_pdf", "as_csv") if staff else ("as_csv",))},
        "may_write": staff and tk.h.check_access("review_milestone_create", {}),
    })  # fmt: skip


def _for_file() -> tuple[dict[str, str], dict[str, Any]]:
    asked = _asked()
    try:
        return asked, _page(_report(asked))
    except tk.ValidationError as error:
        return tk.abort(400, " ".join(pages.problems(error)))


def _name(asked: dict[str, str]) -> str:
    # only days reach this place: the action has refused everything else
    return f"bericht-{asked['until'][:10] or utcnow().date().isoformat()}"


@blueprint.route("/gremium/bericht.pdf")
def as_pdf() -> Any:
    """The report to print; for staff, because typesetting costs the server more than a page."""
    asked, values = _for_file()
    if values["found"]["milestones"] is None:
        return tk.abort(404)
    return download.as_pdf(_name(asked), "review/report/print.html", form=asked, **values)


@blueprint.route("/gremium/bericht.csv")
def as_csv() -> Any:
    """The report as a table: what, of which, how many."""
    asked, values = _for_file()
    return download.as_csv(_name(asked), _rows(values))


def _rows(values: dict[str, Any]) -> Iterator[list[Any]]:
    found = values["found"]
    yield [tk._("Topic"), tk._("Of which"), tk._("Number or state"), tk._("Note")]
    for name, label in values["figures"].items():
        yield [tk._("All together"), label, found[name]]
    days = found["days_to_decision"]
    if days:
        yield [tk._("Days to the decision"), tk._("Median"), days["median"]]
        yield [tk._("Days to the decision"), tk._("Longest"), days["longest"]]
    for label, number in values["refused"]:
        yield [tk._("Refused for"), label, number]
    for unit in found["units"]:
        for name, label in values["unit_figures"].items():
            if name in unit:
                yield [unit["title"], label, unit[name]]
    for item in found["milestones"] or []:
        state = tk.h.dp_review_minutes_words("milestone", item["state"])
        yield [tk._("Milestone"), f"{item['title']} ({dates.say(item['due'])})", state, item["note"]]


@blueprint.route("/gremium/meilensteine/neu", methods=["GET", "POST"])
def new() -> Any:
    """Note a milestone."""
    if not tk.h.check_access("review_milestone_create", {}):
        return tk.abort(404)
    form, problems = {"state": "planned"}, {}
    if tk.request.method == "POST":
        form = _form()
        try:
            pages.call("review_milestone_create", **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            return _saved()
    return _edit(form, problems)


@blueprint.route("/gremium/meilensteine/<milestone_id>", methods=["GET", "POST"])
def edit(milestone_id: str) -> Any:
    """Change a milestone, note how far it is, delete it."""
    if not tk.h.check_access("review_milestone_patch", {}):
        return tk.abort(404)
    found = pages.call("review_milestone_show", id=milestone_id)
    form, problems = {**found, "version": found["number"]}, {}
    if tk.request.method == "POST":
        form = {**_form(), "version": tk.request.form.get("version", "")}
        try:
            if tk.request.form.get("event") == "delete":
                pages.call("review_milestone_delete", id=milestone_id)
            else:
                pages.call("review_milestone_patch", id=milestone_id, **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            return _saved()
    return _edit(form, problems, found)


def _form() -> dict[str, str]:
    return {name: tk.request.form.get(name, "").strip() for name in FIELDS}


def _saved() -> Any:
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to("dp_review_report.index")


def _edit(form: dict[str, Any], problems: Any, item: dict[str, Any] | None = None) -> str:
    return tk.render("review/report/milestone.html", {"form": form, "problems": problems, "item": item, "states": milestones.STATES})
