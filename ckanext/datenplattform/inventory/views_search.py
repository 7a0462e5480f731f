"""The page of the inventory's list: search, filters, order, table or cards, searches that one keeps. No script."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.helpers import Page
from flask import Blueprint

from ..core.clock import utcnow
from . import search, words_search

blueprint = Blueprint("dp_inventory_search", __name__)
PER_PAGE = 25
VIEWS = ("table", "cards")
# how many values of a filter stand open; the rest unfolds
OPEN = 8


def _asked() -> dict[str, str]:
    """The filters of the address; a value in no list counts as none."""
    closed = words_search.choices()
    asked = {name: tk.request.args.get(name, "").strip() for name in ("q", *search.FACETS)}
    asked = {name: value for name, value in asked.items() if value and (name not in closed or value in closed[name])}
    sort = tk.request.args.get("sort", "")
    return {**asked, **({"sort": sort} if sort in search.SORTS else {})}


def _address(asked: dict[str, str], view: str, **changed: str) -> str:
    given = {**asked, **({"view": view} if view != VIEWS[0] else {}), **changed}
    return tk.url_for("dp_inventory.index", **{name: value for name, value in given.items() if value})


def _filters(facets: dict[str, list[dict[str, Any]]], asked: dict[str, str], view: str) -> list[dict[str, Any]]:
    """The filters with something to choose: {"name", "title", "items": [{"label", "count", "url", "active", "depth"}]}."""
    found = []
    for name, title in words_search.facets().items():
        items = _branch(facets[name], asked.get("unit", "")) if name == "unit" else facets[name]
        shown = [
            {**item, "active": item["name"] == asked.get(name), "depth": item.get("depth", 0),
             "url": _address(asked, view, **{name: "" if item["name"] == asked.get(name) else item["name"]})}
            for item in items
        ]  # fmt: skip
        if shown:
            shown.sort(key=lambda item: not item["active"] if name != "unit" else 0)
            found.append({"name": name, "title": title, "items": shown[:OPEN] if name != "unit" else shown,
                          "more": shown[OPEN:] if name != "unit" else []})  # fmt: skip
    return found


def _branch(items: list[dict[str, Any]], chosen: str) -> list[dict[str, Any]]:
    """Of the tree the way to the chosen unit and what is right below it; without one the roots and what is below them."""
    by_name = {item["name"]: item for item in items}
    way, step = [], by_name.get(chosen)
    while step is not None:
        way.append(step["name"])
        step = by_name.get(step["parent"])
    if not way:
        return [item for item in items if item["depth"] <= 1]
    return [item for item in items if item["name"] in way or item["parent"] == chosen]


def _chips(asked: dict[str, str], facets: dict[str, list[dict[str, Any]]], view: str) -> list[dict[str, str]]:
    titles = words_search.facets()
    found = []
    for name in search.FACETS:
        if name in asked:
            labels = {item["name"]: item["label"] for item in facets[name]}
            label = labels.get(asked[name]) or words_search.label(name, asked[name])
            found.append({"title": titles[name], "label": label, "url": _address(asked, view, **{name: ""})})
    return found


def page() -> str:
    """The datasets of the city group that the reader may know of."""
    number, asked = min(tk.h.get_page_number(tk.request.args), 10**6), _asked()
    view = tk.request.args.get("view")
    view = view if view in VIEWS else VIEWS[0]
    try:
        found = tk.get_action("inventory_record_list")({}, {**asked, "limit": PER_PAGE, "offset": (number - 1) * PER_PAGE})
        kept = tk.get_action("inventory_filter_list")({}, {})
    except tk.NotAuthorized:
        return tk.abort(404)
    today = utcnow().date().isoformat()
    for item in found["results"]:
        item["overdue"] = bool(item.get("due_on") and item["due_on"] < today)
    pager = Page(
        found["results"], page=number, item_count=found["count"], items_per_page=PER_PAGE, presliced_list=True,
        url=lambda page=1, **_: _address(asked, view, page=str(page)),
    )  # fmt: skip
    sorts = words_search.sorts()
    if not asked.get("q"):
        del sorts["relevance"]
    return tk.render("inventory/index.html", {
        "found": found,
        "page": pager,
        "asked": asked,
        "view": view,
        "exports": [
            (label, tk.url_for("dp_inventory_sheets.export", ext=ending, **asked))
            for ending, label in (("xlsx", "Excel"), ("csv", "CSV"), ("json", "JSON"))
        ],
        "views": {name: _address(asked, name) for name in VIEWS},
        "sorts": sorts,
        # once for the page, not once for each row
        "codes": words_search.choices(),
        "sort": asked.get("sort") or ("relevance" if asked.get("q") else "title"),
        "filters": _filters(found["facets"], asked, view),
        "chips": _chips(asked, found["facets"], view),
        "without_q": _address(asked, view, q="", sort=""),
        "kept": [{**item, "url": _address(item["query"], view)} for item in kept],
        "may_keep": any(name != "sort" for name in asked),
        "first": (number - 1) * PER_PAGE,
    })  # fmt: skip


@blueprint.route("/inventar/suche/merken", methods=["POST"])
def keep() -> Any:
    """Keep the search that is on the page."""
    sent = tk.request.form
    query = {name: sent.get(name, "") for name in ("q", "sort", *search.FACETS)}
    try:
        made = tk.get_action("inventory_filter_create")({}, {"name": sent.get("name", ""), "query": query})
    except tk.NotAuthorized:
        return tk.abort(404)
    except tk.ValidationError as error:
        problems: dict[str, Any] = error.error_dict
        tk.h.flash_error(" ".join(text for texts in problems.values() for text in texts))
        clean = {name: value for name, value in query.items() if value}
    else:
        tk.h.flash_success(tk._("The search is kept. You find it beside the list."))
        clean = made["query"]
    return tk.redirect_to(tk.url_for("dp_inventory.index", **clean))


@blueprint.route("/inventar/suche/<id>/loeschen", methods=["POST"])
def forget(id: str) -> Any:
    """Forget a search that one keeps."""
    try:
        tk.get_action("inventory_filter_delete")({}, {"id": id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    tk.h.flash_success(tk._("The search is deleted. The datasets stay."))
    return tk.redirect_to("dp_inventory.index")
