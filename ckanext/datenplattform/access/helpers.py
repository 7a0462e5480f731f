"""What the templates of room `access` ask for. Each helper starts with `dp_access_`."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import func, select

from ..core import dates, days
from . import dataspaces, readers, tokens


def _who() -> readers.Memberships:
    return readers.memberships(readers.current_user({"user": tk.current_user.name}))


def dp_access_has_dataspaces() -> bool:
    """Whether the menu leads to the Datenräume: for those who belong to one, keep one or may make one."""
    if tk.current_user.is_anonymous:
        return False
    who = _who()
    return bool(who.dataspaces or who.edits) or dataspaces.keeps_all(who)


def dp_access_day(value: Any) -> str:
    """The last day of what ends at this moment: "3. November 2026"."""
    return dates.say(days.last_day(value)) if value else ""


def dp_access_day_value(value: Any) -> str:
    """The same for a form: 2026-11-03."""
    return days.last_day(value).isoformat() if value else ""


def dp_access_role(role: str) -> str:
    """What a member of a Datenraum may, in words."""
    return {
        "read": tk._("may use the data"),
        "contribute": tk._("may use the data and bring in files"),
        "manage": tk._("may use the data, bring in files and keep the members"),
    }[role]


def _organizations(*conditions: Any) -> list[dict[str, str]]:
    group: Any = model.Group
    query = select(group.id, group.name, group.title).where(group.is_organization.is_(True), group.state == "active", *conditions)
    rows = model.Session.execute(query.order_by(func.lower(func.coalesce(group.title, group.name))))
    return [{"id": row.id, "name": row.name, "title": row.title or row.name} for row in rows]


def dp_access_organizations() -> list[dict[str, str]]:
    """All organisations for a selection, those outside the city group too: {"id", "name", "title"}, by title."""
    return _organizations()


def dp_access_own_organizations() -> list[dict[str, str]]:
    """The organisations whose datasets the reader may write (for who keeps all: all), as above."""
    who = _who()
    group: Any = model.Group
    return _organizations() if dataspaces.keeps_all(who) else _organizations(group.id.in_(who.edits))


def dp_access_scopes() -> list[dict[str, str]]:
    """What a key may, for a selection, the smallest first: {"value", "text"}."""
    return [{"value": name, "text": dp_access_scope(name)} for name in ("harvest", "read", "unit", "all")]


def dp_access_scope(name: str | None) -> str:
    """What a key may, in words."""
    words = {
        "harvest": tk._("Read what is public"),
        "read": tk._("Read what I see"),
        "unit": tk._("Read what I see and write datasets of one organization"),
        "all": tk._("Everything I may"),
    }
    return words[name if name in tokens.SCOPES else "all"]


def dp_access_organization(organization_id: str | None) -> str:
    """The title of an organisation."""
    group = model.Group.get(organization_id) if organization_id else None
    return (group.title or group.name) if group is not None else ""


def get_helpers() -> dict[str, Any]:
    """Helpers by name."""
    return {name: function for name, function in globals().items() if name.startswith("dp_access_")}
