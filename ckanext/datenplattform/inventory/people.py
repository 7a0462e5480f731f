"""Who gets a mail for a unit: its editors, its lead, and where it has none, those of the unit above."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import ckan.model as model
from sqlalchemy import select

from ..access import shared as access

EDITORS = ("editor", "admin")
LEAD = ("admin",)


class Person(NamedTuple):
    """An address, and how the person is called."""

    email: str
    name: str


def _users(ids: Iterable[str | None]) -> list[model.User]:
    query = select(model.User).where(model.User.id.in_(list(ids)), model.User.state == "active").order_by(model.User.name)
    return [user for user in model.Session.execute(query).scalars() if user.email]


def _people(users: Iterable[model.User]) -> list[Person]:
    return [Person(str(user.email), user.display_name) for user in users]


def _members(unit_id: str, capacities: tuple[str, ...]) -> list[model.User]:
    query = select(model.Member.table_id).where(
        model.Member.group_id == unit_id,
        model.Member.table_name == "user",
        model.Member.capacity.in_(capacities),
        model.Member.state == "active",
    )
    return _users(model.Session.execute(query).scalars())


def of_unit(unit_id: str, capacities: tuple[str, ...] = EDITORS) -> list[Person]:
    """See `users_of_unit`."""
    return _people(users_of_unit(unit_id, capacities))


def users_of_unit(unit_id: str, capacities: tuple[str, ...] = EDITORS) -> list[model.User]:
    """Those who have one of the capacities in the unit; nobody there: the lead of the nearest unit above that has
    one; nobody at all: the inventory lead."""
    found = _members(unit_id, capacities)
    if found:
        return found
    unit = model.Session.get(model.Group, unit_id)
    if unit is not None:
        for above in reversed(unit.get_parent_group_hierarchy(type="organization")):
            found = _members(above.id, LEAD)
            if found:
                return found
    return _leads()


def inventory_leads() -> list[Person]:
    """Those who answer for the whole inventory."""
    return _people(_leads())


def _leads() -> list[model.User]:
    return _users(user_id for user_id, _ in access.seats("inventory_lead"))
