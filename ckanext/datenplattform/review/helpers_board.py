"""Template helpers of the board's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
from babel.numbers import format_decimal
from flask import current_app

from ..core import dates
from ..core.clock import utcnow
from ..core.i18n import language
from ..dcat_ap_de import shared as dcat_ap_de
from . import board_case, differences, entry_view, outline


def dp_review_deadline(value: str | None) -> str:
    """A deadline (ISO 8601) as people say it: "noch 3 Tage, bis 3. Dezember 2026"."""
    if not value:
        return ""
    zone = ZoneInfo(str(tk.h.get_display_timezone()))
    left = (datetime.fromisoformat(value).astimezone(zone).date() - utcnow().astimezone(zone).date()).days
    day = dates.say(value)
    if left < 0:
        return tk._("overdue since %(day)s") % {"day": day}
    if left == 0:
        return tk._("until today")
    return tk.ungettext("{number} day left, until {day}", "{number} days left, until {day}", left).format(number=left, day=day)


def dp_review_changes(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Differences (see `review_revision_diff`) for people: {"label", "before", "after"}, both as lists of (same | del | ins, text)."""
    return [{"label": entry_view.field_label(item["field"]), **_sides(item)} for item in changes]


def _sides(item: dict[str, Any]) -> dict[str, Any]:
    before, after = (entry_view.words(item["field"], item[side]) for side in ("before", "after"))
    old, new = differences.side_by_side(before, after)
    return {"before": old, "after": new}


def dp_review_licence(code: str) -> str:
    """A licence's name for its code."""
    return dcat_ap_de.label("licence", code, language()) if code else tk._("no licence")


def dp_review_seat(name: str) -> str:
    """A seat of the board in words."""
    return board_case.seat_name(name)


def dp_review_scope(scope: dict[str, Any]) -> list[str]:
    """The bounds of a standing release, each in one sentence."""
    found = []
    for name, text in (("streams", tk._("Series: %(value)s")), ("columns", tk._("Columns: %(value)s"))):
        if scope.get(name):
            found.append(text % {"value": ", ".join(scope[name])})
    if scope.get("columns") == []:
        found.append(tk._("No columns: datasets with tables wait"))
    if scope.get("resolution_seconds"):
        found.append(tk._("At most one value in %(value)s seconds") % {"value": scope["resolution_seconds"]})
    if scope.get("resolution_metres"):
        found.append(tk._("Positions no more exact than %(value)s metres") % {"value": scope["resolution_metres"]})
    if scope.get("licence"):
        found.append(tk._("Licence: %(value)s") % {"value": dp_review_licence(scope["licence"])})
    until = scope.get("until")
    found.append(tk._("Until %(value)s") % {"value": dates.say(until)} if until else tk._("Without an end date"))
    return found


def dp_review_extent(found: outline.Outline) -> str:
    """Where an outline lies and how large it is, in words."""
    degrees = [format_decimal(round(value, 3), "0.###", locale=language()) for value in (found.south, found.north, found.west, found.east)]
    place = tk._("Between %(south)s° and %(north)s° north and between %(west)s° and %(east)s° east") % dict(
        zip(("south", "north", "west", "east"), degrees, strict=True)
    )
    if max(found.km_wide, found.km_high) < 0.05:
        return place + "."
    wide, high = (format_decimal(round(value, 1), "0.#", locale=language()) for value in (found.km_wide, found.km_high))
    return place + tk._(", about %(wide)s km wide and %(high)s km high.") % {"wide": wide, "high": high}


def dp_review_nav() -> list[dict[str, Any]]:
    """The pages of the board that are there and that the reader may use: {"url", "label", "active"}."""
    places = (
        ("dp_review.agenda", tk._("Agenda"), "review_list"),
        ("dp_review_standing.index", tk._("Standing releases"), "standing_release_list"),
        ("dp_review_papers.index", tk._("Principles and plans"), "review_paper_list"),
        ("dp_review_minutes.index", tk._("Minutes"), "review_minutes"),
        ("dp_review_report.index", tk._("Status report"), "review_report"),
        ("dp_review_mails.choose", tk._("Mails"), "review_list"),
    )
    here = tk.request.endpoint or ""
    return [
        {"url": tk.url_for(name), "label": label, "active": here.split(".")[0] == name.split(".")[0]}
        for name, label, action in places
        if name in current_app.view_functions and tk.h.check_access(action, {})
    ]


def dp_review_rows(number: int) -> str:
    """So many rows, in words."""
    return tk.ungettext("%(num)s row", "%(num)s rows", number)


HELPERS = {name: function for name, function in globals().items() if name.startswith("dp_review_")}
