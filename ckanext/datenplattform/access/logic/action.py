"""Actions of room `access`: roles beyond membership. Datenräume: see `dataspaces`.

Dates are ISO 8601; without a time zone they are UTC. `until` is exclusive.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from ...core.validation import validated
from ..model import Role, in_force
from . import schema


def _utc(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=timezone.utc) if value and value.tzinfo is None else value


def _user(name_or_id: str) -> model.User:
    """A user whom the schema has found already; one who was purged in between is not found."""
    found = model.User.get(name_or_id)
    if found is None:
        raise tk.ObjectNotFound(tk._("User not found"))
    return found


def role_grant(context: Any, data_dict: Any) -> dict[str, Any]:
    """Give a person a task: board, board_lead, board_deputy, dpo (data-protection officer) or inventory_lead.

    :param user: id or name of the user
    :param role: one of the five
    :param unit: name of the organisation whose seat it is (board only, optional)
    :param until: end, ISO 8601 (optional)
    :returns: {"user_id", "role", "unit", "until"}; the same grant twice changes only the end
    :raises ValidationError: unknown user or role
    """
    tk.check_access("role_grant", context, data_dict)
    data = validated(data_dict, schema.role(), context)
    user = _user(data["user"])
    row = (
        model.Session.query(Role)
        .filter(Role.user_id == user.id, Role.role == data["role"], in_force(Role))
        .filter(Role.unit == data.get("unit") if data.get("unit") else Role.unit.is_(None))
        .first()
    )
    if row is None:
        row = Role(user_id=user.id, role=data["role"], unit=data.get("unit"))
        model.Session.add(row)
    row.until = _utc(data.get("until"))
    model.Session.commit()
    return _role(row)


def role_revoke(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take a task away with immediate effect; parameters as role_grant.

    :returns: {"revoked": number of grants ended}
    """
    tk.check_access("role_revoke", context, data_dict)
    data = validated(data_dict, schema.role(), context)
    user = _user(data["user"])
    rows = model.Session.query(Role).filter(Role.user_id == user.id, Role.role == data["role"], in_force(Role))
    if data.get("unit"):
        rows = rows.filter(Role.unit == data["unit"])
    ended = 0
    for row in rows:
        row.until = utcnow()
        ended += 1
    model.Session.commit()
    return {"revoked": ended}


@tk.side_effect_free
def role_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """All tasks in force.

    :returns: list of {"user_id", "role", "unit", "until"}
    """
    tk.check_access("role_list", context, data_dict)
    return [_role(row) for row in model.Session.query(Role).filter(in_force(Role)).order_by(Role.role, Role.unit)]


def _role(row: Role) -> dict[str, Any]:
    return {
        "user_id": row.user_id,
        "role": row.role,
        "unit": row.unit,
        "until": row.until.isoformat() if row.until else None,
    }


ACTIONS = (role_grant, role_revoke, role_list)
