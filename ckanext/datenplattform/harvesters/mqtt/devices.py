"""The table of devices in the database. Functions say whether they commit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import ckan.model as model

from .model import MqttChange, MqttDevice, MqttUnknown
from .series import Target

#: Rows of one source.
MOST = 10_000
_KEYS = tuple(Target.__dataclass_fields__)


def targets(source_id: str) -> list[Target]:
    """All rows of a source, by device and field."""
    return [Target(**_plain(row)) for row in _query(source_id).order_by(MqttDevice.device, MqttDevice.field)]


def replace(source_id: str, device: str, wanted: Iterable[Target], user_id: str) -> bool:
    """Give a device these rows and no others, and record who did it; whether anything changed. Commits."""
    rows = {row.field: row for row in _query(source_id).filter_by(device=device)}
    before = [_plain(rows[name]) for name in sorted(rows)]
    after = [asdict(target) for target in sorted(wanted, key=lambda target: target.field)]
    if before == after:
        model.Session.rollback()
        return False
    for values in after:
        row = rows.pop(values["field"], None)
        if row is None:
            row = MqttDevice(source_id=source_id)
            model.Session.add(row)
        for name, value in values.items():
            setattr(row, name, value)
    for row in rows.values():
        model.Session.delete(row)
    model.Session.add(MqttChange(source_id=source_id, device=device, user_id=user_id, before=before, after=after))
    if after:
        model.Session.query(MqttUnknown).filter_by(source_id=source_id, device=device).delete()
    model.Session.commit()
    return True


def count(source_id: str, without: str) -> int:
    """How many rows other devices of the source have."""
    return _query(source_id).filter(MqttDevice.device != without).count()


def changes(source_id: str, limit: int = 50) -> list[dict[str, Any]]:
    """The latest changes, the newest first; times in UTC."""
    query = model.Session.query(MqttChange).filter_by(source_id=source_id).order_by(MqttChange.id.desc()).limit(limit)
    return [
        {"device": row.device, "at": row.at.isoformat(), "user_id": row.user_id, "before": row.before, "after": row.after} for row in query
    ]


def latest_change(source_id: str) -> int:
    """Number of the last change, 0 for none: whoever remembers it sees whether the table is still the same."""
    query = model.Session.query(MqttChange.id).filter_by(source_id=source_id).order_by(MqttChange.id.desc())
    return query.limit(1).scalar() or 0


def _query(source_id: str) -> Any:
    return model.Session.query(MqttDevice).filter_by(source_id=source_id)


def _plain(row: MqttDevice) -> dict[str, Any]:
    return {key: getattr(row, key) for key in _KEYS}
