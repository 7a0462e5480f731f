"""Actions of room `inventory`: datasets are found, searches are kept."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ...access import shared as access
from ...core.clock import utcnow
from ...core.validation import one_of, validated, validators, whole_number
from .. import records, search, units, words_search
from ..model import InventoryRecord
from ..model_search import InventoryFilter

MOST = 1000
# filters one person may keep
KEPT = 50
LONGEST = 400


def _plain(value: Any) -> str:
    """Text that the database takes: without NUL and halves of characters, at most 400 letters."""
    return str(value).replace("\0", "").encode("utf-8", "ignore").decode()[:LONGEST].strip()


def _code(value: Any) -> str:
    """As _plain, in capitals: codes of formats and themes."""
    return _plain(value).upper()


def listing() -> Any:
    """Schema of inventory_record_list."""
    checks = {facet: [*validators("ignore_empty"), _plain, one_of([*found, ""])] for facet, found in words_search.choices().items()}
    return {
        "q": [*validators("ignore_empty"), _plain],
        "unit": [*validators("ignore_empty"), _plain],
        "format": [*validators("ignore_empty"), _code],
        "theme": [*validators("ignore_empty"), _code],
        **checks,
        "sort": [*validators("ignore_empty"), _plain, one_of([*search.SORTS, ""])],
        "limit": whole_number(),
        "offset": whole_number(),
    }


def _today() -> date:
    return utcnow().astimezone(ZoneInfo(str(tk.h.get_display_timezone()))).date()


@tk.side_effect_free
def inventory_record_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """The datasets of the city group that the reader may know of. For all staff; what is not theirs to know is neither
    matched nor counted.

    :param q: words in title, description, keywords and unit, and for level "all" in the record; German forms and
        beginnings of words count; titles nearly alike where nothing else is found (optional)
    :param unit: name or id of an organisation; those below count with it (optional)
    :param status: draft, internal, in_review, changes_requested, refused, entry_released, published, withdrawn (optional)
    :param protection, personal_data, openness: a code of the record's lists, or "unset" (optional)
    :param format: for example "CSV"; :param theme: for example "ENVI" (optional)
    :param freshness: confirmed, never or overdue; :param completeness: complete or incomplete (optional)
    :param sort: relevance (default with q), title (default without), changed, due
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "fuzzy": bool (only titles nearly alike were found), "results": [{"id", "name", "title",
        "owner_org", "unit_title", "published", "level", "status", "notes", "formats", "changed" (ISO 8601, UTC), and for level
        "all" the record's fields}], "facets": {facet: [{"name", "label", "count", for units "parent" and "depth"}]}}.
        Facets on the record, and filters by them, know only datasets of level "all".
    :raises ValidationError: a filter is in no list
    :raises NotAuthorized: not staff

    Example: `{"q": "Bäume", "unit": "fd-geodaten", "completeness": "incomplete", "limit": 25}`
    """
    tk.check_access("inventory_record_list", context, data_dict)
    schema = listing()
    asked = validated({name: value for name, value in data_dict.items() if name in schema}, schema, context)
    nodes = units.tree()
    wanted = units.below(nodes, asked["unit"]) if asked.get("unit") else None
    find = search.Find(access.memberships(access.current_user(context)), asked, wanted, _today())
    limit = asked.get("limit")
    limit = 50 if limit is None else min(int(limit), MOST)
    counts, page = find.run(limit, min(int(asked.get("offset") or 0), 10**9))
    return {
        "count": counts[""].get("", 0),
        "fuzzy": find.fuzzy,
        "results": _results(page),
        "facets": _facets(counts, nodes),
    }


def _results(page: list[Any]) -> list[dict[str, Any]]:
    whole = [row.id for row in page if row.level == "all"]
    query = select(InventoryRecord).where(InventoryRecord.package_id.in_(whole))
    rows = {row.package_id: row for row in model.Session.execute(query).scalars()} if whole else {}
    titles = records.unit_titles({row.owner_org for row in page}) if page else {}
    notes_of = select(model.Package.id, model.Package.notes).where(model.Package.id.in_([row.id for row in page]))
    notes = {row.id: row.notes for row in model.Session.execute(notes_of)} if page else {}
    return [
        {
            **(records.as_dict(rows.get(row.id), row) if row.level == "all" else
               {"id": row.id, "name": row.name, "title": row.title, "owner_org": row.owner_org}),
            "unit_title": titles.get(row.owner_org),
            "published": row.status == "published",
            "level": row.level,
            "status": row.status,
            "notes": notes.get(row.id) or "",
            "formats": row.formats or [],
            "changed": row.changed.isoformat() if row.changed else None,
        }
        for row in page
    ]  # fmt: skip


def _facets(counts: dict[str, dict[str, int]], nodes: dict[str, units.Node]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    closed = words_search.choices()
    for facet in search.FACETS:
        numbers = counts[facet]
        if facet == "unit":
            found[facet] = [
                {"name": name, "label": nodes[name].title, "count": count, "parent": nodes[name].parent, "depth": nodes[name].depth}
                for name, count in units.rolled_up(nodes, numbers).items()
            ]
            continue
        if facet in closed:
            values = [value for value in closed[facet] if value in numbers]
        else:
            values = sorted(numbers, key=lambda value: (-numbers[value], value))
        known = closed.get(facet, {})
        found[facet] = [
            {"name": value, "label": known.get(value) or words_search.label(facet, value), "count": numbers[value]} for value in values
        ]
    return found


# saved searches


def _own(context: Any) -> str:
    user = access.current_user(context)
    if user is None:  # the system itself keeps nothing
        raise tk.NotAuthorized()
    return user.id


def _filter_dict(row: InventoryFilter) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "query": row.query, "created": row.created.isoformat()}


def inventory_filter_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Keep a search of the inventory under a name, for oneself alone. The same name again replaces it. For all staff.

    :param name: at most 100 letters
    :param query: the filters and the sort of inventory_record_list, at least one
    :returns: {"id", "name", "query", "created" (ISO 8601, UTC)}
    :raises ValidationError: no name, no filter, a filter in no list, or 50 searches are kept already

    Example: `{"name": "Überfällig", "query": {"freshness": "overdue"}}`
    """
    tk.check_access("inventory_filter_create", context, data_dict)
    name, asked = _plain(data_dict.get("name") or ""), data_dict.get("query")
    if not name:
        raise tk.ValidationError({"name": [tk._("Please give the search a name.")]})
    if len(name) > 100:
        raise tk.ValidationError({"name": [tk._("At most 100 letters, please.")]})
    if not isinstance(asked, dict):
        raise tk.ValidationError({"query": [tk._("Missing value")]})
    fields = set(listing()) - {"limit", "offset"}
    query = validated({key: value for key, value in asked.items() if key in fields}, listing(), context)
    query = {key: value for key, value in query.items() if key in fields and value}
    if not query:
        raise tk.ValidationError({"query": [tk._("Please search for something or choose a filter first.")]})
    user_id = _own(context)
    own = {row.name: row for row in _filters(user_id)}
    row = own.get(name)
    if row is None and len(own) >= KEPT:
        raise tk.ValidationError({"name": [tk._("You keep %(number)s searches already. Please delete one first.") % {"number": KEPT}]})
    if row is None:
        row = InventoryFilter(user_id=user_id, name=name)
        model.Session.add(row)
    row.query = query
    try:
        model.Session.commit()
    except IntegrityError:  # the same name, sent twice at once: the first one stands
        model.Session.rollback()
        row = next(found for found in _filters(user_id) if found.name == name)
    return _filter_dict(row)


def _filters(user_id: str) -> list[InventoryFilter]:
    query = select(InventoryFilter).where(InventoryFilter.user_id == user_id)
    return list(model.Session.execute(query.order_by(InventoryFilter.name)).scalars())


@tk.side_effect_free
def inventory_filter_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """The searches that the caller keeps, by name. For all staff; nobody sees those of others.

    :returns: [{"id", "name", "query", "created" (ISO 8601, UTC)}]

    Example: `{}`
    """
    tk.check_access("inventory_filter_list", context, data_dict)
    return [_filter_dict(row) for row in _filters(_own(context))]


def inventory_filter_delete(context: Any, data_dict: Any) -> dict[str, str]:
    """Forget a search that the caller keeps.

    :param id: id of the search
    :returns: {"id"}
    :raises NotFound: there is none, or it is somebody else's

    Example: `{"id": "0b1c…"}`
    """
    tk.check_access("inventory_filter_delete", context, data_dict)
    row = model.Session.get(InventoryFilter, _plain(tk.get_or_bust(data_dict, "id")))
    if row is None or row.user_id != _own(context):
        raise tk.ObjectNotFound()
    found = {"id": row.id}
    model.Session.delete(row)
    model.Session.commit()
    return found


ACTIONS = (inventory_record_list, inventory_filter_create, inventory_filter_list, inventory_filter_delete)
