"""Mails that are still to be sent. Times are UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, DateTime, Index, Text

from ..core.clock import utcnow
from .model import Base, Column


class Letter(Base):
    """A mail to one person, written with what it tells in one transaction, deleted when it is sent. What it says is
    found out when it is sent."""

    __tablename__ = "dp_review_letter"
    id = Column(BigInteger, primary_key=True)
    user_id = Column(Text, nullable=False, index=True)
    package_id = Column(Text, nullable=False)
    case_id = Column(Text)
    # name of its template
    name = Column(Text, nullable=False)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    # a step is told once, whatever is repeated
    __table_args__ = (Index("dp_review_letter_once", "case_id", "user_id", "name", unique=True),)
