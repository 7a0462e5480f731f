"""The register of streams: what each series of a table is. Times are UTC with time zone.

No foreign keys: a purge of the package is not ours to hinder. Rows are never deleted while their table is there.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy import Column, DateTime, Float, Integer, Text
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow

Base: Any = tk.BaseModel


class SeriesStream(Base):
    """One series of one table. (resource_id, stream) is what stands in the rows."""

    __tablename__ = "dp_series_stream"
    resource_id: Any = Column(Text, primary_key=True)
    stream: Any = Column(Text, primary_key=True)
    # the source's id, and which of its versions this is: a source that changes type or unit begins a new one
    source_stream: Any = Column(Text, nullable=False)
    version: Any = Column(Integer, nullable=False, default=1, server_default="1")
    name: Any = Column(Text, nullable=False, default="", server_default="")
    thing: Any = Column(Text, nullable=False, default="", server_default="")
    # code of the list of observed properties; null: not recognised
    property: Any = Column(Text, index=True)
    kind: Any = Column(Text, nullable=False, default="number", server_default="number")
    # of the values in the table: a UCUM code, or as the source writes it where that is not known
    unit: Any = Column(Text, nullable=False, default="", server_default="")
    # value in the table = value of the source × factor + shift
    factor: Any = Column(Float, nullable=False, default=1.0, server_default="1")
    shift: Any = Column(Float, nullable=False, default=0.0, server_default="0")
    source_property: Any = Column(Text, nullable=False, default="", server_default="")
    source_property_uri: Any = Column(Text, nullable=False, default="", server_default="")
    source_unit: Any = Column(Text, nullable=False, default="", server_default="")
    source_kind: Any = Column(Text, nullable=False, default="", server_default="")
    lon: Any = Column(Float)
    lat: Any = Column(Float)
    # seconds between two values, as the source promises
    interval_seconds: Any = Column(Integer)
    # days that single values are kept; null: as for all
    keep_days: Any = Column(Integer)
    # live or vanished; whether it is silent is seen by its last value
    state: Any = Column(Text, nullable=False, default="live", server_default="live")
    state_since: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    # what the source says now and the board has not let through: columns of this row
    waiting: Any = Column(JSONB(none_as_null=True))
