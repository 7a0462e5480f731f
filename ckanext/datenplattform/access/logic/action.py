"""Actions of room `access`: roles beyond membership, and Datenräume (data spaces).

Dates are ISO 8601; without a time zone they are UTC. `until` is exclusive.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import or_, select

from ...core.clock import utcnow
from ...core.validation import validated
from .. import index, readers
from ..model import Dataspace, DataspaceDataset, DataspaceMember, Role, in_force
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
    """Give a person a task: board, board_lead, dpo (data-protection officer) or inventory_lead.

    :param user: id or name of the user
    :param role: one of the four
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


def find_dataspace(name_or_id: str) -> Dataspace | None:
    """A data space by name or id."""
    return (
        model.Session.query(Dataspace).filter(or_(Dataspace.id == name_or_id, Dataspace.name == name_or_id)).first()
    )


def _dataspace(name: str) -> Dataspace:
    found = find_dataspace(name)
    if found is None:
        raise tk.ObjectNotFound(tk._("Data space not found"))
    return found


def _package(name: str) -> model.Package:
    found = model.Package.get(name)
    if found is None:
        raise tk.ObjectNotFound()
    return found


def dataspace_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Create a Datenraum.

    :param name: for addresses; unique
    :param title: as people read it
    :param purpose: what the data are shared for
    :param owner_org: name or id of the owning organisation
    :returns: {"id", "name", "title", "purpose", "owner_org"}
    """
    tk.check_access("dataspace_create", context, data_dict)
    data = validated(data_dict, schema.dataspace(), context)
    owner = model.Group.get(data["owner_org"])
    if owner is None or not owner.is_organization:
        raise tk.ValidationError({"owner_org": [tk._("Organization does not exist")]})
    if find_dataspace(data["name"]):
        raise tk.ValidationError({"name": [tk._("That name is already in use.")]})
    row = Dataspace(name=data["name"], title=data["title"], purpose=data["purpose"], owner_org=owner.id)
    model.Session.add(row)
    model.Session.commit()
    return _space(row)


def _space(row: Dataspace) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "title": row.title, "purpose": row.purpose, "owner_org": row.owner_org}


def _member(data: dict[str, Any]) -> dict[str, str]:
    user, organization = data.get("user"), data.get("organization")
    if bool(user) == bool(organization):
        raise tk.ValidationError({"user": [tk._("Name either a person or an organization.")]})
    if user:
        return {"user_id": _user(user).id}
    group = model.Group.get(organization)
    if group is None or not group.is_organization:
        raise tk.ValidationError({"organization": [tk._("Organization does not exist")]})
    return {"organization_id": group.id}


def dataspace_member_add(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let a person or an organisation into a Datenraum.

    :param dataspace: name or id
    :param user: id or name of a user, or
    :param organization: id or name of an organisation
    :param until: end of the membership, ISO 8601 (optional)
    :returns: {"dataspace_id", "user_id" or "organization_id", "until"}
    """
    tk.check_access("dataspace_member_add", context, data_dict)
    data = validated(data_dict, schema.member(), context)
    space, who = _dataspace(data["dataspace"]), _member(data)
    row = model.Session.query(DataspaceMember).filter_by(dataspace_id=space.id, **who).filter(
        in_force(DataspaceMember)
    ).first() or DataspaceMember(dataspace_id=space.id, **who)
    row.until = _utc(data.get("until"))
    model.Session.add(row)
    model.Session.commit()
    return {"dataspace_id": space.id, **who, "until": row.until.isoformat() if row.until else None}


def dataspace_member_remove(context: Any, data_dict: Any) -> dict[str, Any]:
    """End a membership with immediate effect; parameters as dataspace_member_add.

    :returns: {"removed": number of memberships ended}
    """
    tk.check_access("dataspace_member_remove", context, data_dict)
    data = validated(data_dict, schema.member(), context)
    space, who = _dataspace(data["dataspace"]), _member(data)
    rows = model.Session.query(DataspaceMember).filter_by(dataspace_id=space.id, **who)
    ended = rows.filter(in_force(DataspaceMember)).update({"until": utcnow()}, synchronize_session=False)
    model.Session.commit()
    return {"removed": ended}


def dataspace_dataset_add(context: Any, data_dict: Any) -> dict[str, Any]:
    """Put a dataset into a Datenraum.

    :param dataspace: name or id
    :param package_id: name or id of the dataset
    :returns: {"dataspace_id", "package_id"}
    :raises NotFound: no such Datenraum or dataset
    """
    tk.check_access("dataspace_dataset_add", context, data_dict)
    data = validated(data_dict, schema.dataset(), context)
    space, package = _dataspace(data["dataspace"]), _package(data["package_id"])
    model.Session.merge(DataspaceDataset(dataspace_id=space.id, package_id=package.id))
    index.mark([package.id])
    model.Session.commit()
    index.reindex([package.id])
    return {"dataspace_id": space.id, "package_id": package.id}


def dataspace_dataset_remove(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take a dataset out of a Datenraum; parameters as dataspace_dataset_add.

    :returns: {"removed": 0 or 1}
    """
    tk.check_access("dataspace_dataset_remove", context, data_dict)
    data = validated(data_dict, schema.dataset(), context)
    space, package = _dataspace(data["dataspace"]), _package(data["package_id"])
    removed = (
        model.Session.query(DataspaceDataset).filter_by(dataspace_id=space.id, package_id=package.id).delete()
    )
    index.mark([package.id])
    model.Session.commit()
    index.reindex([package.id])
    return {"removed": removed}


@tk.side_effect_free
def dataspace_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """The Datenräume one belongs to or whose owning unit one edits; all for sysadmins and the inventory lead.

    :returns: list of {"id", "name", "title", "purpose", "owner_org", "datasets": [package ids]}
    """
    tk.check_access("dataspace_list", context, data_dict)
    who = readers.memberships(readers.current_user(context))
    query = model.Session.query(Dataspace).order_by(Dataspace.title)
    if not (who.sysadmin or "inventory_lead" in who.roles):
        query = query.filter(or_(Dataspace.id.in_(who.dataspaces), Dataspace.owner_org.in_(who.edits)))
    spaces = query.limit(1000).all()
    inside: dict[str, list[str]] = {}
    rows = model.Session.execute(
        select(DataspaceDataset.dataspace_id, DataspaceDataset.package_id).where(
            DataspaceDataset.dataspace_id.in_([space.id for space in spaces])
        )
    )
    for row in rows:
        inside.setdefault(row.dataspace_id, []).append(row.package_id)
    return [{**_space(space), "datasets": sorted(inside.get(space.id, []))} for space in spaces]
