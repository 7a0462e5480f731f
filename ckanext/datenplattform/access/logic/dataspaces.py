"""Actions of room `access`: Datenräume (data spaces). Who may what: `auth_dataspaces`, `dataspaces`.

Dates are ISO 8601; without a time zone they are UTC. `until` is exclusive.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import or_, select

from ...core.clock import utcnow
from ...core.validation import validated
from .. import dataspaces, index, readers
from ..model import Dataspace, DataspaceDataset, DataspaceMember, in_force
from . import schema

TEXTS = ("title", "purpose", "reason", "legal_basis", "conditions")
MOST = 1000


def _utc(value: datetime | None) -> datetime | None:
    return value.replace(tzinfo=timezone.utc) if value and value.tzinfo is None else value


def _found(name: Any) -> Dataspace:
    space = dataspaces.find(name)
    if space is None:
        raise tk.ObjectNotFound(tk._("Data space not found"))
    return space


def _package(name: str) -> model.Package:
    found = model.Package.get(name)
    if found is None:
        raise tk.ObjectNotFound()
    return found


def _owner(name: str) -> model.Group:
    owner = model.Group.get(name)
    if owner is None or not owner.is_organization or owner.state != model.State.ACTIVE:
        raise tk.ValidationError({"owner_org": [tk._("Organization does not exist")]})
    return owner


def _inside(spaces: Iterable[str]) -> dict[str, list[str]]:
    """Ids of the datasets in each of the Datenräume."""
    link = DataspaceDataset
    found: dict[str, list[str]] = {}
    for row in model.Session.execute(
        select(link.dataspace_id, link.package_id).where(link.dataspace_id.in_(list(spaces))).order_by(link.package_id)
    ):
        found.setdefault(row.dataspace_id, []).append(row.package_id)
    return found


def _space(row: Dataspace) -> dict[str, Any]:
    return {"id": row.id, "name": row.name, "owner_org": row.owner_org, **{name: getattr(row, name) for name in TEXTS}}


def dataspace_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Create a Datenraum. The editors of the owning unit, the inventory lead, sysadmins.

    :param name: for addresses; unique
    :param title: as people read it, at most 200 characters
    :param purpose: what the data are shared for
    :param reason: why they are not simply public (optional)
    :param legal_basis: the law or agreement that allows it (optional)
    :param conditions: what members must heed (optional)
    :param owner_org: name or id of the owning organisation
    :returns: {"id", "name", "title", "purpose", "reason", "legal_basis", "conditions", "owner_org"}

    Example: `{"name": "radwege", "title": "Radwege", "purpose": "Planung", "owner_org": "verkehr"}`
    """
    tk.check_access("dataspace_create", context, data_dict)
    data = validated(data_dict, schema.dataspace(), context)
    owner = _owner(data["owner_org"])
    if dataspaces.find(data["name"]):
        raise tk.ValidationError({"name": [tk._("That name is already in use.")]})
    row = Dataspace(name=data["name"], owner_org=owner.id, **{name: data.get(name) or None for name in TEXTS})
    model.Session.add(row)
    model.Session.commit()
    return _space(row)


def dataspace_patch(context: Any, data_dict: Any) -> dict[str, Any]:
    """Change what is given of a Datenraum; everything else stays. Who keeps it: the owning unit's editors, members with
    role manage, the inventory lead, sysadmins. Its name stays, and only the inventory lead and sysadmins give it another owner.

    :param id: name or id; further as dataspace_create
    :returns: the Datenraum, see dataspace_create

    Example: `{"id": "radwege", "conditions": "Nur für die Planung."}`
    """
    tk.check_access("dataspace_patch", context, data_dict)
    row = _found(data_dict.get("id"))
    given = {name: data_dict[name] for name in (*TEXTS, "owner_org") if name in data_dict}
    data = validated({**_space(row), **given}, schema.dataspace(), context)
    row.owner_org = _owner(data["owner_org"]).id
    for name in TEXTS:
        setattr(row, name, data.get(name) or None)
    model.Session.commit()
    return _space(row)


def dataspace_delete(context: Any, data_dict: Any) -> dict[str, Any]:
    """Dissolve a Datenraum: its members lose access with their next request, its datasets stay as they are.
    The owning unit's editors, the inventory lead, sysadmins.

    :param id: name or id
    :returns: {"id", "datasets": how many it held}

    Example: `{"id": "radwege"}`
    """
    tk.check_access("dataspace_delete", context, data_dict)
    row = _found(data_dict.get("id"))
    held = _inside([row.id]).get(row.id, [])
    now = utcnow()
    members = model.Session.query(DataspaceMember).filter_by(dataspace_id=row.id).filter(in_force(DataspaceMember))
    members.update({"until": now}, synchronize_session=False)
    model.Session.query(DataspaceDataset).filter_by(dataspace_id=row.id).delete()
    # its name is free again, and so is the dataset whose requests it answered
    row.ended, row.name, row.for_package = now, row.id, None
    index.mark(held)
    model.Session.commit()
    index.reindex(held)
    return {"id": row.id, "datasets": len(held)}


