"""Datenräume: who keeps one, who may bring something in, and the one that a granted request opens.

Roles of members: read (files and rows), contribute (and may add and replace files and rows of what the board is not
deciding about and nobody has published), manage (and keeps the members). None of them changes the description of a dataset.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import or_
from sqlalchemy.orm import aliased

from . import index, readers
from .logic import gate
from .model import Dataspace, DataspaceDataset, DataspaceMember, in_force

READ, CONTRIBUTE, MANAGE = ROLES = ("read", "contribute", "manage")

# the dataset whose file a contributor is writing at this moment
_writing: ContextVar[str | None] = ContextVar("datenplattform_contributing", default=None)


def find(name_or_id: object) -> Dataspace | None:
    """A Datenraum by name or id, unless it was deleted."""
    if not isinstance(name_or_id, str) or not name_or_id:
        return None
    same = or_(Dataspace.id == name_or_id, Dataspace.name == name_or_id)
    return model.Session.query(Dataspace).filter(same, Dataspace.ended.is_(None)).first()


def keeps(who: readers.Memberships, space: Dataspace) -> bool:
    """Whether the reader keeps the Datenraum: its description and its members."""
    return keeps_all(who) or space.owner_org in who.edits or space.id in who.manages


def keeps_all(who: readers.Memberships) -> bool:
    """Whether the reader keeps all Datenräume."""
    return who.sysadmin or "inventory_lead" in who.roles


def knows(who: readers.Memberships, space: Dataspace) -> bool:
    """Whether the reader may know that the Datenraum exists."""
    return keeps(who, space) or space.id in who.dataspaces


def contributes(who: readers.Memberships, package_id: str) -> bool:
    """Whether the reader may write files and rows of a dataset by a Datenraum. Never of what is published or locked."""
    if not who.contributes:
        return False
    found = readers.facts([package_id]).get(package_id)
    if found is None or not who.contributes & found.dataspaces or readers.level(who, found) not in ("data", "all"):
        return False
    return gate.is_fixed(package_id) is None


@contextmanager
def writing(package_id: str) -> Iterator[None]:
    """Inside, `is_writing` holds: CKAN writes a file by updating its whole dataset, which needs a right of its own."""
    token = _writing.set(package_id)
    try:
        yield
    finally:
        _writing.reset(token)


def is_writing(package_id: str) -> bool:
    """Whether a contributor's file is being written into this dataset."""
    return _writing.get() == package_id


def may_name(context: Any, space: Dataspace, person: model.User | None) -> bool:
    """Whether the acting user may name this person as a member. Partners from outside name colleagues, and who is a member
    already; for everybody else they get one answer, whether there is such an account or not."""
    reader = readers.current_user(context)
    who = readers.memberships(reader)
    if context.get("ignore_auth") or who.staff or who.sysadmin:
        return True
    if reader is None or reader.is_anonymous or person is None:
        return False
    member, colleague = aliased(model.Member), aliased(model.Member)
    together = (
        model.Session.query(member.id)
        .join(colleague, colleague.group_id == member.group_id)
        .join(model.Group, (model.Group.id == member.group_id) & model.Group.is_organization.is_(True))
        .filter(member.table_name == "user", member.table_id == reader.id, member.state == "active")
        .filter(colleague.table_name == "user", colleague.table_id == person.id, colleague.state == "active")
    )
    inside = model.Session.query(DataspaceMember.id).filter_by(dataspace_id=space.id, user_id=person.id).filter(in_force(DataspaceMember))
    return together.first() is not None or inside.first() is not None


def admit(space: Dataspace, who: dict[str, str], role: str, until: datetime | None) -> DataspaceMember:
    """Make somebody ({"user_id": …} or {"organization_id": …}) a member, or change the membership. No commit."""
    # two at once: one membership
    model.Session.query(Dataspace).filter_by(id=space.id).with_for_update().one()
    members = model.Session.query(DataspaceMember).filter_by(dataspace_id=space.id, **who)
    row = members.filter(in_force(DataspaceMember)).first()
    if row is None:
        row = DataspaceMember(dataspace_id=space.id, **who)
        model.Session.add(row)
    row.role, row.until = role, until
    return row


def let_in(package_id: str, user_id: str, until: datetime) -> str:
    """A granted request: the person reads the dataset's data until then, by the dataset's own Datenraum, which is made
    when there is none. No commit; the caller re-indexes the dataset. Returns the Datenraum's name."""
    package = model.Session.query(model.Package).filter_by(id=package_id).with_for_update().one()
    space = model.Session.query(Dataspace).filter_by(for_package=package_id).first()
    if space is None:
        space = Dataspace(
            name=f"zugang-{package_id}",
            title=tk._("Access to “%(title)s”") % {"title": package.title or package.name},
            purpose=tk._("Answers to requests for these data. Who asked and what for stands at the request."),
            owner_org=package.owner_org,
            for_package=package_id,
        )
        model.Session.add(space)
        model.Session.flush()
        model.Session.add(DataspaceDataset(dataspace_id=space.id, package_id=package_id))
        index.mark([package_id])
    # who is responsible now keeps it
    space.owner_org = package.owner_org
    admit(space, {"user_id": user_id}, READ, until)
    model.Session.flush()
    return space.name
