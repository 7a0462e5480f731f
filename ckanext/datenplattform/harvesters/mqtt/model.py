"""What belongs to MQTT sources: the table of devices with its history, how the consumer is, what it could not use. Times are UTC.

No foreign keys to `package`: a purge of the source keeps what was recorded.
"""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.model.types import make_uuid
from sqlalchemy import BigInteger, Column, DateTime, Float, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from ...core.clock import utcnow

Base: Any = tk.BaseModel


class MqttDevice(Base):
    """Where the values of one field of one device go."""

    __tablename__ = "dp_mqtt_device"
    id: Any = Column(Text, primary_key=True, default=make_uuid)
    source_id: Any = Column(Text, nullable=False)
    device: Any = Column(Text, nullable=False)
    field: Any = Column(Text, nullable=False)
    # key of the dataset within the source
    dataset: Any = Column(Text, nullable=False)
    stream: Any = Column(Text, nullable=False)
    name: Any = Column(Text, nullable=False, default="", server_default="")
    thing: Any = Column(Text, nullable=False, default="", server_default="")
    property: Any = Column(Text, nullable=False, default="", server_default="")
    unit: Any = Column(Text, nullable=False, default="", server_default="")
    factor: Any = Column(Float, nullable=False, default=1.0, server_default="1")
    lon: Any = Column(Float)
    lat: Any = Column(Float)
    __table_args__ = (UniqueConstraint("source_id", "device", "field"),)


class MqttChange(Base):
    """Who changed the rows of a device, when, from what to what."""

    __tablename__ = "dp_mqtt_change"
    id: Any = Column(BigInteger, primary_key=True)
    source_id: Any = Column(Text, nullable=False, index=True)
    device: Any = Column(Text, nullable=False)
    at: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    # id; empty: the system
    user_id: Any = Column(Text, nullable=False, default="", server_default="")
    before: Any = Column(JSONB, nullable=False, default=list, server_default="[]")
    after: Any = Column(JSONB, nullable=False, default=list, server_default="[]")


class MqttStatus(Base):
    """How the consumer of a source is. Counts are of deliveries: a message that came twice counts twice."""

    __tablename__ = "dp_mqtt_status"
    source_id: Any = Column(Text, primary_key=True)
    # when the consumer was last seen alive
    seen: Any = Column(DateTime(timezone=True))
    connected_since: Any = Column(DateTime(timezone=True))
    last_message: Any = Column(DateTime(timezone=True))
    # a sentence in the portal's language; empty: all is well
    error: Any = Column(Text, nullable=False, default="", server_default="")
    error_at: Any = Column(DateTime(timezone=True))
    received: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    written: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    staged: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    refused: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    unknown: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    # what the broker's session is subscribed to
    topics: Any = Column(JSONB, nullable=False, default=list, server_default="[]")


class MqttUnknown(Base):
    """A device that sends and that nobody has mapped, or fields of a mapped one. Nothing of it is stored but this."""

    __tablename__ = "dp_mqtt_unknown"
    source_id: Any = Column(Text, primary_key=True)
    device: Any = Column(Text, primary_key=True)
    count: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    first_seen: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    last_seen: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    # field → what came last, shortened
    samples: Any = Column(JSONB, nullable=False, default=dict, server_default="{}")


class MqttProblem(Base):
    """Messages that could not be used, one row for each reason and topic; of the last one a masked piece."""

    __tablename__ = "dp_mqtt_problem"
    source_id: Any = Column(Text, primary_key=True)
    # English source string
    reason: Any = Column(Text, primary_key=True)
    topic: Any = Column(Text, primary_key=True)
    count: Any = Column(BigInteger, nullable=False, default=0, server_default="0")
    last_seen: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    size: Any = Column(Integer, nullable=False, default=0, server_default="0")
    excerpt: Any = Column(Text, nullable=False, default="", server_default="")
