"""Cases of the review board. Keyed by package id without foreign keys: a purge keeps the case. Times are UTC."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Index, Integer, Text
from sqlalchemy import Column as _Column
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column
OPEN = "in_review"
# states in which a case is not closed yet: one such case for each dataset
RUNNING = ("submitted", "checks", OPEN, "approved")


class Case(Base):
    """One question to the board: what exactly (a hash and a frozen copy), by whom, until when."""

    __tablename__ = "dp_review_case"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False, index=True)
    # publication, revision, standing_release, source_release (about a harvest source), entry (only the register's entry)
    kind = Column(Text, nullable=False)
    # see states.py; published: carried out
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
    # the board's rules as they were at the submission, and their hash
    rules = Column(JSONB, nullable=False, default=dict)
    rules_hash = Column(Text)
    # fast, normal, full
    track = Column(Text, nullable=False, default="normal")
    # keys of laws that oblige to publish, as the inventory record named them at the submission
    duty = Column(JSONB, nullable=False, default=list)
    # chosen for the Daten-Fenster
    dashboard = Column(Boolean, nullable=False, default=False)
    # once approved, not before this moment
    publish_at = Column(DateTime(timezone=True))
    # what the automatic checks found
    checks = Column(JSONB)
    # of a refusal: codes of the protected interests
    interests = Column(JSONB)
    # of requested changes: the day by which they are to be made
    mend_until = Column(Date)
    # id of the case about the source under whose standing release the dataset was published without a vote
    under = Column(Text, index=True)
    __table_args__ = (
        Index("dp_review_case_one_open", "package_id", unique=True, postgresql_where=Column("state").in_(RUNNING)),
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
    """One member's vote for the seat of a unit; until the decision it may be changed."""

    __tablename__ = "dp_review_vote"
    case_id = Column(Text, primary_key=True)
    user_id = Column(Text, primary_key=True)
    unit = Column(Text)
    vote = Column(Text, nullable=False)
    reason = Column(Text)
    # of a refusal: the protected interest, or the day by which a defect is to be mended
    interest = Column(Text)
    mend_until = Column(Date)
    # the number of its event: the order of votes, whatever the clock did
    event = Column(BigInteger)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow, onupdate=utcnow)


class Actor(Base):
    """Who stands behind a key of the chain of events. `user_id` null: the person was erased."""

    __tablename__ = "dp_review_actor"
    key = Column(Text, primary_key=True)
    user_id = Column(Text, unique=True)


class Note(Base):
    """What somebody wrote at an event; beside the chain, because it may have to be erased."""

    __tablename__ = "dp_review_note"
    number = Column(BigInteger, primary_key=True, autoincrement=False)
    text = Column(Text, nullable=False)


class Recusal(Base):
    """A member who takes no part in a case; the deputy does."""

    __tablename__ = "dp_review_recusal"
    case_id = Column(Text, primary_key=True)
    user_id = Column(Text, primary_key=True)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)


class Editor(Base):
    """Who has changed a dataset since its last decision: four eyes, they do not vote on it."""

    __tablename__ = "dp_review_editor"
    package_id = Column(Text, primary_key=True)
    user_id = Column(Text, primary_key=True)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)


class Outside(Base):
    """Why a dataset of a released source waits for the board; looked at anew when `digest` changes."""

    __tablename__ = "dp_review_outside"
    package_id = Column(Text, primary_key=True)
    source_id = Column(Text, nullable=False, index=True)
    digest = Column(Text, nullable=False)
    # codes of `flowing.CODES`
    why = Column(JSONB, nullable=False)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
