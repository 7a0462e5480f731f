"""The public register (Nachweis): entries the board released, while the data stay private."""

from __future__ import annotations

from sqlalchemy import DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow
from .model import Base, Column


class RegisterEntry(Base):
    """One released entry: exactly what was decided, whatever the record says later."""

    __tablename__ = "dp_inventory_register"
    package_id = Column(Text, primary_key=True)
    entry = Column(JSONB, nullable=False)
    decision_id = Column(Text, nullable=False)
    since = Column(DateTime(timezone=True), nullable=False, default=utcnow)
