"""The public register: a page, and the same as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.helpers import Page
from flask import Blueprint, Response

from ..core.sheets import harmless

blueprint = Blueprint("dp_inventory_register", __name__)
PER_PAGE = 25
COLUMNS = ("title", "unit", "description", "formats", "update_cycle", "openness_label", "openness_reason", "since")


@blueprint.route("/register")
def index() -> str:
    """Which data the city group has, also those that are not public."""
    q, number = tk.request.args.get("q", "").strip(), tk.h.get_page_number(tk.request.args)
    found = tk.get_action("inventory_register_list")({}, {"q": q, "limit": PER_PAGE, "offset": (number - 1) * PER_PAGE})

    def url(page: int = 1, **_: Any) -> str:
        return tk.url_for("dp_inventory_register.index", page=page, **({"q": q} if q else {}))

    pager = Page(found["results"], page=number, url=url, item_count=found["count"], items_per_page=PER_PAGE,
                 presliced_list=True)  # fmt: skip
    return tk.render("inventory/register.html", {"found": found, "page": pager, "q": q})


def _all() -> Iterator[dict[str, Any]]:
    offset = 0
    while True:
        results = tk.get_action("inventory_register_list")({}, {"limit": 1000, "offset": offset})["results"]
        yield from results
        if len(results) < 1000:
            return
        offset += 1000


@blueprint.route("/register.json")
def as_json() -> Response:
    """The whole register."""
    return Response(json.dumps(list(_all()), ensure_ascii=False), mimetype="application/json")


@blueprint.route("/register.csv")
def as_csv() -> Response:
    """The whole register as a table; no cell can become a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([_headings()[name] for name in COLUMNS])
    for item in _all():
        cells = [", ".join(value) if isinstance(value := item[name], list) else value for name in COLUMNS]
        writer.writerow([harmless(str(cell or "")) for cell in cells])
    return Response("\ufeff" + out.getvalue(), mimetype="text/csv",
                    headers={"Content-Disposition": "attachment; filename=register.csv"})  # fmt: skip


def _headings() -> dict[str, str]:
    return {
        "title": tk._("Title"),
        "unit": tk._("Responsible unit"),
        "description": tk._("Description"),
        "formats": tk._("Formats"),
        "update_cycle": tk._("Update cycle"),
        "openness_label": tk._("Who may have the data"),
        "openness_reason": tk._("Reason, if not open"),
        "since": tk._("In the register since"),
    }
