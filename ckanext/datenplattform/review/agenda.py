"""What the agenda shows of a case beside what `review_list` says: what the checks found, and whether it is simple."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ..access import shared as access
from .checks.model import Refutation, Result
from .model import OPEN, Case

# choices that can be made for several cases at once: a no needs its own reasons
TOGETHER = ("approve", "abstain")
SIMPLE_TRACKS = ("fast", "normal")
MOST_STOPPED = 50


def items(cases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cases (as the actions give them) with `level` (ok, look, stop; None: was not checked) and `simple` (bool)."""
    cases = list(cases)
    found = levels([case["id"] for case in cases])
    return [{**case, "level": found.get(case["id"]), "simple": is_simple(case, found.get(case["id"]))} for case in cases]


def is_simple(case: dict[str, Any], level: str | None) -> bool:
    """Whether a case may be voted on together with others: nothing was found, no full examination, a vote is missing. An
    entry for the register has no data that could be checked. A standing release reaches far: never."""
    checked = level == "ok" or case["kind"] == "entry"
    return bool(
        case["state"] == OPEN and case["may_vote"] and not case["my_vote"] and checked
        and case["track"] in SIMPLE_TRACKS and case["kind"] != "standing_release" and not case["standing_release"]
    )  # fmt: skip


def levels(case_ids: list[str]) -> dict[str, str]:
    """{case: the most serious finding of its own checks that nobody refuted}; without those that were not checked."""
    asked = select(Case.id, Case.package_id, Case.checks["result"].astext.label("result")).where(Case.id.in_(case_ids))
    rows = model.Session.execute(asked)
    cases = [row for row in rows if row.result]
    results = model.Session.query(Result).filter(Result.id.in_([row.result for row in cases]))
    verdicts = {str(result.id): result.verdicts for result in results}
    refuted = {
        (row.package_id, row.key)
        for row in model.Session.query(Refutation).filter(Refutation.package_id.in_([row.package_id for row in cases]))
    }
    found = {}
    for row in cases:
        if row.result in verdicts:
            open_ones = {item["level"] for item in verdicts[row.result] if (row.package_id, item["key"]) not in refuted}
            found[row.id] = next((level for level in ("stop", "look") if level in open_ones), "ok")
    return found


def with_details(item: dict[str, Any]) -> dict[str, Any]:
    """A case of the list with what a member must have seen before voting: description, licence, files, or what changes."""
    case: Any = model.Session.get(Case, item["id"])
    content = case.content
    package = content.get("package", {})
    changes = []
    if item.get("revision_id"):
        changes = tk.get_action("review_revision_diff")({}, {"id": item["revision_id"]})["changes"]
    files = [resource.get("name") or resource.get("format") or "" for resource in content.get("resources", {}).values()]
    named = {"notes": package.get("notes", ""), "license_id": package.get("license_id", "")}
    return {**item, **named, "files_named": files, "changes": changes}


def stopped(reader: model.User) -> list[dict[str, Any]]:
    """For the data-protection officer: datasets that a check holds back because of people, and nobody has refuted it yet."""
    if "dpo" not in access.memberships(reader).roles:
        return []
    latest = select(Result.package_id, Result.verdicts).distinct(Result.package_id).order_by(Result.package_id, Result.at.desc()).subquery()
    wanted = select(latest, model.Package.name, model.Package.title).join(model.Package, model.Package.id == latest.c.package_id)
    people = latest.c.verdicts.contains([{"check": "personal_data", "level": "stop"}])
    rows = model.Session.execute(wanted.where(people, model.Package.state == "active").limit(MOST_STOPPED)).all()
    ids = [row.package_id for row in rows]
    refuted = {(row.package_id, row.key) for row in model.Session.query(Refutation).filter(Refutation.package_id.in_(ids))}
    known = access.levels(reader, ids)
    return [
        {"name": row.name, "title": row.title or row.name}
        for row in rows
        if known.get(row.package_id) == "all"
        and any(item["refutable"] and (row.package_id, item["key"]) not in refuted for item in row.verdicts)
    ]
