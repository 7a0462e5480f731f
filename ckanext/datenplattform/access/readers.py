"""Which reader a user is for a dataset. Everything is counted afresh on each request: a removed member
loses access with the next one. The number of SQL statements does not depend on the number of datasets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import or_, select

from . import audience
from .gate import published_ids
from .model import DatasetAccess, DataspaceDataset, DataspaceMember, Role, in_force
from .remembered import remembered

BOARD_ROLES = frozenset({"board", "board_lead", "board_deputy", "dpo"})
OUTSIDE = "outside"


@dataclass(frozen=True)
class Memberships:
    """What a user is, independent of any dataset. Organisation and Datenraum ids."""

    sysadmin: bool = False
    staff: bool = False
    roles: frozenset[str] = frozenset()
    edits: frozenset[str] = frozenset()
    dataspaces: frozenset[str] = frozenset()
    # those of them where the user may bring in files and rows; and where he also keeps the members
    contributes: frozenset[str] = frozenset()
    manages: frozenset[str] = frozenset()

    @property
    def board(self) -> bool:
        """Board members, deputies and the data-protection officer."""
        return bool(self.roles & BOARD_ROLES)


@dataclass(frozen=True)
class DatasetFacts:
    """What decides about the readers of one dataset."""

    package_id: str
    owner_org: str | None
    type: str
    state: audience.State
    confidential: bool
    dataspaces: frozenset[str] = field(default_factory=frozenset)


ANONYMOUS = Memberships()


def memberships(user: model.User | None) -> Memberships:
    """What a user is at this moment."""
    if user is None or user.is_anonymous or user.state != model.State.ACTIVE:
        return ANONYMOUS
    return remembered(user.id, lambda: _memberships(user))


def _memberships(user: model.User) -> Memberships:
    context: Any = {"user": user.name, "ignore_auth": True}
    edits = tk.get_action("organization_list_for_user")(context, {"id": user.id, "permission": "update_dataset"})
    own = set(
        model.Session.execute(
            select(model.Group.id)
            .join(model.Member, model.Member.group_id == model.Group.id)
            .where(
                model.Member.table_name == "user",
                model.Member.table_id == user.id,
                model.Member.state == "active",
                model.Group.is_organization.is_(True),
                model.Group.state == "active",
            )
        ).scalars()
    )
    outside = _outside(own)
    roles = frozenset(
        model.Session.execute(select(Role.role).where(Role.user_id == user.id, in_force(Role))).scalars()
    )
    spaces: list[tuple[str, str]] = [
        (row.dataspace_id, row.role)
        for row in model.Session.execute(
            select(DataspaceMember.dataspace_id, DataspaceMember.role).where(
                or_(DataspaceMember.user_id == user.id, DataspaceMember.organization_id.in_(own)),
                in_force(DataspaceMember),
            )
        )
    ]
    return Memberships(
        sysadmin=bool(user.sysadmin),
        staff=bool(own - outside) or bool(roles),
        roles=roles,
        edits=frozenset() if user.sysadmin else frozenset(item["id"] for item in edits) - outside,
        dataspaces=frozenset(space for space, _role in spaces),
        contributes=frozenset(space for space, role in spaces if role in ("contribute", "manage")),
        manages=frozenset(space for space, role in spaces if role == "manage"),
    )


def _outside(organizations: set[str]) -> set[str]:
    """Those organisations that are not part of the city group (extra `kind` = outside)."""
    if not organizations:
        return set()
    query = select(model.Group.id).where(
        model.Group.id.in_(organizations), model.Group.extras["kind"].astext == OUTSIDE
    )
    return set(model.Session.execute(query).scalars())


def facts(package_ids: Iterable[str]) -> dict[str, DatasetFacts]:
    """The facts of the datasets among the ids that exist."""
    ids = list(package_ids)
    if not ids:
        return {}
    with model.Session.no_autoflush:
        packages = model.Session.execute(
            select(
                model.Package.id, model.Package.owner_org, model.Package.type, model.Package.state
            ).where(model.Package.id.in_(ids))
        ).all()
        access = {
            row.package_id: row
            for row in model.Session.execute(
                select(DatasetAccess.package_id, DatasetAccess.review_state, DatasetAccess.confidential).where(
                    DatasetAccess.package_id.in_(ids)
                )
            )
        }
        spaces: dict[str, set[str]] = {}
        for row in model.Session.execute(
            select(DataspaceDataset.package_id, DataspaceDataset.dataspace_id).where(
                DataspaceDataset.package_id.in_(ids)
            )
        ):
            spaces.setdefault(row.package_id, set()).add(row.dataspace_id)
        public = published_ids(ids)
    found = {}
    for package in packages:
        row = access.get(package.id)
        found[package.id] = DatasetFacts(
            package.id,
            package.owner_org,
            package.type or "dataset",
            audience.state_of(package.state or "", package.id in public, row.review_state if row else None),
            bool(row and row.confidential),
            frozenset(spaces.get(package.id, ())),
        )
    return found


def level(who: Memberships, dataset: DatasetFacts) -> audience.Level | None:
    """The reader's level for one dataset (see `audience`)."""
    if who.sysadmin:
        return "all"
    readers: list[audience.Reader] = ["anonymous"]
    if dataset.owner_org in who.edits or "inventory_lead" in who.roles:
        readers.append("editor")
    # harvest sources carry addresses and settings: nobody else's business
    if dataset.type != "harvest":
        if who.staff:
            readers.append("staff")
        if who.board:
            readers.append("board")
        if who.dataspaces & dataset.dataspaces:
            readers.append("dataspace")
    return audience.level(dataset.state, dataset.confidential, readers)


def current_user(context: Any) -> model.User | None:
    """The user an action works for, or None for anonymous."""
    found = context.get("auth_user_obj")
    if found is not None:
        return found
    name = context.get("user")
    return model.User.get(name) if name else None


# labels: the same rules as terms for the search index


def dataset_labels(dataset: DatasetFacts) -> list[str]:
    """The labels of those who see at least the entry."""
    labels: list[str] = []
    probes: dict[audience.Reader, list[str]] = {
        "anonymous": ["public"],
        "staff": ["staff"],
        "board": ["board"],
        "editor": [f"edit-{dataset.owner_org}", "edit-all"],
        "dataspace": [f"dataspace-{space}" for space in sorted(dataset.dataspaces)],
    }
    for reader, names in probes.items():
        if dataset.type == "harvest" and reader != "editor":
            continue
        if audience.level(dataset.state, dataset.confidential, [reader]):
            labels += names
    return labels


def user_labels(who: Memberships) -> list[str]:
    """The labels a user may read."""
    labels = ["public"]
    if who.staff:
        labels.append("staff")
    if who.board:
        labels.append("board")
    if "inventory_lead" in who.roles:
        labels.append("edit-all")
    labels += [f"edit-{organization}" for organization in sorted(who.edits)]
    labels += [f"dataspace-{space}" for space in sorted(who.dataspaces)]
    return labels