def _member(context: Any, space: Dataspace, data: dict[str, Any]) -> dict[str, str]:
    """Who is meant. Raises ValidationError."""
    user, organization = data.get("user"), data.get("organization")
    if bool(user) == bool(organization):
        raise tk.ValidationError({"user": [tk._("Name either a person or an organization.")]})
    if user:
        person = model.User.get(user) or model.User.by_email(user)
        if not dataspaces.may_name(context, space, person):
            text = tk._(
                "You can name people of your own organization. Nothing was changed. For others please ask the unit that keeps this "
                "data space."
            )
            raise tk.ValidationError({"user": [text]})
        if person is None or person.state != model.State.ACTIVE:
            raise tk.ValidationError({"user": [tk._("There is no such account.")]})
        return {"user_id": person.id}
    group = model.Group.get(organization)
    if group is None or not group.is_organization:
        raise tk.ValidationError({"organization": [tk._("Organization does not exist")]})
    return {"organization_id": group.id}


def dataspace_member_add(context: Any, data_dict: Any) -> dict[str, Any]:
    """Let a person or an organisation into a Datenraum, or change role and end of a membership. Who keeps the Datenraum.

    :param dataspace: name or id
    :param user: id, name or e-mail address of a user; who does not work for the city names people of their own organisation only,
        so that nobody finds out by it who has an account; or
    :param organization: id or name of an organisation: all its members
    :param role: read (default): files and rows; contribute: and may add and replace files and rows of datasets
        that are neither published nor before the board; manage: and keeps the members
    :param until: end of the membership, ISO 8601 (optional)
    :returns: {"dataspace_id", "user_id" or "organization_id", "role", "until"}

    Example: `{"dataspace": "radwege", "organization": "hochschule", "until": "2027-12-31"}`
    """
    tk.check_access("dataspace_member_add", context, data_dict)
    data = validated(data_dict, schema.member(), context)
    space = _found(data["dataspace"])
    who = _member(context, space, data)
    row = dataspaces.admit(space, who, data.get("role") or dataspaces.READ, _utc(data.get("until")))
    model.Session.commit()
    return {"dataspace_id": space.id, **who, "role": row.role, "until": row.until.isoformat() if row.until else None}


def dataspace_member_remove(context: Any, data_dict: Any) -> dict[str, Any]:
    """End a membership with immediate effect; parameters as dataspace_member_add. Who keeps the Datenraum.

    :returns: {"removed": number of memberships ended}

    Example: `{"dataspace": "radwege", "organization": "hochschule"}`
    """
    tk.check_access("dataspace_member_remove", context, data_dict)
    data = validated(data_dict, schema.member(), context)
    space = _found(data["dataspace"])
    who = _member(context, space, data)
    rows = model.Session.query(DataspaceMember).filter_by(dataspace_id=space.id, **who)
    ended = rows.filter(in_force(DataspaceMember)).update({"until": utcnow()}, synchronize_session=False)
    model.Session.commit()
    return {"removed": ended}


def dataspace_dataset_add(context: Any, data_dict: Any) -> dict[str, Any]:
    """Put a dataset into a Datenraum. Who edits the dataset and keeps the Datenraum or contributes to it.

    :param dataspace: name or id
    :param package_id: name or id of the dataset
    :returns: {"dataspace_id", "package_id"}
    :raises NotFound: no such Datenraum or dataset

    Example: `{"dataspace": "radwege", "package_id": "radzaehlung"}`
    """
    tk.check_access("dataspace_dataset_add", context, data_dict)
    data = validated(data_dict, schema.dataset(), context)
    space, package = _found(data["dataspace"]), _package(data["package_id"])
    if package.type == "harvest":
        raise tk.ObjectNotFound()
    model.Session.merge(DataspaceDataset(dataspace_id=space.id, package_id=package.id))
    index.mark([package.id])
    model.Session.commit()
    index.reindex([package.id])
    return {"dataspace_id": space.id, "package_id": package.id}


