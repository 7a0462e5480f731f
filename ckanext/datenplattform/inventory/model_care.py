"""Tables of what people do with the inventory over the year: requests, rounds, reminders. Keyed by ids without foreign
keys, as the record is; times are UTC with time zone."""

from __future__ import annotations

from ckan.model.types import make_uuid
from sqlalchemy import Date, DateTime, Index, Text

from ..core.clock import utcnow
from . import rounds
from .model import Base, Column

OPEN = "open"


class AccessRequest(Base):
    """Somebody of another unit asks for the data behind an entry."""

    __tablename__ = "dp_inventory_request"
    id = Column(Text, primary_key=True, default=make_uuid)
    package_id = Column(Text, nullable=False)
    user_id = Column(Text, nullable=False)
    purpose = Column(Text, nullable=False)
    # the last day: as asked for, then as granted
    until = Column(Date)
    # open, granted, refused
    state = Column(Text, nullable=False, default=OPEN)
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    answered_at = Column(DateTime(timezone=True))
    answered_by = Column(Text)
    answer = Column(Text)
    __table_args__ = (
        Index("dp_inventory_request_package", "package_id"),
        Index("dp_inventory_request_user", "user_id"),
        # one open request for each person and dataset, whatever two requests do at once
        Index(
            "dp_inventory_request_one_open", "package_id", "user_id", unique=True,
            postgresql_where=Column("state") == OPEN,
        ),
    )  # fmt: skip


class Round(Base):
    """A campaign: these units look through their records until a day."""

    __tablename__ = "dp_inventory_round"
    id = Column(Text, primary_key=True, default=make_uuid)
    title = Column(Text, nullable=False)
    note = Column(Text)
    deadline = Column(Date, nullable=False)
    # running, closed
    state = Column(Text, nullable=False, default="running")
    created = Column(DateTime(timezone=True), nullable=False, default=utcnow)
    created_by = Column(Text)


class RoundUnit(Base):
    """Where one unit stands in a round; see `rounds` for the states."""

    __tablename__ = "dp_inventory_round_unit"
    round_id = Column(Text, primary_key=True)
    unit_id = Column(Text, primary_key=True)
    state = Column(Text, nullable=False, default=rounds.OPEN)
    note = Column(Text)
    reported_at = Column(DateTime(timezone=True))
    reported_by = Column(Text)
    signed_at = Column(DateTime(timezone=True))
    signed_by = Column(Text)
    __table_args__ = (Index("dp_inventory_round_unit_unit", "unit_id"),)


class Reminder(Base):
    """A reminder that went out. One row for each day, kind, unit and address: the same mail never goes twice a day."""

    __tablename__ = "dp_inventory_reminder"
    day = Column(Date, primary_key=True)
    # due, escalation, round:<id>, round-lead:<id>
    kind = Column(Text, primary_key=True)
    unit_id = Column(Text, primary_key=True)
    recipient = Column(Text, primary_key=True)
    sent_at = Column(DateTime(timezone=True), nullable=False, default=utcnow)
