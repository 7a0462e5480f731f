"""Pages of rounds and of the report; the report also as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from ..core import pages
from ..core.sheets import harmless
from . import words_care
from .views_care import known

blueprint = Blueprint("dp_inventory_rounds", __name__)
report = Blueprint("dp_inventory_report", __name__)
blueprint.before_request(known)
report.before_request(known)
MOST = 20_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.route("/inventar/runden")
def index() -> str:
    """All rounds that the reader takes part in."""
    return tk.render("inventory/rounds.html", {"rounds": pages.call("inventory_round_list")})


def _form(title: str, form: dict[str, Any], problems: dict[str, Any], item: Any = None) -> str:
    return tk.render("inventory/round_form.html", {"title": title, "form": form, "problems": problems, "item": item,
                                                   "units": tk.h.dp_inventory_organisations()})  # fmt: skip


def _sent() -> dict[str, Any]:
    form: dict[str, Any] = {name: tk.request.form.get(name, "").strip() for name in ("title", "deadline", "note")}
    return {**form, "units": tk.request.form.getlist("units")}


@blueprint.route("/inventar/runden/neu", methods=["GET", "POST"])
def new() -> Any:
    """Plan a round."""
    if not tk.h.check_access("inventory_round_create"):
        return tk.abort(404)
    form: dict[str, Any] = {"units": []}
    problems: dict[str, Any] = {}
    if tk.request.method == "POST":
        form = _sent()
        try:
            made = pages.call("inventory_round_create", **form)
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            tk.h.flash_success(tk._("The round has begun. The units get a mail with the next reminders."))
            return tk.redirect_to("dp_inventory_rounds.read", id=made["id"])
    return _form(tk._("Plan a round"), form, problems)


@blueprint.route("/inventar/runden/<id>/aendern", methods=["GET", "POST"])
def edit(id: str) -> Any:
    """Change a round, end it or let it run again."""
    if not tk.h.check_access("inventory_round_create"):
        return tk.abort(404)
    found = pages.call("inventory_round_show", id=id)
    form: dict[str, Any] = {**found, "units": [unit["unit"] for unit in found["units"]]}
    problems: dict[str, Any] = {}
    if tk.request.method == "POST":
        form, state = _sent(), tk.request.form.get("state")
        try:
            pages.call("inventory_round_patch", id=id, **form, **({"state": state} if state else {}))
        except tk.ValidationError as error:
            problems = error.error_dict
        else:
            tk.h.flash_success(tk._("Saved."))
            return tk.redirect_to("dp_inventory_rounds.read", id=id)
    return _form(tk._("Change the round"), form, problems, found)


@blueprint.route("/inventar/runden/<id>", methods=["GET", "POST"])
def read(id: str) -> Any:
    """Where the units stand; units report and sign here."""
    if tk.request.method == "POST":
        unit, event = tk.request.form.get("unit", ""), tk.request.form.get("event", "")
        states = {"report": "reported", "nothing": "nothing_to_report", "reopen": "open"}
        try:
            if event == "sign":
                pages.call("inventory_round_sign", id=id, unit=unit)
            else:
                pages.call("inventory_round_report", id=id, unit=unit, state=states.get(event, event),
                     note=tk.request.form.get("note", "").strip())  # fmt: skip
        except tk.ValidationError as error:
            tk.h.flash_error(pages.problems(error)[0])
        else:
            tk.h.flash_success(tk._("Saved."))
        return tk.redirect_to("dp_inventory_rounds.read", id=id)
    return tk.render("inventory/round.html", {"item": pages.call("inventory_round_show", id=id)})


@report.route("/inventar/bericht")
def read_report() -> str:
    """The inventory in numbers."""
    unit = tk.request.args.get("unit", "").strip()
    found = pages.call("inventory_record_report", unit=unit, listed=25)
    topics = [(topic, list(items)) for topic, items in groupby(found["gaps"] or [], key=lambda item: item["topic"])]
    return tk.render("inventory/report.html", {"found": found, "unit": unit, "topics": topics,
                                               "numbers": words_care.numbers()})  # fmt: skip


def _tables(found: dict[str, Any]) -> Iterator[tuple[str, list[str], list[list[Any]]]]:
    """The report as tables: name, heads, rows."""
    names = words_care.numbers()
    rows = [[row["title"], *(row[name] for name in names)] for row in found["units"]]
    total = [tk._("All together"), *(found["totals"][name] for name in names)]
    yield tk._("Organisations"), [tk._("Responsible unit"), *names.values()], [*rows, total]
    yield tk._("Overdue"), [tk._("Dataset"), tk._("Responsible unit"), tk._("Due on"), tk._("Days overdue")], [
        [row["title"], row["unit_title"], row["due_on"], row["overdue_days"]] for row in found["overdue"]
    ]
    yield tk._("Refused"), [tk._("Dataset"), tk._("Responsible unit"), tk._("Reason"), tk._("Decided on")], [
        [row["title"], row["unit_title"], row["reason"], (row["decided_at"] or "")[:10]] for row in found["refused"]
    ]
    if found["gaps"] is not None:
        yield tk._("Gaps"), [tk._("Sample dataset"), tk._("Topic")], [[row["name"], row["topic"]] for row in found["gaps"]]


def _cell(value: Any) -> Any:
    return harmless(value) if isinstance(value, str) else "" if value is None else value


def _answer(body: bytes, kind: str, ending: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="dateninventur-bericht.{ending}"', "Cache-Control": "no-store"}
    return Response(body, content_type=kind, headers=headers)


@report.route("/inventar/bericht.csv")
def as_csv() -> Response:
    """The numbers of the units, for a spreadsheet: semicolons and UTF-8 with a mark, as German Excel reads it."""
    found = pages.call("inventory_record_report", unit=tk.request.args.get("unit", ""), listed=1)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    _, heads, rows = next(_tables(found))
    writer.writerows([_cell(value) for value in row] for row in [heads, *rows])
    return _answer(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


@report.route("/inventar/bericht.xlsx")
def as_xlsx() -> Response:
    """The whole report, a sheet for each part."""
    found = pages.call("inventory_record_report", unit=tk.request.args.get("unit", ""), listed=MOST)
    book = Workbook(write_only=True)
    for name, heads, rows in _tables(found):
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for number in range(len(heads)):
            sheet.column_dimensions[chr(ord("A") + number)].width = 40 if number == 0 else 22
        bold = []
        for head in heads:
            cell = WriteOnlyCell(sheet, value=head)
            cell.font = Font(bold=True)
            bold.append(cell)
        sheet.append(bold)
        for row in rows:
            sheet.append([_cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return _answer(out.getvalue(), XLSX, "xlsx")
