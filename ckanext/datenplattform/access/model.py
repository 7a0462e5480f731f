"""Tables of who may see what. Times are UTC with time zone.

No foreign keys to `package`: a purge keeps the decision.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import Boolean, DateTime, Index, Text, bindparam, or_
from sqlalchemy import Column as _Column
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column


def in_force(table: Any) -> Any:
    """SQL condition: the row's `since`/`until` (until exclusive, null: open end) contain the moment in which it is asked."""
    now = bindparam("now", callable_=utcnow, type_=DateTime(timezone=True), unique=True)
    return (table.since <= now) & or_(table.until.is_(None), table.until > now)


class Publication(Base):
    """A dataset is public while a row stands. `content_hash` is what was decided."""

    __tablename__ = "dp_publication"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False, index=True)
    content_hash = Column(Text, nullable=False)
    decision_id = Column(Text, nullable=False)
    since = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    until = Column(DateTime(timezone=True))
    __table_args__ = (
        # one open row for each dataset, whatever two requests do at once
        Index("dp_publication_one_open", "package_id", unique=True, postgresql_where=Column("until").is_(None)),
    )


class StandingRelease(Base):
    """Dauerfreigabe: the board lets new rows of a series through, within a scope (see `access.shared`)."""

    __tablename__ = "dp_standing_release"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False, index=True)
    scope = Column(JSONB, nullable=False)
    decision_id = Column(Text, nullable=False)
    since = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    until = Column(DateTime(timezone=True))


class DatasetAccess(Base):
    """What decides about readers besides CKAN's own state: the stage of review, confidentiality, the lock."""

    __tablename__ = "dp_dataset_access"
    package_id = Column(Text, primary_key=True)
    # null (internal), entry_released, in_review, changes_requested, refused, withdrawn
    review_state = Column(Text)
    confidential = Column(Boolean, nullable=False, default=False, server_default="false")
    # while the board looks at it, the content must stay what was submitted
    locked_hash = Column(Text)


class Role(Base):
    """Tasks that are not membership of an organisation: board, board_lead, dpo, inventory_lead."""

    __tablename__ = "dp_role"
    id = Column(Text, primary_key=True, default=make_uuid)
    user_id = Column(Text, nullable=False, index=True)
    role = Column(Text, nullable=False)
    # the unit (organisation name) whose seat it is; for the board
    unit = Column(Text)
    since = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    until = Column(DateTime(timezone=True))


class Dataspace(Base):
    """A Datenraum: some datasets for some people, for a purpose."""

    __tablename__ = "dp_dataspace"
    id = Column(Text, primary_key=True, default=make_uuid)
    name = Column(Text, nullable=False, unique=True)
    title = Column(Text, nullable=False)
    purpose = Column(Text, nullable=False)
    # why not public, on which legal basis, under which conditions
    reason = Column(Text)
    legal_basis = Column(Text)
    conditions = Column(Text)
    owner_org = Column(Text, nullable=False)
    # the dataset for whose granted requests it was made (see `dataspaces.let_in`)
    for_package = Column(Text, unique=True)
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    # deleted ones stay, with their members: who had access, and when, is asked later
    ended = Column(DateTime(timezone=True))


class DataspaceMember(Base):
    """A person or an organisation in a Datenraum, until a date."""

    __tablename__ = "dp_dataspace_member"
    id = Column(Text, primary_key=True, default=make_uuid)
    dataspace_id = Column(Text, nullable=False, index=True)
    user_id = Column(Text, index=True)
    organization_id = Column(Text, index=True)
    # read, contribute, manage
    role = Column(Text, nullable=False, default="read", server_default="read")
    since = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    until = Column(DateTime(timezone=True))


class DataspaceDataset(Base):
    """A dataset in a Datenraum."""

    __tablename__ = "dp_dataspace_dataset"
    dataspace_id = Column(Text, primary_key=True)
    package_id = Column(Text, primary_key=True, index=True)


class IndexBehind(Base):
    """A dataset whose entry in the search index is out of date, and since when (see `index`)."""

    __tablename__ = "dp_index_behind"
    package_id = Column(Text, primary_key=True)
    since = Column(DateTime(timezone=True), nullable=False)
