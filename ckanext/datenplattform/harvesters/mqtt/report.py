"""What the consumer tells people: how it is, which devices nobody has mapped, which messages could not be used.

All lists are bounded: a device that invents names cannot fill the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ...core.clock import utcnow
from .formats import clean
from .model import MqttProblem, MqttStatus, MqttUnknown

#: Rows of a source in the lists; days that an entry stays without anything new.
MOST_UNKNOWN, MOST_PROBLEMS, DAYS = 500, 100, 30
#: Characters of a message that are kept.
EXCERPT = 200
#: Seconds without a sign after which a consumer counts as dead.
SILENT = 60

_SECRET = re.compile(r"(?i)(\"?[\w-]*(?:pass|pwd|secret|token|key|auth|credential)[\w-]*\"?\s*[:=]\s*)(\"[^\"]*\"?|[^\s,}]+)")
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{24,}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


@dataclass
class Outcome:
    """What became of a batch. ``unknown``: device → (count, samples); ``problems``: (reason, topic) → (count, size, excerpt)."""

    received: int = 0
    written: int = 0
    staged: int = 0
    unknown: dict[str, tuple[int, dict[str, str]]] = field(default_factory=dict)
    problems: dict[tuple[str, str], tuple[int, int, str]] = field(default_factory=dict)

    def strange(self, device: str, samples: dict[str, str]) -> None:
        """A device, or fields of it, that nobody has mapped."""
        before = self.unknown.get(device, (0, {}))
        self.unknown[device] = (before[0] + 1, before[1] | samples)

    def problem(self, reason: str, topic: str, payload: bytes) -> None:
        """A message that could not be used; ``reason`` is an English source string."""
        key = (reason, clean(topic)[:200])
        self.problems[key] = (self.problems.get(key, (0,))[0] + 1, len(payload), excerpt(payload))


def excerpt(payload: bytes) -> str:
    """The beginning of a message without what may be a key, a password or an address of a person."""
    text = clean(payload[: EXCERPT * 4].decode("utf-8", "replace"))
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    for pattern, instead in ((_SECRET, r"\1***"), (_MAIL, "***"), (_LONG, "***")):
        text = pattern.sub(instead, text)
    return text[:EXCERPT] + ("…" if len(payload) > EXCERPT else "")


def note(source_id: str, outcome: Outcome) -> None:
    """Add a batch to what is known of a source. Commits."""
    now = utcnow()
    refused = sum(count for count, *_ in outcome.problems.values())
    unknown = sum(count for count, _ in outcome.unknown.values())
    counts = {"received": outcome.received, "written": outcome.written, "staged": outcome.staged, "refused": refused, "unknown": unknown}
    statement = insert(MqttStatus).values(source_id=source_id, seen=now, last_message=now, topics=[], error="", **counts)
    grown = {name: getattr(MqttStatus, name) + number for name, number in counts.items()}
    model.Session.execute(statement.on_conflict_do_update(index_elements=["source_id"], set_={**grown, "seen": now, "last_message": now}))
    # in one order, so that nobody waits in a circle
    for device, (count, samples) in sorted(outcome.unknown.items())[:MOST_UNKNOWN]:
        values = {"source_id": source_id, "device": device, "count": count, "first_seen": now, "last_seen": now, "samples": samples}
        changed = {"count": MqttUnknown.count + count, "last_seen": now, "samples": samples}
        keys = ["source_id", "device"]
        model.Session.execute(insert(MqttUnknown).values(values).on_conflict_do_update(index_elements=keys, set_=changed))
    for (reason, topic), (count, size, text) in sorted(outcome.problems.items())[:MOST_PROBLEMS]:
        values = {"source_id": source_id, "reason": reason, "topic": topic, "count": count, "last_seen": now, "size": size, "excerpt": text}
        changed = {"count": MqttProblem.count + count, "last_seen": now, "size": size, "excerpt": text}
        keys = ["source_id", "reason", "topic"]
        model.Session.execute(insert(MqttProblem).values(values).on_conflict_do_update(index_elements=keys, set_=changed))
    if outcome.unknown:
        _forget(MqttUnknown, source_id, MOST_UNKNOWN)
    if outcome.problems:
        _forget(MqttProblem, source_id, MOST_PROBLEMS)
    model.Session.commit()


def forget_unknown(source_id: str, devices: Iterable[str]) -> None:
    """These devices are known now. Commits."""
    there = set(model.Session.query(MqttUnknown.device).filter_by(source_id=source_id).all())
    for device in {name for (name,) in there} & set(devices):
        model.Session.query(MqttUnknown).filter_by(source_id=source_id, device=device).delete()
    model.Session.commit()


def _forget(table: Any, source_id: str, most: int) -> None:
    """Only the latest entries of a source stay."""
    mine = table.source_id == source_id
    edge = sa.select(table.last_seen).where(mine).order_by(table.last_seen.desc()).offset(most).limit(1).scalar_subquery()
    old = sa.or_(table.last_seen <= edge, table.last_seen < utcnow() - timedelta(days=DAYS))
    model.Session.execute(sa.delete(table).where(mine, old).execution_options(synchronize_session=False))


def state(source_id: str, **values: Any) -> None:
    """Note how the consumer is (columns of `MqttStatus`); it was seen alive. Commits."""
    values["seen"] = utcnow()
    if "error" in values:
        values["error"] = values["error"][:1000]
        values["error_at"] = values["seen"] if values["error"] else None
    statement = insert(MqttStatus).values(source_id=source_id, **values)
    model.Session.execute(statement.on_conflict_do_update(index_elements=["source_id"], set_=values))
    model.Session.commit()


def status(source_id: str) -> dict[str, Any]:
    """How the consumer is: the columns of `MqttStatus` (times as text in UTC), ``alive`` and ``connected``."""
    row = model.Session.get(MqttStatus, source_id, populate_existing=True) or MqttStatus(source_id=source_id)
    found = {column.name: getattr(row, column.name) for column in MqttStatus.__table__.columns if column.name != "topics"}
    alive = bool(row.seen) and utcnow() - row.seen < timedelta(seconds=SILENT)
    counts = {name: found[name] or 0 for name in ("received", "written", "staged", "refused", "unknown")}
    times = {name: found[name].isoformat() if found[name] else None for name in ("seen", "connected_since", "last_message", "error_at")}
    return {**times, **counts, "error": found["error"] or "", "alive": alive, "connected": alive and bool(row.connected_since)}


def topics(source_id: str) -> list[str]:
    """What the broker's session was subscribed to last."""
    return model.Session.query(MqttStatus.topics).filter_by(source_id=source_id).scalar() or []


def unknown(source_id: str, limit: int = 100) -> list[dict[str, Any]]:
    """Devices that send and that nobody has mapped, the latest first."""
    query = model.Session.query(MqttUnknown).filter_by(source_id=source_id).order_by(MqttUnknown.last_seen.desc(), MqttUnknown.device)
    return [_dict(row) for row in query.limit(limit)]


def problems(source_id: str, limit: int = MOST_PROBLEMS) -> list[dict[str, Any]]:
    """Messages that could not be used, the latest first; ``reason`` is an English source string."""
    query = model.Session.query(MqttProblem).filter_by(source_id=source_id).order_by(MqttProblem.last_seen.desc(), MqttProblem.topic)
    return [_dict(row) for row in query.limit(limit)]


def _dict(row: Any) -> dict[str, Any]:
    values: Iterable[tuple[str, Any]] = ((column.name, getattr(row, column.name)) for column in row.__table__.columns)
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values if name != "source_id"}
