"""Template helpers of the board's pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
from flask import current_app

from ..core import dates
from ..core.clock import utcnow
from ..core.i18n import language
from ..dcat_ap_de import shared as dcat_ap_de
from . import differences, entry_view


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


def dp_review_nav() -> list[dict[str, Any]]:
    """The pages of the board that are there and that the reader may use: {"url", "label", "active"}."""
    places = (
        ("dp_review.agenda", tk._("Agenda"), "review_list"),
        ("dp_review_papers.index", tk._("Principles and plans"), "review_list"),
        ("dp_review_minutes.index", tk._("Minutes"), "review_list"),
        ("dp_review_report.index", tk._("Status report"), "review_list"),
    )
    here = tk.request.endpoint or ""
    return [
        {"url": tk.url_for(name), "label": label, "active": here.split(".")[0] == name.split(".")[0]}
        for name, label, action in places
        if name in current_app.view_functions and tk.h.check_access(action, {})
    ]


HELPERS = {name: function for name, function in globals().items() if name.startswith("dp_review_")}
