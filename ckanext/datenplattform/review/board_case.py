"""What the page of a case shows beside what `review_show` says: metadata, files, place, seats, and what the reader may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core import municipality
from ..inventory import shared as inventory
from . import entry_view, outline, preview, revisions, rules, seats
from .model import OPEN, RUNNING, Case

# as many tables are shown with their first rows
MOST_PREVIEWS = 3


def about(case_id: str, reader: model.User) -> dict[str, Any]:
    """For a case that the reader may see: {"found": the frozen dataset, "facts", "files", "outline", "record", "changes",
    "seats", "rules", "may": {what: bool}, "why_not": why a member does not vote}."""
    case: Any = model.Session.get(Case, case_id)
    dataset = entry_view.dataset(case.content)
    town = municipality.current()
    poll = seats.Poll(case)
    return {
        "found": dataset,
        "facts": entry_view.facts(dataset),
        "files": [] if case.kind == "entry" else _files(case, dataset),
        "outline": outline.draw(entry_view.geometries(dataset), town.centre),
        "town": town.name,
        # the portal's own map, where its room and its library are there
        "places": tk.h.dp_places(dataset) if "dp_places" in tk.h else None,
        "record": _asked("inventory_record_show", id=case.package_id),
        "live": _asked("package_show", id=case.package_id),
        "changes": _changes(case),
        "seats": _seats(case, poll),
        "rules": {
            "quorum": case.quorum, "seats": len(poll.electorate), "majority": rules.majority(case.rules, case.track),
            "silence": (case.rules or {}).get("silence", "wait"),
        },
        "may": _may(case, reader, poll),
        "why_not": _why_not(case, reader),
    }  # fmt: skip


def _asked(action: str, **data: Any) -> dict[str, Any] | None:
    try:
        return tk.get_action(action)({}, data)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def _changes(case: Case) -> list[dict[str, Any]]:
    """Of a revision that is not released yet: what it changes against the live version."""
    if not case.revision_id or case.state not in RUNNING:
        return []
    return (_asked("review_revision_diff", id=case.revision_id) or {}).get("changes", [])


def file_of(case: Case, resource_id: str) -> tuple[Path, str] | None:
    """The very file that is decided, and its name; None where the case is closed or it lies elsewhere."""
    resource = case.content.get("resources", {}).get(resource_id)
    if resource is None or case.state not in RUNNING:
        return None
    path = revisions.folder(case.revision_id) / resource_id if case.revision_id and resource_id in case.files else None
    if path is None or not path.is_file():
        path = inventory.stored({**resource, "id": resource_id})
    return (path, str(resource.get("url") or resource_id).rsplit("/", 1)[-1]) if path else None


def _files(case: Case, dataset: dict[str, Any]) -> list[dict[str, Any]]:
    """Name, format, and, while the case runs, an address and the first rows of what is decided."""
    found = []
    left = MOST_PREVIEWS
    for resource in dataset["resources"]:
        here = file_of(case, resource["id"])
        rows = None
        if left and case.state in RUNNING:
            rows = preview.of_file(here[0], resource.get("format") or "") if here else _of_table(resource["id"])
            left -= rows is not None
        # what a source calls an address may be a script
        web = str(resource.get("url") or "").startswith(("http://", "https://"))
        elsewhere = resource["url"] if web and resource.get("url_type") != "upload" else None
        url = tk.url_for("dp_review.file", case_id=case.id, resource_id=resource["id"]) if here else elsewhere
        found.append({**resource, "here": bool(here), "link": url, "size": here[0].stat().st_size if here else None, "preview": rows})
    return found


def _of_table(resource_id: str) -> preview.Preview | None:
    """The first rows of a series in the DataStore."""
    if not p.plugin_loaded("datastore"):
        return None
    found = _asked("datastore_search", resource_id=resource_id, limit=preview.ROWS, include_total=False)
    if not found:
        return None
    names = [field["id"] for field in found["fields"] if field["id"] != "_id"][: preview.MOST_COLUMNS]
    rows = (tuple("" if row.get(name) is None else str(row[name])[: preview.MOST_SIGNS] for name in names) for row in found["records"])
    return preview.Preview(tuple(names), tuple(rows))


def _seats(case: Case, poll: seats.Poll) -> list[str]:
    """Of an open case: the seats whose vote is missing, in words."""
    if case.state != OPEN:
        return []
    return sorted(seat_name(name) for name in poll.electorate - poll.counting.keys())


def seat_name(name: str) -> str:
    """A seat in words: its unit, or the person's name where it belongs to none."""
    unit = municipality.current().unit(name)
    if unit:
        return unit.title
    group, user = model.Group.get(name), model.User.get(name)
    return (group.title or group.name) if group else (user.fullname or user.name) if user else name


def _may(case: Case, reader: model.User, poll: seats.Poll) -> dict[str, bool]:
    opened = case.state == OPEN
    voted = any(vote.user_id == reader.id for vote in poll.votes)
    sits = any(reader.id in seat.members | seat.deputies for seat in poll.seats.values())
    return {
        "recuse": opened and sits and not voted and reader.id not in poll.excluded,
        "raise_normal": opened and case.track == "fast",
        "raise_full": opened and case.track != "full",
        "decide_alone": case.track == "fast",
        "comment": True,
    }


def _why_not(case: Case, reader: model.User) -> str:
    """Why somebody who sits on the board does not vote on this open case; "" for all others."""
    if case.state != OPEN or not seats.on_board(reader.id):
        return ""
    try:
        tk.check_access("review_vote", {"user": reader.name}, {"case_id": case.id})
    except tk.NotAuthorized as error:
        return str(error.message or "")
    return ""
