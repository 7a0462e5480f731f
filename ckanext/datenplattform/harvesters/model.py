"""What the base remembers of each remote record and of each stream. Times are UTC with time zone.

No foreign keys to `package` or to ckanext-harvest's tables: a purge keeps the memory, and the plugins stay apart.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import Column, DateTime, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow

Base: Any = tk.BaseModel


class HarvestRecord(Base):
    """Identity and state of one remote record: (source, remote id) is what a dataset is found again by."""

    __tablename__ = "dp_harvest_record"
    id: Any = Column(Text, primary_key=True, default=make_uuid)
    source_id: Any = Column(Text, nullable=False)
    remote_id: Any = Column(Text, nullable=False)
    package_id: Any = Column(Text, index=True)
    # of what was last written; null: nothing, or it is to be written again
    content_hash: Any = Column(Text)
    first_seen: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    last_seen: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    last_changed: Any = Column(DateTime(timezone=True))
    # the harvest object that was imported last: a job that is delivered twice finds its work done
    last_object: Any = Column(Text)
    missing_since: Any = Column(DateTime(timezone=True))
    vanished_at: Any = Column(DateTime(timezone=True))
    archived_at: Any = Column(DateTime(timezone=True))
    # id of the source from which the same dataset comes, while that one is the better (see `twins`)
    covered_by: Any = Column(Text)
    # what the protocol wants to know next time, e.g. how the server likes to be asked
    state: Any = Column(JSONB, nullable=False, default=dict, server_default="{}")
    __table_args__ = (UniqueConstraint("source_id", "remote_id"),)


class HarvestIdentity(Base):
    """An id of a record that other sources may give to the same dataset."""

    __tablename__ = "dp_harvest_identity"
    source_id: Any = Column(Text, primary_key=True)
    remote_id: Any = Column(Text, primary_key=True)
    identity: Any = Column(Text, primary_key=True, index=True)


class HarvestStream(Base):
    """How far a series has been read: the next run asks for what is newer than ``watermark``."""

    __tablename__ = "dp_harvest_stream"
    source_id: Any = Column(Text, primary_key=True)
    remote_id: Any = Column(Text, primary_key=True)
    stream: Any = Column(Text, primary_key=True)
    watermark: Any = Column(DateTime(timezone=True))
    # under which names the rows are written, and from when on: the source has changed type or unit at that watermark
    series: Any = Column(Text)
    changed: Any = Column(DateTime(timezone=True))
    # "silent", "vanished", or nothing
    state: Any = Column(Text, nullable=False, default="", server_default="")
    updated: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow, onupdate=utcnow)
