"""Reading and writing what is remembered of a source's records and streams. Functions say whether they commit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import ckan.model as model
from sqlalchemy.dialects.postgresql import insert

from ..core.clock import utcnow
from .deletion import Known, Plan
from .model import HarvestRecord, HarvestStream


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


def known(rows: Iterable[HarvestRecord]) -> list[Known]:
    """Rows as the rules of deletion want them: only records that became a dataset can vanish."""
    return [Known(row.remote_id, row.missing_since, row.vanished_at, row.archived_at) for row in rows if row.package_id is not None]


def remember(rows: Mapping[str, HarvestRecord], seen: Iterable[str], plan: Plan, now: datetime) -> None:
    """Note who was there and who was not. Does not commit."""
    for remote_id in seen:
        if remote_id in rows:
            rows[remote_id].last_seen = now
    for remote_id in plan.returned:
        row = rows[remote_id]
        row.missing_since = row.vanished_at = row.archived_at = None
        # It is written again, so that the inventory takes its mark away.
        row.content_hash = None
    for remote_id in plan.missing:
        rows[remote_id].missing_since = now
    for remote_id in plan.vanish:
        rows[remote_id].vanished_at = now
    for remote_id in plan.archive:
        rows[remote_id].archived_at = now


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


def watermarks(source_id: str, remote_id: str) -> dict[str, datetime]:
    """Stream → time (UTC) up to which it was read."""
    query = model.Session.query(HarvestStream).filter_by(source_id=source_id, remote_id=remote_id)
    return {row.stream: row.watermark for row in query if row.watermark is not None}


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
