"""Tables of the inventory: what must never become public. Keyed by package id; times are UTC with time zone."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import Column as _Column
from sqlalchemy import Date, DateTime, Index, Text
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow
from . import record

Base: Any = tk.BaseModel
# the base is untyped: for the type checker a column reads as its value
Column: Any = _Column


class InventoryRecord(Base):
    """One row for each dataset of the city group; beside these columns one for each of `record.FIELDS`."""

    __tablename__ = "dp_inventory_record"
    package_id = Column(Text, primary_key=True)
    # where a harvester or an import finds it again
    source = Column(Text)
    remote_id = Column(Text)
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    modified = Column(DateTime(timezone=True), nullable=False, default=utcnow, onupdate=utcnow)
    modified_by = Column(Text)
    vanished_at = Column(DateTime(timezone=True))
    archived_at = Column(DateTime(timezone=True))
    # "Stimmt das noch?"
    confirmed_at = Column(DateTime(timezone=True))
    confirmed_by = Column(Text)
    due_on = Column(Date, index=True)
    __table_args__ = (Index("dp_inventory_record_remote", "source", "remote_id", unique=True),)


_TYPES = {"date": Date, "multi": JSONB, "datasets": JSONB}
for _field in record.FIELDS:
    setattr(InventoryRecord, _field.name, Column(_TYPES.get(_field.kind, Text)))


class InventoryChange(Base):
    """Every change of a field is kept. `user_id` is null for the system (a harvester)."""

    __tablename__ = "dp_inventory_change"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False)
    at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    user_id = Column(Text)
    field = Column(Text, nullable=False)
    before = Column(JSONB(none_as_null=True))
    after = Column(JSONB(none_as_null=True))
    __table_args__ = (Index("dp_inventory_change_package", "package_id", "at"),)
