"""Which reader a user is for a dataset. Everything is counted afresh on each request: a removed member
loses access with the next one. The number of SQL statements does not depend on the number of datasets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
from ckan import authz
from sqlalchemy import Boolean, Text, any_, bindparam, exists, func, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from . import audience
from .model import DatasetAccess, DataspaceDataset, DataspaceMember, Publication, Role, in_force
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
    organizations = _organizations(user.id)
    inside = [row for row in organizations if row.kind != OUTSIDE]
    roles = frozenset(
        model.Session.execute(select(Role.role).where(Role.user_id == user.id, in_force(Role))).scalars()
    )
    spaces: list[tuple[str, str]] = [
        (row.dataspace_id, row.role)
        for row in model.Session.execute(
            select(DataspaceMember.dataspace_id, DataspaceMember.role).where(
                or_(
                    DataspaceMember.user_id == user.id,
                    DataspaceMember.organization_id.in_([row.id for row in organizations if row.own]),
                ),
                in_force(DataspaceMember),
            )
        )
    ]
    return Memberships(
        sysadmin=bool(user.sysadmin),
        staff=any(row.own for row in inside) or bool(roles),
        roles=roles,
        edits=frozenset() if user.sysadmin else frozenset(row.id for row in inside if row.edits),
        dataspaces=frozenset(space for space, _role in spaces),
        contributes=frozenset(space for space, role in spaces if role in ("contribute", "manage")),
        manages=frozenset(space for space, role in spaces if role == "manage"),
    )


# what CKAN's organization_list_for_user finds for update_dataset, without a dozen statements: every search asks it
_ORGANIZATIONS = text("""
    WITH RECURSIVE own AS (
        SELECT group_id AS id, capacity FROM member WHERE table_name = 'user' AND table_id = :user_id AND state = 'active'
    ), below AS (
        SELECT id FROM own WHERE capacity = ANY (:cascading)
        UNION
        SELECT member.group_id FROM member JOIN below ON member.table_id = below.id
        WHERE member.table_name = 'group' AND member.state = 'active'
    )
    SELECT id, extras ->> 'kind' AS kind, id IN (SELECT id FROM own) AS own,
        id IN (SELECT id FROM below UNION SELECT id FROM own WHERE capacity = ANY (:editing)) AS edits
    FROM "group" WHERE is_organization AND state = 'active' AND id IN (SELECT id FROM own UNION SELECT id FROM below)
""").columns(id=Text, kind=Text, own=Boolean, edits=Boolean)


def _organizations(user_id: str) -> list[Any]:
    """(id, kind, own, edits) of the organisations a user belongs to or edits, also by one above them."""
    editing = set(authz.get_roles_with_permission("update_dataset"))
    configured: Any = authz.check_config_permission("roles_that_cascade_to_sub_groups")
    cascading = editing & set(configured or ())
    asked = {"user_id": user_id, "editing": sorted(editing), "cascading": sorted(cascading)}
    return list(model.Session.execute(_ORGANIZATIONS, asked))


def _facts() -> Any:
    """The statement of `facts`, built once: every search asks it."""
    package: Any = model.Package
    link = DataspaceDataset
    published = exists().where(Publication.package_id == package.id, in_force(Publication))
    spaces = select(link.dataspace_id).where(link.package_id == package.id)
    columns = (package.id, package.owner_org, package.type, package.state, DatasetAccess.review_state, DatasetAccess.confidential)
    return (
        select(*columns, published.label("published"), func.array(spaces.scalar_subquery(), type_=ARRAY(Text)).label("spaces"))
        .outerjoin(DatasetAccess, DatasetAccess.package_id == package.id)
        .where(package.id == any_(bindparam("ids", type_=ARRAY(Text))))
    )


_FACTS = _facts()


def facts(package_ids: Iterable[str]) -> dict[str, DatasetFacts]:
    """The facts of the datasets among the ids that exist; one statement."""
    ids = list(package_ids)
    if not ids:
        return {}
    with model.Session.no_autoflush:
        rows = model.Session.execute(_FACTS, {"ids": ids}).all()
    return {
        row.id: DatasetFacts(
            row.id,
            row.owner_org,
            row.type or "dataset",
            audience.state_of(row.state or "", row.published, row.review_state),
            bool(row.confidential),
            frozenset(row.spaces),
        )
        for row in rows
    }


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
