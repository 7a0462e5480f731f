"""Reading and writing what is remembered of a source's records and streams. Functions say whether they commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ..core.clock import utcnow
from .deletion import Known, Plan
from .model import HarvestRecord, HarvestStream

#: When a stream was read that was not read yet.
NEVER = datetime(1970, 1, 1, tzinfo=timezone.utc)
#: Ids in one statement.
CHUNK = 1_000


def records(source_id: str) -> dict[str, HarvestRecord]:
    """Remote id → row, of all records ever seen."""
    return {row.remote_id: row for row in model.Session.query(HarvestRecord).filter_by(source_id=source_id)}


def record(source_id: str, remote_id: str) -> HarvestRecord:
    """The row of a record, made when missing. Flushes."""
    query = model.Session.query(HarvestRecord).filter_by(source_id=source_id, remote_id=remote_id)
    row = query.first()
    if row is None:
        model.Session.execute(
            insert(HarvestRecord)
            .values(source_id=source_id, remote_id=remote_id, state={})
            .on_conflict_do_nothing(index_elements=["source_id", "remote_id"])
        )
        row = query.one()
    return row


def rows(source_id: str) -> dict[str, Any]:
    """Remote id → what decides about a record, of all ever seen: plain rows, for sources with many records."""
    found = HarvestRecord
    columns = (
        found.remote_id,
        found.package_id,
        found.content_hash,
        found.covered_by,
        found.missing_since,
        found.vanished_at,
        found.archived_at,
    )
    return {row.remote_id: row for row in model.Session.execute(sa.select(*columns).where(found.source_id == source_id))}


def known(rows: Iterable[Any]) -> list[Known]:
    """Rows as the rules of deletion want them: only records that became a dataset can vanish."""
    return [Known(row.remote_id, row.missing_since, row.vanished_at, row.archived_at) for row in rows if row.package_id is not None]


def is_absent(row: Any) -> bool:
    """Whether a record was not there last time."""
    return bool(row.missing_since or row.vanished_at or row.archived_at)


def remember(source_id: str, seen: Iterable[str], plan: Plan, now: datetime) -> None:
    """Note who was there and who was not. Does not commit."""
    _set(source_id, seen, last_seen=now)
    # What returns is written again, so that the inventory takes its mark away.
    _set(source_id, plan.returned, missing_since=None, vanished_at=None, archived_at=None, content_hash=None)
    _set(source_id, plan.missing, missing_since=now)
    _set(source_id, plan.vanish, vanished_at=now)
    _set(source_id, plan.archive, archived_at=now)


def _set(source_id: str, remote_ids: Iterable[str], **values: Any) -> None:
    ids = list(remote_ids)
    for at in range(0, len(ids), CHUNK):
        model.Session.execute(
            sa.update(HarvestRecord)
            .where(HarvestRecord.source_id == source_id, HarvestRecord.remote_id.in_(ids[at : at + CHUNK]))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
    model.Session.expire_all()


def waiting(source_id: str) -> list[HarvestRecord]:
    """Records whose disappearance a person has to confirm."""
    return (
        model.Session.query(HarvestRecord)
        .filter(
            HarvestRecord.source_id == source_id,
            HarvestRecord.missing_since.is_not(None),
            HarvestRecord.vanished_at.is_(None),
            HarvestRecord.archived_at.is_(None),
            HarvestRecord.package_id.is_not(None),
        )
        .order_by(HarvestRecord.remote_id)
        .all()
    )


def datasets(source_id: str, limit: int | None = None, offset: int = 0) -> tuple[int, list[str]]:
    """How many datasets of a source there are, and the ids of some, by title."""
    query = (
        model.Session.query(model.Package.id)
        .join(HarvestRecord, HarvestRecord.package_id == model.Package.id)
        .filter(HarvestRecord.source_id == source_id, model.Package.state == model.State.ACTIVE)
    )
    count = query.count()
    rows = query.order_by(model.Package.title, model.Package.id).offset(offset).limit(limit) if limit else []
    return count, [package_id for (package_id,) in rows]


def streams(source_id: str, remote_id: str) -> dict[str, Any]:
    """Stream → what is remembered of it: ``watermark`` (UTC; up to there it was read), ``updated``, ``series``, ``changed``,
    ``state``; plain rows."""
    table = HarvestStream.__table__
    query = sa.select(table).where(table.c.source_id == source_id, table.c.remote_id == remote_id)
    return {row.stream: row for row in model.Session.execute(query)}


def note_streams(source_id: str, remote_id: str, notes: Mapping[str, Mapping[str, Any]]) -> None:
    """Note something of streams, each with the same columns; of ones that were not known too. Commits."""
    for stream, values in notes.items():
        new = {"updated": NEVER, **values}
        statement = insert(HarvestStream).values(source_id=source_id, remote_id=remote_id, stream=stream, **new)
        key = ["source_id", "remote_id", "stream"]
        model.Session.execute(statement.on_conflict_do_update(index_elements=key, set_=dict(values)))
    model.Session.commit()


def set_watermarks(source_id: str, remote_id: str, marks: Mapping[str, datetime]) -> None:
    """Note how far streams were read; call after the rows are committed. Commits."""
    if not marks:
        return
    now = utcnow()
    statement = insert(HarvestStream).values(
        [
            {"source_id": source_id, "remote_id": remote_id, "stream": stream, "watermark": mark, "updated": now}
            for stream, mark in marks.items()
        ]
    )
    new = {"watermark": statement.excluded.watermark, "updated": now}
    model.Session.execute(statement.on_conflict_do_update(index_elements=["source_id", "remote_id", "stream"], set_=new))
    model.Session.commit()
