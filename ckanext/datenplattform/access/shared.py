"""Public face of room `access`. Rooms below import from here only.

It may import the room's own modules. Nothing here commits except where the docstring says so: the caller's
case, its event and the publication are one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import ckan.model as model
from sqlalchemy import insert, select

from ..core.clock import utcnow
from . import gate, index, readers
from .ahead import at_hand
from .audience import Level
from .content import content, content_hash, digest
from .dataspaces import let_in
from .errors import GateRefused, refuse_change
from .gate import published_ids
from .index import indexed, mark, notes, reindex
from .model import DatasetAccess, Publication, Role, StandingRelease, in_force
from .readers import Memberships, current_user, memberships
from .visibility import Sight, sight

__all__ = [
    "ContentChanged",
    "GateRefused",
    "Level",
    "Memberships",
    "Sight",
    "add_confidential",
    "at_hand",
    "content",
    "content_hash",
    "current_user",
    "decisions",
    "digest",
    "grant_standing_release",
    "indexed",
    "is_locked",
    "is_published",
    "let_in",
    "levels",
    "mark",
    "memberships",
    "notes",
    "publication",
    "publish",
    "published_ids",
    "reader_level",
    "refuse_change",
    "reindex",
    "released_series",
    "republish",
    "review_state",
    "revoke_standing_release",
    "seats",
    "set_confidential",
    "set_review_state",
    "sight",
    "standing_release",
    "trial",
    "unpublish",
]  # fmt: skip


class ContentChanged(Exception):
    """The content is not what was decided."""


def is_published(package_id: str) -> bool:
    """Whether a publication is in force."""
    return bool(published_ids([package_id]))


def publication(package_id: str) -> Publication | None:
    """The publication in force, or None."""
    return (
        model.Session.query(Publication)
        .filter(Publication.package_id == package_id, in_force(Publication))
        .order_by(Publication.since.desc())
        .first()
    )


def decisions() -> Iterator[tuple[str, str, str, Any]]:
    """(what, package id, decision id, content) of everything that was ever released: "publication" with the hash of its
    content, "standing_release" with its scope. What each is founded on can be proved by it."""
    for row in model.Session.execute(select(Publication).order_by(Publication.since, Publication.id)).scalars():
        yield "publication", row.package_id, row.decision_id, row.content_hash
    for row in model.Session.execute(select(StandingRelease).order_by(StandingRelease.since, StandingRelease.id)).scalars():
        yield "standing_release", row.package_id, row.decision_id, row.scope


def _access(package_id: str) -> DatasetAccess:
    row = model.Session.get(DatasetAccess, package_id)
    if row is None:
        row = DatasetAccess(package_id=package_id, confidential=False)
        model.Session.add(row)
    return row


def publish(package_id: str, decided_hash: str, decision_id: str, until: datetime | None = None) -> None:
    """Make a dataset public as decided. Raises ContentChanged when it is no longer what was decided."""
    package = model.Session.query(model.Package).filter_by(id=package_id).with_for_update().one()
    if content_hash(package_id) != decided_hash:
        raise ContentChanged(package_id)
    model.Session.add(
        Publication(package_id=package_id, content_hash=decided_hash, decision_id=decision_id, until=until)
    )
    row = _access(package_id)
    row.review_state, row.locked_hash = None, None
    model.Session.flush()
    package.private = False
    package.metadata_modified = utcnow().replace(tzinfo=None)
    model.Session.flush()
    index.mark([package_id])


def republish(package_id: str, decided_hash: str, decision_id: str, apply: Callable[[], None]) -> None:
    """Carry out a decided revision of a published dataset: `apply` writes it, the hash is compared.

    Raises ContentChanged when the result is not what was decided; the caller rolls back.
    """
    standing = publication(package_id)
    if standing is None:
        raise ContentChanged(package_id)
    with gate.releasing(package_id):
        apply()
        model.Session.flush()
        if content_hash(package_id) != decided_hash:
            raise ContentChanged(package_id)
        standing.until = utcnow()
        model.Session.flush()
        model.Session.add(Publication(package_id=package_id, content_hash=decided_hash, decision_id=decision_id))
        model.Session.flush()
    index.mark([package_id])


def trial(package_id: str, apply: Callable[[], None]) -> tuple[dict[str, Any], str]:
    """What a change of a published dataset would give: (canonical content, its hash). Nothing is kept."""
    nested = model.Session.begin_nested()
    try:
        with gate.releasing(package_id):
            apply()
            model.Session.flush()
            found = content(package_id)
            assert found is not None
            return found, digest(found)
    finally:
        nested.rollback()
        model.Session.expire_all()


def unpublish(package_id: str) -> bool:
    """End the publication and hide the dataset, in the caller's transaction. False when it was not published."""
    standing = publication(package_id)
    if standing is None:
        return False
    with gate.releasing(package_id):
        package = model.Session.get(model.Package, package_id)
        if package is not None:
            package.private = True
            package.metadata_modified = utcnow().replace(tzinfo=None)
        model.Session.flush()
        standing.until = utcnow()
        for release in model.Session.query(StandingRelease).filter(
            StandingRelease.package_id == package_id, in_force(StandingRelease)
        ):
            release.until = utcnow()
        row = _access(package_id)
        row.review_state, row.locked_hash = "withdrawn", None
        model.Session.flush()
    index.mark([package_id])
    return True


