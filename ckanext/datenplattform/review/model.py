"""Cases of the review board. Keyed by package id without foreign keys: a purge keeps the case. Times are UTC."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import BigInteger, DateTime, Index, Integer, Text
from sqlalchemy import Column as _Column
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column
OPEN = "in_review"


class Case(Base):
    """One question to the board: what exactly (a hash and a frozen copy), by whom, until when."""

    __tablename__ = "dp_review_case"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False, index=True)
    # publication, revision, standing_release, entry (only the register's entry)
    kind = Column(Text, nullable=False)
    # in_review, published (carried out), refused, changes_requested, withdrawn
    state = Column(Text, nullable=False, default=OPEN)
    revision_id = Column(Text)
    content_hash = Column(Text, nullable=False)
    content = Column(JSONB, nullable=False)
    # {resource id: SHA-256 of its file}
    files = Column(JSONB, nullable=False)
    # of a standing release that is decided along with it
    scope = Column(JSONB)
    quorum = Column(Integer, nullable=False)
    comment = Column(Text)
    submitted_by = Column(Text, nullable=False)
    submitted_at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    deadline = Column(DateTime(timezone=True), nullable=False)
    decided_at = Column(DateTime(timezone=True))
    reason = Column(Text)
    __table_args__ = (
        Index("dp_review_case_one_open", "package_id", unique=True, postgresql_where=Column("state") == OPEN),
    )


class Revision(Base):
    """A material change of a published dataset, beside the live version until it is decided."""

    __tablename__ = "dp_review_revision"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False, index=True)
    # pending, released, discarded
    state = Column(Text, nullable=False, default="pending")
    dataset = Column(JSONB, nullable=False)
    content = Column(JSONB, nullable=False)
    content_hash = Column(Text, nullable=False)
    files = Column(JSONB, nullable=False)
    comment = Column(Text)
    created_by = Column(Text, nullable=False)
    created_at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    __table_args__ = (
        Index(
            "dp_review_revision_one_pending", "package_id", unique=True, postgresql_where=Column("state") == "pending"
        ),
    )


class Vote(Base):
    """One member's vote; until the decision it may be changed."""

    __tablename__ = "dp_review_vote"
    case_id = Column(Text, primary_key=True)
    user_id = Column(Text, primary_key=True)
    unit = Column(Text)
    vote = Column(Text, nullable=False)
    reason = Column(Text)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow, onupdate=utcnow)


class Event(Base):
    """What happened to a dataset's case, in order."""

    __tablename__ = "dp_review_event"
    id = Column(BigInteger, primary_key=True, autoincrement=True)
    package_id = Column(Text, nullable=False, index=True)
    case_id = Column(Text, index=True)
    kind = Column(Text, nullable=False)
    actor = Column(Text)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    text = Column(Text)


class Editor(Base):
    """Who has changed a dataset since its last decision: four eyes, they do not vote on it."""

    __tablename__ = "dp_review_editor"
    package_id = Column(Text, primary_key=True)
    user_id = Column(Text, primary_key=True)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
