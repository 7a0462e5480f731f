"""Making one record of two. No commit here: the caller's transaction decides."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import or_, select, update

from ..access import shared as access
from . import record, records
from .model import InventoryChange, InventoryRecord
from .model_care import OPEN, AccessRequest

# in the history, beside the fields: the record says which one it took in, or where it went; {"id", "title"}
MERGED, WENT = "merged", "merged_into"
# the dataset's own facts that fill gaps; title, unit and name are never empty
FACTS = (
    "notes", "license_id", "theme", "tags", "frequency", "temporal_coverage", "spatial_coverage", "language", "contact",
    "provenance", "documentation", "conforms_to", "applicable_legislation", "hvd_category",
)  # fmt: skip
RELATIONS = ("derived_from", "part_of")
NEEDS = ("confidentiality", "integrity", "availability")
BUSY = ("in_review", "changes_requested", "entry_released")


def obstacle(gone: Any, stays: Any) -> str | None:
    """Why the first cannot go into the second, for people; None when it can."""
    if gone.id == stays.id:
        return tk._("This is the same dataset. Please choose two.")
    if access.is_published(gone.id) or access.is_locked(gone.id) or access.review_state(gone.id) in BUSY:
        return tk._("This dataset is published or before the board. Nothing was changed. Please withdraw it first.")
    row = model.Session.get(InventoryRecord, gone.id)
    if row is not None and row.source:
        return tk._("This dataset comes from a source and would come again. Nothing was changed. "
                    "Please merge the other way round.")  # fmt: skip
    if any(resource.state == "active" for resource in gone.resources_all):
        return tk._("This dataset has files. Nothing was changed. Please merge the other way round.")
    return None


def fill_dataset(context: Any, gone: str, stays: str) -> None:
    """Fill what the staying dataset does not say of itself; not while it is published or before the board."""
    if access.is_published(stays) or access.is_locked(stays) or access.review_state(stays) in BUSY:
        return

    def fresh() -> Any:  # CKAN writes into a context
        return {**context}

    one, other = (tk.get_action("package_show")(fresh(), {"id": item}) for item in (gone, stays))
    gaps = {name: one[name] for name in FACTS if one.get(name) and not other.get(name)}
    if gaps:
        tk.get_action("package_patch")(fresh(), {"id": stays, **gaps})


def merge(gone: Any, stays: Any, user: str | None) -> list[str]:
    """Fill gaps, point relations and requests to the record that stays, write into both histories.

    :returns: ids of other datasets whose relations changed
    """
    ids = sorted((gone.id, stays.id))  # always in the same order, so that two merges at once do not wait for each other
    query = select(InventoryRecord).where(InventoryRecord.package_id.in_(ids)).order_by(InventoryRecord.package_id)
    rows = {row.package_id: row for row in model.Session.execute(query.with_for_update()).scalars()}
    one, other = rows.get(gone.id), rows.get(stays.id)
    if one is not None:
        records.write(stays.id, _filled(one, other, {gone.id, stays.id}), user)
    touched = _redirect_relations(gone.id, stays.id, user)
    _redirect_requests(gone.id, stays.id)
    who = records.user_id(user)
    for package_id, field, about in ((stays.id, MERGED, gone), (gone.id, WENT, stays)):
        after = {"id": about.id, "title": about.title or about.name}
        model.Session.add(InventoryChange(package_id=package_id, user_id=who, field=field, after=after))
    model.Session.flush()
    return touched


def _filled(one: InventoryRecord, other: InventoryRecord | None, both: set[str]) -> dict[str, Any]:
    """What the staying record gets: its gaps, the stricter protection needs, no relation to itself."""
    found = {}
    for name in record.NAMES:
        mine, theirs = getattr(other, name, None), getattr(one, name)
        if name in NEEDS:
            found[name] = max((mine, theirs), key=lambda need: record.NEED.index(need) if need else -1)
        elif name in RELATIONS:
            found[name] = [item for item in mine or theirs or [] if item not in both] or None
        else:
            found[name] = mine or theirs
    return found


def _redirect_relations(gone: str, stays: str, user: str | None) -> list[str]:
    columns = [getattr(InventoryRecord, name) for name in RELATIONS]
    query = select(InventoryRecord).where(or_(*(column.contains([gone]) for column in columns)))
    touched = []
    for row in model.Session.execute(query).scalars().all():
        if row.package_id in (gone, stays):
            continue
        changed = {
            name: list(dict.fromkeys(stays if item == gone else item for item in getattr(row, name) or [])) or None
            for name in RELATIONS
        }
        records.write(row.package_id, changed, user)
        touched.append(row.package_id)
    return touched


def _redirect_requests(gone: str, stays: str) -> None:
    """Requests count as demand of the record that stays. Who waits for an answer on both has one request then."""
    query = select(AccessRequest).where(AccessRequest.package_id.in_((gone, stays)), AccessRequest.state == OPEN)
    waiting = model.Session.execute(query).scalars().all()
    kept = {request.user_id: request for request in waiting if request.package_id == stays}
    for request in waiting:
        if request.package_id == gone and request.user_id in kept:
            kept[request.user_id].purpose += f"\n\n{request.purpose}"
            model.Session.delete(request)
    model.Session.flush()
    model.Session.execute(update(AccessRequest).where(AccessRequest.package_id == gone).values(package_id=stays))


def history_ids(package_id: str) -> list[str]:
    """The dataset and all that went into it, at first or second hand: whose changes are its history."""
    found, new = [package_id], [package_id]
    while new:
        query = select(InventoryChange.after).where(InventoryChange.package_id.in_(new), InventoryChange.field == MERGED)
        new = [item for item in (after["id"] for after in model.Session.execute(query).scalars()) if item not in found]
        found += new
    return found
