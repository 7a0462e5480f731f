"""Tables of the inventory's search. `dp_inventory_search` is written by triggers of the database alone (see its migration)."""

from __future__ import annotations

from typing import Any

from ckan.model.types import make_uuid
from sqlalchemy import DateTime, Text, UniqueConstraint, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

from ..core.clock import utcnow
from .model import Base, Column


class InventorySearch(Base):
    """What is searched of a dataset: only what may become public. One row for each dataset."""

    __tablename__ = "dp_inventory_search"
    package_id = Column(Text, primary_key=True)
    # title (A), keywords (B), unit (C), description (D)
    entry = Column(TSVECTOR, nullable=False)
    # the title in small letters without accents and signs: for sorting and for typing errors
    title_key = Column(Text, nullable=False)
    formats = Column(ARRAY(Text), nullable=False)
    themes = Column(ARRAY(Text), nullable=False)


# the words of the record's internal facts: a column that no object carries about
INTERNAL: Any = literal_column("dp_inventory_record.search", TSVECTOR)


class InventoryFilter(Base):
    """A search that somebody keeps. `query`: the filters of inventory_record_list."""

    __tablename__ = "dp_inventory_filter"
    id = Column(Text, primary_key=True, default=make_uuid)
    user_id = Column(Text, nullable=False)
    name = Column(Text, nullable=False)
    query = Column(JSONB, nullable=False)
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    __table_args__ = (UniqueConstraint("user_id", "name", name="dp_inventory_filter_own_name"),)
