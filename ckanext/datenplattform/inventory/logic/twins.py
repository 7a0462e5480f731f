"""Actions: which Musterdatensatz fits, which records are likely the same, and making one of two."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import case, func, select

from ...access import shared as access
from ...core import municipality
from ...core.validation import validated, validators
from .. import merging, musterdatensatz, records, twins
from ..model import InventoryRecord
from ..model_search import InventorySearch

CANDIDATES = 300


@tk.side_effect_free
def inventory_musterdatensatz_suggest(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """Which entries of the Musterdatenkatalog fit a title; staff only. Nothing leaves the portal.

    :param title: title of a dataset
    :param description: what it is (optional)
    :returns: at most three, best first: [{"name", "topic", "score"}]; scores compare only within one answer

    Example: `{"title": "Straßenbäume"}` gives "Flora und Fauna - Baumbestand - Baumkataster" first.
    """
    tk.check_access("inventory_musterdatensatz_suggest", context, data_dict)
    text = validators("ignore_missing", "unicode_safe")
    data = validated(data_dict, {"title": validators("not_empty", "unicode_safe"), "description": text}, context)
    found = musterdatensatz.suggest(data["title"][:500], data.get("description") or "")
    return [{"name": item.entry.name, "topic": item.entry.topic, "score": item.score} for item in found]


@tk.side_effect_free
def inventory_twin_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """Records that are likely the same as the one described; staff only, among those the caller may know of.

    Title and unit count for every record that the caller may know of; the source system only where he sees all of it.

    :param title: title of a dataset
    :param unit: name or id of its organisation (optional)
    :param source_system: the software or file it is kept in (optional)
    :param id: id or name of the dataset itself, which is no twin of its own (optional)
    :returns: at most five, best first: [{"id", "name", "title", "unit_title", "level", "score"}], scores 0 to 100

    Example: `{"title": "Baum-Kataster", "unit": "fd-geodaten"}`
    """
    tk.check_access("inventory_twin_list", context, data_dict)
    text = validators("ignore_missing", "unicode_safe")
    schema = {"title": validators("not_empty", "unicode_safe"), "unit": text, "source_system": text, "id": text}
    data = validated(data_dict, schema, context)
    own, group = model.Package.get(data.get("id") or ""), model.Group.get(data.get("unit") or "")
    town = municipality.current().name
    wanted = twins.Known(
        own.id if own else "", twins.without(data["title"][:500], town), group.id if group else None, data.get("source_system")
    )
    rows = {row.id: row for row in _candidates(access.current_user(context), wanted)}
    known = [twins.Known(row.id, twins.without(row.title, town), row.owner_org, row.source_system) for row in rows.values()]
    found = [(twin, rows[twin.known.id]) for twin in twins.find(wanted, known)]
    titles = records.unit_titles({row.owner_org for _, row in found})
    return [
        {"id": row.id, "name": row.name, "title": row.title or row.name, "unit_title": titles.get(row.owner_org),
         "level": row.level, "score": twin.score}
        for twin, row in found
    ]  # fmt: skip


def _candidates(user: Any, wanted: twins.Known) -> list[Any]:
    """What the user may know of with a title that is like the wanted one, likest first, found by the index of trigrams."""
    sight, package = access.sight(access.memberships(user)), model.Package
    # asked for alone: within the statement it would be computed for each row
    key = model.Session.execute(select(func.dp_inventory_plain(twins.telling(wanted.title)))).scalar_one()
    system = case((sight.level == "all", InventoryRecord.source_system), else_=None)
    query = (
        select(package.id, package.name, package.title, package.owner_org, sight.level.label("level"),
               system.label("source_system"))
        .select_from(sight.source)
        .join(InventorySearch, InventorySearch.package_id == package.id)
        .outerjoin(InventoryRecord, InventoryRecord.package_id == package.id)
        .where(InventorySearch.title_key.op("%")(key), sight.level.is_not(None))
        .order_by(func.similarity(InventorySearch.title_key, key).desc(), package.id)
        .limit(CANDIDATES)
    )  # fmt: skip
    return list(model.Session.execute(query))


def inventory_record_merge(context: Any, data_dict: Any) -> dict[str, Any]:
    """Make one record of two; for those who may change both. The first one is deleted, its history stays with the second.

    What the second says stays, gaps are filled from the first; of two protection needs the stricter one counts. Records
    that were made of the first or belong to it, and requests for it, then name the second.

    :param id: id or name of the dataset that goes
    :param into: id or name of the dataset that stays
    :returns: the record that stays, as inventory_record_show
    :raises NotFound: one of the two does not exist, or not for this caller
    :raises ValidationError: `id`: it is published, before the board, comes from a source or has files; nothing was done

    Example: `{"id": "baeume-alt", "into": "baumkataster"}`
    """
    tk.check_access("inventory_record_merge", context, data_dict)
    gone, stays = (model.Package.get(data_dict.get(name) or "") for name in ("id", "into"))
    if gone is None or stays is None:
        raise tk.ObjectNotFound()
    problem = merging.obstacle(gone, stays)
    if problem:
        raise tk.ValidationError({"id": [problem]})
    inner: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    merging.fill_dataset({**inner}, gone.id, stays.id)
    try:
        touched = merging.merge(gone, stays, context.get("user"))
        tk.get_action("package_delete")(inner, {"id": gone.id})
    except Exception:
        model.Session.rollback()
        raise
    access.reindex([stays.id, *touched])
    shown: Any = {"user": context.get("user"), "ignore_auth": context.get("ignore_auth", False)}
    return tk.get_action("inventory_record_show")(shown, {"id": stays.id})


ACTIONS = (inventory_musterdatensatz_suggest, inventory_twin_list, inventory_record_merge)
