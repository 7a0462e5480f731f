"""What the checks found. Keyed by package id without foreign keys: a purge keeps it with the case. Times are UTC."""

from __future__ import annotations

from ckan.model.types import make_uuid
from sqlalchemy import BigInteger, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB

from ...core.clock import utcnow
from ..model import Base, Column


class Result(Base):
    """All verdicts about one content of a dataset. `digest` is of everything that was looked at."""

    __tablename__ = "dp_review_check"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False)
    digest = Column(Text, nullable=False)
    # hash of the metadata alone, as a case has it
    content_hash = Column(Text, nullable=False)
    # queued, done
    state = Column(Text, nullable=False)
    verdicts = Column(JSONB, nullable=False, default=list)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    __table_args__ = (Index("dp_review_check_content", "package_id", "digest", unique=True),)


class Refutation(Base):
    """A personal-data stop that the data-protection officer refuted. Who and why stand at the event."""

    __tablename__ = "dp_review_refutation"
    package_id = Column(Text, primary_key=True)
    # of the verdict: the same finding about the same content
    key = Column(Text, primary_key=True)
    event = Column(BigInteger, nullable=False)
