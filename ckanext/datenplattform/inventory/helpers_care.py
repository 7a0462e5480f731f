"""Template helpers of confirmation, requests, rounds and the report."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import func, select

from ..access import shared as access
from . import words_care
from .logic import auth_care


def dp_inventory_care_words(kind: str, code: str) -> str:
    """A code of a round or a request in words."""
    return words_care.say(kind, code)


def dp_inventory_nav() -> list[dict[str, Any]]:
    """The pages of the inventory that the reader may use: {"url", "label", "active"}."""
    pages = (
        ("inventory_record_list", "dp_inventory", "index", tk._("Inventory")),
        ("inventory_due_list", "dp_inventory_care", "due", tk._("Due")),
        ("inventory_round_list", "dp_inventory_rounds", "index", tk._("Rounds")),
        ("inventory_record_report", "dp_inventory_report", "read_report", tk._("Report")),
        ("inventory_import", "dp_inventory_sheets", "upload", tk._("Import")),
        ("inventory_access_request_list", "dp_inventory_requests", "index", tk._("Requests")),
    )
    here = tk.request.blueprint
    return [
        {"url": tk.url_for(f"{blueprint}.{page}"), "label": label, "active": here == blueprint}
        for action, blueprint, page, label in pages
        if tk.h.check_access(action, {})
    ]


def dp_inventory_may_ask(package: dict[str, Any]) -> bool:
    """Whether the reader sees the entry but not the data, and may ask for them."""
    if tk.current_user.is_anonymous or not tk.h.check_access("inventory_record_list", {}):
        return False
    return access.reader_level(model.User.get(tk.current_user.name), package["id"]) == "entry"


def dp_inventory_organisations() -> list[dict[str, Any]]:
    """All organisations of the city group for a selection: {"name", "title"}, by title."""
    group = model.Group
    query = select(group.name, group.title).where(
        group.is_organization.is_(True), group.state == "active", func.coalesce(group.extras["kind"].astext, "") != "outside"
    )
    rows = model.Session.execute(query.order_by(func.lower(func.coalesce(group.title, group.name))))
    return [{"name": row.name, "title": row.title or row.name} for row in rows]


def dp_inventory_report_units() -> list[dict[str, Any]]:
    """The organisations that the reader's report covers: {"name", "title"}, by title."""
    found = dp_inventory_organisations()
    user = model.User.get(tk.current_user.name) if tk.current_user.is_authenticated else None
    who = access.memberships(user)
    if auth_care.sees_all_units(who):
        return found
    own = {name for (name,) in model.Session.execute(select(model.Group.name).where(model.Group.id.in_(who.edits)))}
    return [item for item in found if item["name"] in own]


def get_helpers() -> dict[str, Any]:
    """Helpers by name."""
    return {name: function for name, function in globals().items() if name.startswith("dp_inventory_")}