def dataspace_dataset_remove(context: Any, data_dict: Any) -> dict[str, Any]:
    """Take a dataset out of a Datenraum; parameters as dataspace_dataset_add. Who edits the dataset or the owning unit.

    :returns: {"removed": 0 or 1}

    Example: `{"dataspace": "radwege", "package_id": "radzaehlung"}`
    """
    tk.check_access("dataspace_dataset_remove", context, data_dict)
    data = validated(data_dict, schema.dataset(), context)
    space, package = _found(data["dataspace"]), _package(data["package_id"])
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

    :returns: list of what dataspace_create gives, with "datasets": [ids of those in it that one sees] and "role":
        read, contribute or manage (also for who keeps it without being a member); at most 1,000

    Example: `{}`
    """
    tk.check_access("dataspace_list", context, data_dict)
    who = readers.memberships(readers.current_user(context))
    query = model.Session.query(Dataspace).filter(Dataspace.ended.is_(None)).order_by(Dataspace.title, Dataspace.id)
    if not dataspaces.keeps_all(who):
        query = query.filter(or_(Dataspace.id.in_(who.dataspaces), Dataspace.owner_org.in_(who.edits)))
    spaces = query.limit(MOST).all()
    inside = _inside(space.id for space in spaces)
    known = readers.facts({package_id for ids in inside.values() for package_id in ids})
    seen = {package_id for package_id, found in known.items() if readers.level(who, found) is not None}
    return [
        {**_space(space), "datasets": [item for item in inside.get(space.id, []) if item in seen], "role": _role(who, space)}
        for space in spaces
    ]


def _role(who: readers.Memberships, space: Dataspace) -> str:
    if dataspaces.keeps(who, space):
        return dataspaces.MANAGE
    return dataspaces.CONTRIBUTE if space.id in who.contributes else dataspaces.READ


@tk.side_effect_free
def dataspace_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """One Datenraum: for its members and who keeps it. Who else is a member is told to who keeps it only.

    :param id: name or id
    :returns: what dataspace_create gives, with "owner_title", "role" (see dataspace_list), "may_delete": bool, "until" (end of
        one's own membership, null: none), "members": [{"user" or "organization" (name), "title", "role", "since", "until"}]
        or null, and "datasets": [{"id", "name", "title", "owner_org", "may_write": bool, "may_remove": bool}] that one sees
    :raises NotFound: no such Datenraum, or none for this reader

    Example: `{"id": "radwege"}`
    """
    tk.check_access("dataspace_show", context, data_dict)
    space = _found(data_dict.get("id"))
    user = readers.current_user(context)
    who = readers.memberships(user)
    owner = model.Group.get(space.owner_org)
    keeps = dataspaces.keeps(who, space)
    return {
        **_space(space),
        "owner_title": (owner.title or owner.name) if owner else None,
        "role": _role(who, space),
        "may_delete": _owns(who, space),
        "until": None if keeps else _own_end(user, space),
        "members": _members(space) if keeps else None,
        "datasets": _datasets(who, space),
    }


def _owns(who: readers.Memberships, space: Dataspace) -> bool:
    return dataspaces.keeps_all(who) or space.owner_org in who.edits


def _own_end(user: model.User | None, space: Dataspace) -> str | None:
    """The end of the reader's own membership; what he has by an organisation may last longer, so that counts too."""
    own = select(model.Member.group_id).where(
        model.Member.table_name == "user", model.Member.table_id == (user.id if user else ""), model.Member.state == "active"
    )
    member = DataspaceMember
    ends = model.Session.execute(
        select(member.until).where(
            member.dataspace_id == space.id,
            or_(member.user_id == (user.id if user else ""), member.organization_id.in_(own)),
            in_force(member),
        )
    ).scalars().all()  # fmt: skip
    return None if not ends or None in ends else max(ends).isoformat()


def _members(space: Dataspace) -> list[dict[str, Any]]:
    member = DataspaceMember
    rows = (
        model.Session.query(member, model.User, model.Group)
        .outerjoin(model.User, model.User.id == member.user_id)
        .outerjoin(model.Group, model.Group.id == member.organization_id)
        .filter(member.dataspace_id == space.id, in_force(member))
        .limit(MOST)
    )
    found = []
    for row, user, group in rows:
        if user is None and group is None:
            continue
        found.append({
            **({"user": user.name} if user is not None else {"organization": group.name}),
            "title": user.display_name if user is not None else group.title or group.name,
            "role": row.role,
            "since": row.since.isoformat(),
            "until": row.until.isoformat() if row.until else None,
        })  # fmt: skip
    return sorted(found, key=lambda item: ("user" in item, item["title"].lower()))


def _datasets(who: readers.Memberships, space: Dataspace) -> list[dict[str, Any]]:
    ids = _inside([space.id]).get(space.id, [])
    known = readers.facts(ids)
    packages = model.Session.query(model.Package).filter(model.Package.id.in_(ids)).order_by(model.Package.title)
    edits_all = dataspaces.keeps_all(who)
    return [
        {
            "id": item.id,
            "name": item.name,
            "title": item.title or item.name,
            "owner_org": item.owner_org,
            "may_write": space.id in who.contributes and dataspaces.contributes(who, item.id),
            "may_remove": edits_all or item.owner_org in who.edits or _owns(who, space),
        }
        for item in packages
        if item.id in known and readers.level(who, known[item.id]) is not None
    ]


ACTIONS = (
    dataspace_create, dataspace_patch, dataspace_delete, dataspace_member_add, dataspace_member_remove,
    dataspace_dataset_add, dataspace_dataset_remove, dataspace_list, dataspace_show,
)  # fmt: skip
