"""Template helpers for minutes, report and the board's papers."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def dp_review_minutes_words(kind: str, value: Any) -> str:
    """A code of minutes, milestones or papers in words: kind is "released", "by", "milestone" or "paper"."""
    known = {
        "released": {"data": tk._("Entry and data"), "entry": tk._("Only the entry (register)"), "nothing": tk._("Nothing")},
        "by": {
            "board": tk._("Vote of the board"),
            "lead": tk._("Lead of the board alone"),
            "rules": tk._("Nobody objected until the deadline; the rules take that for consent"),
        },
        "milestone": {
            "planned": tk._("planned"),
            "running": tk._("in progress"),
            "done": tk._("reached"),
            "dropped": tk._("given up"),
            "deleted": tk._("taken out of the plan"),
        },
        "paper": {
            "principles": tk._("Principles"),
            "instruction": tk._("Service instruction"),
            "concept": tk._("Technical concept"),
            "plan": tk._("Implementation plan"),
            "other": tk._("Other paper"),
        },
    }
    return known.get(kind, {}).get(str(value), str(value or ""))


HELPERS = {name: function for name, function in globals().items() if name.startswith("dp_review_")}
