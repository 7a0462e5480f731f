"""The chain of events: append-only, each bound to the one before by SHA-256 (docs/decisions/0010).

One chain for all cases. An event says what happened in codes, hashes, numbers and dates; who did it is a random key, and
what somebody wrote is a note. Key and note lie in tables of their own, outside the hash: they can be erased, and the
chain still proves itself. The table has its own MetaData, because CKAN empties and drops all mapped ones.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from ..core.clock import utcnow
from .model import Actor, Note

EVENT = sa.Table(
    "dp_review_event",
    sa.MetaData(),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("package_id", sa.Text, nullable=False),
    sa.Column("case_id", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text),
    sa.Column("facts", JSONB, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
_LOCK = int.from_bytes(b"dpreview", "big")
_BATCH = 2000


@dataclass(frozen=True)
class Head:
    """The last event: its number (0: there is none) and its hash. Written into minutes, it fixes all before it."""

    number: int = 0
    hash: str = ""


def digest(previous: str, event: Mapping[str, Any]) -> str:
    """The hash of an event: SHA-256 (hex) over the hash before it and the event's canonical JSON."""
    body = {
        "number": event["number"],
        "at": event["at"].astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        **{name: event[name] for name in ("package_id", "case_id", "kind", "actor", "facts")},
    }
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256((previous + text).encode()).hexdigest()


def append(
    package_id: str,
    kind: str,
    user_id: str | None,
    case_id: str | None = None,
    facts: Mapping[str, Any] | None = None,
    text: str = "",
    at: datetime | None = None,
) -> int:
    """Add an event to the chain, in the caller's transaction; its number.

    Until that transaction ends nobody else appends (a lock of the database): numbers have no gaps and no twins.

    :param facts: codes, hashes, whole numbers, dates as text; never a name or free text
    :param text: what somebody wrote; kept as a note outside the hash
    """
    model.Session.flush()
    lock()
    before = head()
    event = {
        "number": before.number + 1,
        "at": at or utcnow(),
        "package_id": package_id,
        "case_id": case_id,
        "kind": kind,
        "actor": key_of(user_id) if user_id else None,
        "facts": {name: value for name, value in (facts or {}).items() if value is not None},
    }
    values = {**event, "previous": before.hash, "hash": digest(before.hash, event)}
    model.Session.execute(sa.insert(EVENT).values(**values))
    if text:
        model.Session.add(Note(number=event["number"], text=text))
        model.Session.flush()
    return event["number"]


def lock() -> None:
    """Keep others from appending until the transaction ends."""
    model.Session.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def head() -> Head:
    """The last event of the chain."""
    query = sa.select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
    row = model.Session.execute(query).first()
    return Head(row.number, row.hash) if row else Head()


def key_of(user_id: str) -> str:
    """The key under which a user acts in the chain; made at the first event. Only under `lock`."""
    known = model.Session.execute(sa.select(Actor.key).where(Actor.user_id == user_id)).scalar()
    if known is None:
        known = "person-" + secrets.token_hex(6)
        model.Session.add(Actor(key=known, user_id=user_id))
        model.Session.flush()
    return known


def listing(limit: int = 500, offset: int = 0, **where: Any) -> list[dict[str, Any]]:
    """Events in order, each with `user_id` (None: nobody, or erased) and `text`.

    :param where: values of columns: package_id, case_id, kind, number
    """
    query = (
        sa.select(EVENT, Actor.user_id, Note.text)
        .join(Actor, Actor.key == EVENT.c.actor, isouter=True)
        .join(Note, Note.number == EVENT.c.number, isouter=True)
        .order_by(EVENT.c.number)
        .limit(limit)
        .offset(offset)
    )
    for name, value in where.items():
        query = query.where(EVENT.c[name] == value)
    return [dict(row) for row in model.Session.execute(query).mappings()]


def walk() -> Iterator[dict[str, Any]]:
    """All events in order, in batches: memory does not grow with the chain."""
    last = 0
    while True:
        query = sa.select(EVENT).where(EVENT.c.number > last).order_by(EVENT.c.number).limit(_BATCH)
        rows = model.Session.execute(query).mappings().all()
        for row in rows:
            yield dict(row)
        if len(rows) < _BATCH:
            return
        last = rows[-1]["number"]
