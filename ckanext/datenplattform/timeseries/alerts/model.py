"""Rules, alerts, their log, and messages that are still to be sent. Times are UTC with time zone; periods are minutes.

No foreign keys: a purge of the package is not ours to hinder. A rule that is deleted keeps its row, so that its log can be read.
"""

from __future__ import annotations

import uuid
from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy import BigInteger, Boolean, DateTime, Float, Index, Integer, Text, text
from sqlalchemy import Column as Plain
from sqlalchemy.dialects.postgresql import JSONB

from ...core.clock import utcnow

Base: Any = tk.BaseModel


def Column(*arguments: Any, **options: Any) -> Any:
    """A column; typed loosely as everywhere in CKAN's models."""
    return Plain(*arguments, **options)


def _moment(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **options)


def _id() -> str:
    return str(uuid.uuid4())


class AlertRule(Base):
    """What is watched, who is told, and how far the machine has come."""

    __tablename__ = "dp_alert_rule"
    id = Column(Text, primary_key=True, default=_id)
    package_id = Column(Text, nullable=False, index=True)
    resource_id = Column(Text, nullable=False, index=True)
    stream = Column(Text, nullable=False)
    title = Column(Text, nullable=False, default="")
    # below, above, missing or change
    kind = Column(Text, nullable=False)
    threshold = Column(Float)
    # how far back the value must go until the alert ends
    margin = Column(Float, nullable=False, default=0.0)
    # missing: how long there was no value; change: within which time
    period = Column(Integer, nullable=False, default=0)
    # how long it must last
    duration = Column(Integer, nullable=False, default=0)
    direction = Column(Text, nullable=False, default="both")
    # HH:MM in the town's time zone; both or none
    quiet_from = Column(Text, nullable=False, default="")
    quiet_to = Column(Text, nullable=False, default="")
    recipients = Column(JSONB, nullable=False, default=list)
    mails_per_day = Column(Integer, nullable=False, default=3)
    tell_end = Column(Boolean, nullable=False, default=False)
    webhook = Column(Text, nullable=False, default="")
    # the name under which the operator has stored the key; never the key
    webhook_key = Column(Text, nullable=False, default="")
    advice = Column(Text, nullable=False, default="")
    enabled = Column(Boolean, nullable=False, default=True)
    created_by = Column(Text, nullable=False, default="")
    created = _moment(nullable=False, default=utcnow)
    deleted = _moment()
    # the machine: see machine.State
    phase = Column(Text, nullable=False, default="calm")
    since = _moment()
    seen = _moment()
    # number of the last row of the table that was looked at
    last_row = Column(BigInteger, nullable=False, default=0)


class Alert(Base):
    """One time that a rule was met: open, acknowledged or closed."""

    __tablename__ = "dp_alert"
    id = Column(Text, primary_key=True, default=_id)
    rule_id = Column(Text, nullable=False, index=True)
    state = Column(Text, nullable=False, default="open")
    # when the condition began, and when that was clear
    since = _moment(nullable=False)
    opened = _moment(nullable=False)
    value = Column(Float)
    acknowledged = _moment()
    acknowledged_by = Column(Text, nullable=False, default="")
    note = Column(Text, nullable=False, default="")
    closed = _moment()
    # why it was closed: recovered, corrected, changed, off or deleted
    reason = Column(Text, nullable=False, default="")
    __table_args__ = (Index("dp_alert_one_open", "rule_id", unique=True, postgresql_where=text("state <> 'closed'")),)


class AlertLog(Base):
    """What happened to a rule and its alerts. Rows are only added."""

    __tablename__ = "dp_alert_log"
    id = Column(BigInteger, primary_key=True)
    rule_id = Column(Text, nullable=False, index=True)
    alert_id = Column(Text)
    at = _moment(nullable=False, default=utcnow)
    what = Column(Text, nullable=False)
    # id of an account; empty: the platform
    person = Column(Text, nullable=False, default="")
    note = Column(Text, nullable=False, default="")


class Message(Base):
    """A mail to one address, or a call of the rule's webhook; written with what it tells in one transaction."""

    __tablename__ = "dp_alert_message"
    id = Column(BigInteger, primary_key=True)
    rule_id = Column(Text, nullable=False, index=True)
    alert_id = Column(Text, nullable=False)
    # opened, acknowledged or closed
    event = Column(Text, nullable=False)
    # a mail address; empty: the rule's webhook
    address = Column(Text, nullable=False, default="")
    value = Column(Float)
    at = _moment(nullable=False, default=utcnow)
    due = _moment(nullable=False, default=utcnow)
    attempts = Column(Integer, nullable=False, default=0)
    sent = _moment()
    given_up = _moment()
