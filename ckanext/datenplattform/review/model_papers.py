"""Milestones, the board's papers, and which case cites which. Persons appear as keys of the chain (`events.key_of`):
who is erased there is erased here. Times are UTC.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.model.types import make_uuid
from sqlalchemy import BigInteger, Date, DateTime, Integer, Text
from sqlalchemy import Column as _Column

from ..core.clock import utcnow

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column


class Milestone(Base):
    """A milestone as it was noted at one time; the row with the highest number holds, the others are its history."""

    __tablename__ = "dp_review_milestone"
    id = Column(Text, primary_key=True, default=make_uuid)
    number = Column(Integer, primary_key=True, autoincrement=False)
    title = Column(Text, nullable=False)
    due = Column(Date, nullable=False)
    # see milestones.STATES; deleted: it is no longer shown
    state = Column(Text, nullable=False)
    note = Column(Text, nullable=False, default="")
    author = Column(Text, nullable=False)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)


class Paper(Base):
    """A paper of the board; what it says stands in its versions."""

    __tablename__ = "dp_review_paper"
    id = Column(Text, primary_key=True, default=make_uuid)
    name = Column(Text, nullable=False, unique=True)
    # see papers.KINDS
    kind = Column(Text, nullable=False)
    created_at = Column(DateTime(timezone=True), nullable=False, default=utcnow)


class Citation(Base):
    """A case cites a version of a paper. `event`: the event of the chain that says so; its note is why."""

    __tablename__ = "dp_review_citation"
    case_id = Column(Text, primary_key=True)
    paper_id = Column(Text, primary_key=True)
    number = Column(Integer, primary_key=True, autoincrement=False)
    event = Column(BigInteger, nullable=False)


#: a version is never changed: a trigger refuses it. Its own MetaData, because CKAN empties and drops all mapped tables
VERSION = sa.Table(
    "dp_review_paper_version",
    sa.MetaData(),
    sa.Column("paper_id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("valid_from", sa.Date, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    # of title, text and day, SHA-256 (hex); the chain of events has it too
    sa.Column("hash", sa.Text, nullable=False),
)
