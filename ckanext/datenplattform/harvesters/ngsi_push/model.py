"""What is remembered of push and of fetched contexts. Times are UTC with time zone. No foreign keys, as in `harvesters.model`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB

from ...core.clock import utcnow

Base: Any = tk.BaseModel


def _count() -> Any:
    return Column(BigInteger, nullable=False, default=0, server_default="0")


def _text() -> Any:
    return Column(Text, nullable=False, default="", server_default="")


class NgsiSubscription(Base):
    """The subscription of a source at its broker. Counts are of deliveries: what comes twice counts twice."""

    __tablename__ = "dp_ngsi_subscription"
    source_id: Any = Column(Text, primary_key=True)
    # the broker's id of it; empty: not registered
    broker_id: Any = _text()
    # from it and the site's key the secret is computed; the secret itself is stored nowhere
    nonce: Any = _text()
    # hash of what was registered
    fingerprint: Any = _text()
    since: Any = Column(DateTime(timezone=True))
    expires: Any = Column(DateTime(timezone=True))
    # whether the broker says that it could not deliver
    failing: Any = Column(Boolean, nullable=False, default=False, server_default="false")
    # a sentence in the portal's language; empty: all is well
    error: Any = _text()
    last_notification: Any = Column(DateTime(timezone=True))
    received: Any = _count()
    written: Any = _count()
    staged: Any = _count()
    unusable: Any = _count()


class NgsiWaiting(Base):
    """An entity that was told and that nobody knows yet: it waits for the next run."""

    __tablename__ = "dp_ngsi_waiting"
    source_id: Any = Column(Text, primary_key=True)
    # SHA-256 of its content: the same one twice is one row
    digest: Any = Column(Text, primary_key=True)
    content: Any = Column(JSONB, nullable=False)
    received: Any = Column(DateTime(timezone=True), nullable=False, default=utcnow)


class NgsiContext(Base):
    """What a fetched @context says of the names that we know."""

    __tablename__ = "dp_ngsi_context"
    url: Any = Column(Text, primary_key=True)
    fetched: Any = Column(DateTime(timezone=True), nullable=False)
    names: Any = Column(JSONB, nullable=False)
