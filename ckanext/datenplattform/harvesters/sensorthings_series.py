"""Reading new observations stream by stream and writing them in batches; how far each was read is noted after the
rows are safe."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urljoin

from ckanext.datenplattform.core.errors import SourceError
from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from ..core.clock import utcnow
from . import memory
from .records import RemoteRecord, Source
from .sensorthings_client import Client
from .sensorthings_rows import RowMaker, moment

#: Rows in one transaction.
BATCH = 20_000
NO_TIME = N_("%(count)s measurements of the series “%(stream)s” have no usable time and were left out.")
STOPPED = N_("There are more measurements than the %(limit)s of one run; the next run goes on.")
WAITING = N_("%(count)s measurements lie outside the standing release and wait for a decision.")


@dataclass
class Result:
    """What one pass has done. ``failed``: name of the stream → error."""

    written: int = 0
    staged: int = 0
    read: int = 0
    remarks: list[str] = field(default_factory=list)
    failed: dict[str, SourceError] = field(default_factory=dict)


def read_series(
    source: Source,
    record: RemoteRecord,
    client: Client,
    resource_id: str,
    columns: list[str],
    tolerated: tuple[type[SourceError], ...],
    channels: dict[str, timeseries.Channel],
) -> Result:
    """Bring all streams of a record up to date. An error of a kind ``tolerated`` ends only its stream; another is
    raised, after what was read so far is written."""
    result = Result()
    batch = _Batch(source.id, record.remote_id, resource_id, columns, result)
    marks = memory.watermarks(source.id, record.remote_id)
    limit = source.settings["max_rows"]
    try:
        for thing in record.content["things"]:
            for stream in thing["streams"]:
                if result.read >= limit:
                    break
                try:
                    maker = RowMaker(thing, stream, batch.columns, channels.get(stream["id"]))
                    _read_stream(source, client, maker, stream, batch, marks.get(stream["id"]), limit)
                except tolerated as error:
                    result.failed[stream["name"] or stream["id"]] = error
    finally:
        batch.flush()
    if result.read >= limit:
        result.remarks.append(translate(STOPPED) % {"limit": limit})
    if result.staged:
        result.remarks.append(translate(WAITING) % {"count": result.staged})
    return result


def _read_stream(
    source: Source,
    client: Client,
    maker: RowMaker,
    stream: dict[str, Any],
    batch: _Batch,
    mark: datetime | None,
    limit: int,
) -> None:
    if not stream["link"]:
        return
    since = mark - timedelta(minutes=source.settings["overlap_minutes"]) if mark else _start(source)
    newest, lost = mark, 0
    for page in client.observations(urljoin(client.url + "/", str(stream["link"])), since):
        for observation in page:
            row = maker.row(observation)
            if row is None:
                lost += 1
                continue
            newest = _later(newest, observation.result_time if client.dialect.order == "resultTime" else observation.time)
            batch.add(row)
        if client.dialect.order:
            # Sorted by the server: whatever is older has been read.
            batch.mark(stream["id"], newest)
            if batch.result.read >= limit:
                break
    batch.mark(stream["id"], newest)
    if lost:
        batch.result.remarks.append(translate(NO_TIME) % {"count": lost, "stream": stream["name"] or stream["id"]})


def _start(source: Source) -> datetime | None:
    day = source.settings["start_date"]
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc) if day else None


def _later(newest: datetime | None, text: str | None) -> datetime | None:
    """The later of the two, but never later than now: one clock that runs ahead must not hide what comes until then."""
    found = moment(text)
    if found is None:
        return newest
    found = min(found, utcnow())
    return found if newest is None or found > newest else newest


class _Batch:
    """Rows that wait to be written, and how far their streams will have been read then."""

    def __init__(self, source_id: str, remote_id: str, resource_id: str, columns: list[str], result: Result) -> None:
        self.source_id = source_id
        self.remote_id = remote_id
        self.resource_id = resource_id
        self.columns = columns
        self.result = result
        self.rows: list[list[Any]] = []
        self.marks: dict[str, datetime] = {}

    def add(self, row: list[Any]) -> None:
        """One more row."""
        self.rows.append(row)
        self.result.read += 1
        if len(self.rows) >= BATCH:
            self.flush()

    def mark(self, stream: str, watermark: datetime | None) -> None:
        """All rows of the stream up to ``watermark`` have been added."""
        if watermark is not None:
            self.marks[stream] = watermark

    def flush(self) -> None:
        """Write the rows, then note how far was read: a crash in between reads some again, and loses none."""
        if self.rows:
            done = timeseries.write_rows(self.resource_id, self.rows, self.columns)
            self.result.written += done["written"]
            self.result.staged += done["staged"]
            self.rows = []
        memory.set_watermarks(self.source_id, self.remote_id, self.marks)
        self.marks = {}
