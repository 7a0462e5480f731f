"""What the board did, in numbers: received, decided, how long it took, refused for what, by unit. No title, no person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any

import ckan.model as model
from sqlalchemy import select

from .model import RUNNING, Case

# by a decision, not by withdrawal or the clock
DECIDED = ("approved", "published", "refused", "changes_requested")
CLOSED = (*DECIDED, "withdrawn", "expired")


def _within(moment: datetime | None, since: datetime | None, until: datetime | None) -> bool:
    return moment is not None and (since is None or moment >= since) and (until is None or moment < until)


def report(since: datetime | None, until: datetime | None, whole: bool) -> dict[str, Any]:
    """Numbers of a period (`until` exclusive, UTC); see review_report.

    :param whole: for staff: all numbers by unit too, else only what was published
    """
    columns = (Case.package_id, Case.kind, Case.state, Case.track, Case.interests, Case.dashboard, Case.submitted_at, Case.decided_at,
               Case.under)  # fmt: skip
    rows = model.Session.execute(select(*columns)).all()
    # what flows under a release of its source was published, but nobody received and decided it
    received = [row for row in rows if not row.under and _within(row.submitted_at, since, until)]
    closed = [row for row in rows if row.state in CLOSED and _within(row.decided_at, since, until)]
    decided = [row for row in closed if row.state in DECIDED and not row.under]
    days = [(row.decided_at - row.submitted_at).total_seconds() / 86400 for row in decided]
    return {
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "received": len(received),
        "decided": len(decided),
        "open": sum(row.state in RUNNING for row in rows),
        **_states(closed),
        "days_to_decision": {"median": round(median(days), 1), "longest": round(max(days), 1)} if days else None,
        "tracks": dict(Counter(row.track for row in received)),
        "refused_by_interest": dict(Counter(code for row in closed if row.state == "refused" for code in row.interests or ["none"])),
        "dashboard": sum(row.dashboard for row in closed if row.state == "published"),
        "units": _units(received, closed, whole),
    }


def _states(closed: Iterable[Any]) -> dict[str, int]:
    counts = Counter(row.state for row in closed)
    return {state: counts[state] for state in CLOSED}


def _units(received: list[Any], closed: list[Any], whole: bool) -> list[dict[str, Any]]:
    """By unit, as it is now; datasets that are gone have none."""
    ids = {row.package_id for row in (*received, *closed)}
    query = (
        select(model.Package.id, model.Group.name, model.Group.title)
        .join(model.Group, model.Group.id == model.Package.owner_org)
        .where(model.Package.id.in_(ids))
    )
    unit = {row.id: (row.name, row.title or row.name) for row in model.Session.execute(query)} if ids else {}
    found = []
    for name, title in sorted(set(unit.values()), key=lambda item: item[1]):
        mine = [row for row in closed if unit.get(row.package_id) == (name, title)]
        states = _states(mine)
        if whole:
            came = sum(unit.get(row.package_id) == (name, title) for row in received)
            found.append({"unit": name, "title": title, "received": came, **states})
        elif states["published"]:
            found.append({"unit": name, "title": title, "published": states["published"]})
    return found
