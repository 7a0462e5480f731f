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


def dp_review_papers(case: dict[str, Any]) -> dict[str, Any]:
    """What a case (see `review_show`) cites, and what the reader could let it cite: {"cited", "choices", "may_cite"}."""
    try:
        cited = tk.get_action("review_citation_list")({}, {"case_id": case["id"]})["results"]
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return {"cited": [], "choices": [], "may_cite": False}
    may = case["state"] == "in_review" and tk.h.check_access("review_paper_cite", {"case_id": case["id"]})
    there = {(item["paper"], item["number"]) for item in cited}
    found = tk.get_action("review_paper_list")({}, {"limit": 200})["results"] if may else []
    # only what is in force and not cited yet
    choices = [item for item in found if item["in_force"] and (item["name"], item["in_force"]) not in there]
    return {"cited": cited, "choices": choices, "may_cite": may}


HELPERS = {name: function for name, function in globals().items() if name.startswith("dp_review_")}