def set_review_state(package_id: str, review_state: str | None, locked_hash: str | None = None) -> None:
    """The stage of review of an unpublished dataset; with `locked_hash` its content cannot change meanwhile."""
    row = _access(package_id)
    row.review_state, row.locked_hash = review_state, locked_hash
    model.Session.flush()
    index.mark([package_id])


def set_confidential(package_id: str, confidential: bool) -> None:
    """Hide (or show) the entry from staff of other units. The caller re-indexes."""
    row = _access(package_id)
    if bool(row.confidential) != confidential:
        row.confidential = confidential
        index.mark([package_id])
    model.Session.flush()


def add_confidential(package_ids: Iterable[str]) -> None:
    """Datasets made in this transaction are confidential. The index never knew them, so there is nothing to note."""
    rows = [{"package_id": package_id, "confidential": True, "entry_released": False} for package_id in package_ids]
    if rows:
        model.Session.execute(insert(DatasetAccess), rows)


def is_locked(package_id: str) -> bool:
    """Whether the board is looking at the content."""
    row = model.Session.get(DatasetAccess, package_id)
    return bool(row and row.locked_hash)


def review_state(package_id: str) -> str | None:
    """in_review, changes_requested, refused, withdrawn or None."""
    row = model.Session.get(DatasetAccess, package_id)
    return row.review_state if row else None


# standing release


def standing_release(package_id: str, lock: bool = False) -> dict[str, Any] | None:
    """The scope of the standing release in force, or None.

    :param package_id: of a dataset, or of a harvest source (then for the datasets that it brings)
    :param lock: nobody ends it until the transaction ends
    :returns: {"streams": [ids] | None (all), "columns": [names] | None, "resolution_seconds": int | None
        (no finer than), "licence": str | None, "until": datetime | None, "id": str, "decision_id": str}
    """
    query = (
        model.Session.query(StandingRelease)
        .filter(StandingRelease.package_id == package_id, in_force(StandingRelease))
        .order_by(StandingRelease.since.desc())
    )
    row = (query.with_for_update(read=True).populate_existing() if lock else query).first()
    return {**row.scope, "until": row.until, "id": row.id, "decision_id": row.decision_id} if row else None


def grant_standing_release(package_id: str, scope: dict[str, Any], decision_id: str, until: datetime | None) -> str:
    """Write a standing release; replaces the one in force. Returns its id."""
    revoke_standing_release(package_id)
    row = StandingRelease(package_id=package_id, scope=scope, decision_id=decision_id, until=until)
    model.Session.add(row)
    model.Session.flush()
    return row.id


def revoke_standing_release(package_id: str) -> bool:
    """End the standing release in force; False when there was none."""
    rows = model.Session.query(StandingRelease).filter(
        StandingRelease.package_id == package_id, in_force(StandingRelease)
    )
    ended = rows.all()
    for row in ended:
        row.until = utcnow()
    model.Session.flush()
    return bool(ended)


def released_series() -> list[str]:
    """Ids of datasets and harvest sources with a standing release in force."""
    return sorted(model.Session.execute(select(StandingRelease.package_id).where(in_force(StandingRelease))).scalars())


# readers


def levels(user: model.User | None, package_ids: Iterable[str]) -> dict[str, Level | None]:
    """The user's level for each of the datasets that exist; a constant number of SQL statements."""
    who = memberships(user)
    return {package_id: readers.level(who, found) for package_id, found in readers.facts(package_ids).items()}


def reader_level(user: model.User | None, package_id: str) -> Level | None:
    """The user's level for one dataset: None (as if it did not exist), entry, data or all."""
    return levels(user, [package_id]).get(package_id)


def seats(role: str) -> list[tuple[str, str | None]]:
    """(user id, unit) of all who hold a role at this moment."""
    query = select(Role.user_id, Role.unit).where(Role.role == role, in_force(Role))
    return [(row.user_id, row.unit) for row in model.Session.execute(query)]
