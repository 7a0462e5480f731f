"""The inventory record: what must never become public. Keyed by package id; times are UTC with time zone."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy import Column as _Column
from sqlalchemy import DateTime, Index, Text

from ..core.clock import utcnow

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column


class InventoryRecord(Base):
    """One row for each dataset of the city group."""

    __tablename__ = "dp_inventory_record"
    package_id = Column(Text, primary_key=True)
    # where a harvester or an import finds it again
    source = Column(Text)
    remote_id = Column(Text)
    responsible_function = Column(Text)
    responsible_email = Column(Text)
    source_system = Column(Text)
    source_class = Column(Text)
    personal_data = Column(Text)
    openness = Column(Text)
    openness_reason = Column(Text)
    confidentiality = Column(Text)
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    modified = Column(DateTime(timezone=True), nullable=False, default=utcnow, onupdate=utcnow)
    modified_by = Column(Text)
    vanished_at = Column(DateTime(timezone=True))
    archived_at = Column(DateTime(timezone=True))
    __table_args__ = (Index("dp_inventory_record_remote", "source", "remote_id", unique=True),)
