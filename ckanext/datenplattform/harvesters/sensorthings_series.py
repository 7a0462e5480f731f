"""Reading new observations stream by stream and writing them in batches; how far each was read is noted after the
rows are safe."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol
from urllib.parse import urljoin

from ckanext.datenplattform.core.errors import SourceError, SourceFormat, SourceStatus, SourceTooLarge
from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from ..core.clock import utcnow
from . import memory
from .records import RemoteRecord, Source
from .sensorthings_client import Dialect, Observation, moment
from .sensorthings_mapping import MULTI, series
from .sensorthings_rows import RowMaker, Table
from .web import Exhausted, Repeats

#: Rows in one transaction, and seconds after which fewer are written too: a slow server must not keep back what is there.
BATCH = 20_000
PATIENCE = 10.0
#: Streams and errors that one remark names.
NAMED = 10
#: What ends one stream only. That the source is gone ends the run.
TOLERATED = (SourceStatus, SourceFormat, SourceTooLarge, Repeats)
SILENT, VANISHED = "silent", "vanished"
#: Between the names of several series in one column.
SEPARATOR = "\n"
# between the name of a series and the numbers by which its values are converted
CONVERTED = "\t"

STREAM_FAILED = N_("The series “%(stream)s” could not be read: %(cause)s")
MORE_FAILED = N_("%(count)s more series could not be read.")
NO_TIME = N_("%(count)s measurements of the series “%(stream)s” have no usable time and were left out.")
STOPPED = N_("There are more measurements than the %(limit)s of one run; the next run goes on.")
WAITING = N_("%(count)s measurements lie outside the standing release and wait for a decision.")
CHANGED = N_(
    "The source has changed the type or the unit of the series “%(stream)s”. New measurements stand in a new series (%(names)s); "
    "those before stay as they are."
)
IS_SILENT = N_("Series without a new measurement for more than %(hours)s hours: %(names)s. What there is stays.")
IS_GONE = N_("Series that the source no longer lists: %(names)s. Their measurements stay.")
IS_BACK = N_("Series that deliver again: %(names)s.")


class Reader(Protocol):
    """What is needed of a protocol's client; see `sensorthings_client.Client`."""

    url: str
    host: str
    dialect: Dialect

    def observations(self, link: str, since: datetime | None, *, first: bool = False, places: bool = False) -> Iterator[list[Observation]]:
        """Pages of a stream's observations from ``since`` on."""
        ...

    def unsorted(self) -> None:
        """The server does not sort."""
        ...


@dataclass
class Result:
    """What one pass has done. ``failed``: name of the stream → error; ``back``: streams that were silent or gone."""

    written: int = 0
    staged: int = 0
    read: int = 0
    remarks: list[str] = field(default_factory=list)
    failed: dict[str, SourceError] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)


def read_series(
    source: Source,
    record: RemoteRecord,
    client: Reader,
    resource_id: str,
    table: Table,
    channels: Mapping[str, timeseries.Channel],
) -> Result:
    """Bring all streams of a record up to date. What is wrong with one stream ends that one; another error is raised, after
    what was read so far is written. Raises `SourceError` too when no stream could be read."""
    result = Result()
    known = memory.streams(source.id, record.remote_id)
    listed = {stream["id"]: (thing, stream) for thing in record.content["things"] for stream in thing["streams"]}
    _note_versions(source, record, listed, channels, known, result)
    batch = _Batch(source.id, record.remote_id, resource_id, list(table.names), result)
    limit = source.settings["max_rows"]
    try:
        # Those whose turn is longest ago come first: a limit must not starve the last ones.
        for stream_id in sorted(listed, key=lambda key: (known[key].updated, key)):
            if result.read >= limit:
                break
            thing, stream = listed[stream_id]
            try:
                _read_stream(source, client, RowMaker(thing, stream, table, channels), stream, batch, known[stream_id], limit)
                result.done.append(stream_id)
            except TOLERATED as error:
                if isinstance(error, Exhausted):
                    raise
                result.failed[stream["name"] or stream_id] = error
    finally:
        batch.flush()
    if result.failed and not result.done:
        raise next(iter(result.failed.values()))
    if result.read >= limit:
        result.remarks.append(translate(STOPPED) % {"limit": limit})
    if result.staged:
        result.remarks.append(translate(WAITING) % {"count": result.staged})
    result.remarks += _failures(result.failed)
    _note_states(source, record, resource_id, listed, result)
    return result


def _note_versions(
    source: Source,
    record: RemoteRecord,
    listed: Mapping[str, tuple[Any, dict[str, Any]]],
    channels: Mapping[str, timeseries.Channel],
    known: dict[str, Any],
    result: Result,
) -> None:
    """Where the rows of a stream go from now on: noted before the first is written, so that a crash forgets no boundary.

    What the source gave before the change is not read again: nobody could say in which unit it is."""
    fresh = {}
    for stream_id, (_, stream) in listed.items():
        parts = [channels[part["id"]] for part in series({"streams": [stream]}) if part["id"] in channels]
        written = SEPARATOR.join(map(_written, parts))
        row = known.get(stream_id)
        if row is not None and row.series == written:
            continue
        fresh[stream_id] = {"series": written, "changed": row.changed if row is not None else None}
        if row is not None and row.series and row.watermark is not None:
            fresh[stream_id]["changed"] = row.watermark
            names = [part.stream for part in parts]
            # a unit that is only converted in another way tells nobody anything new
            if names != [name.partition(CONVERTED)[0] for name in row.series.split(SEPARATOR)]:
                values = {"stream": stream["name"] or stream_id, "names": ", ".join(names)}
                result.remarks.append(translate(CHANGED) % values)
    if fresh:
        memory.note_streams(source.id, record.remote_id, fresh)
        known |= memory.streams(source.id, record.remote_id)


def _written(channel: timeseries.Channel) -> str:
    """Where and how converted the values of a series are written: under its name, and by which numbers where there are any."""
    if (channel.factor, channel.shift) == (1.0, 0.0):
        return channel.stream
    return f"{channel.stream}{CONVERTED}{channel.factor:g}{CONVERTED}{channel.shift:g}"


def _read_stream(source: Source, client: Reader, maker: RowMaker, stream: dict[str, Any], batch: _Batch, known: Any, limit: int) -> None:
    if not stream["link"]:
        return
    link = urljoin(client.url + "/", str(stream["link"]))
    mark, boundary = known.watermark, known.changed
    since = mark - timedelta(minutes=source.settings["overlap_minutes"]) if mark else _start(source)
    since = max(since, boundary) if since and boundary else since
    newest, latest, lost = mark, mark, 0
    # The start date speaks of the phenomenon, whatever the server sorts by.
    for page in client.observations(link, since, first=mark is None, places=source.settings.get("moving", False)):
        order = client.dialect.order
        for observation in page:
            key = observation.key(order)
            if boundary is not None and key is not None and key <= boundary:
                continue
            rows = maker.rows(observation)
            lost += not rows
            newest = _later(newest, key)
            if order == "resultTime":
                latest = _later(latest, moment(observation.time))
            batch.add(rows)
        if order == "resultTime" and any(not observation.result_time for observation in page):
            # Asked by a time that some lack, these would never come.
            client.unsorted()
            newest = latest
        if client.dialect.order:
            # Sorted by the server: whatever is older has been read.
            batch.mark(stream["id"], newest)
            batch.page_done()
            # Never in the midst of what was known already or of one moment: the next run would come no further.
            if batch.result.read >= limit and newest is not None and (mark is None or newest > mark):
                break
    batch.mark(stream["id"], newest)
    if lost:
        batch.result.remarks.append(translate(NO_TIME) % {"count": lost, "stream": stream["name"] or stream["id"]})


def _start(source: Source) -> datetime | None:
    day = source.settings["start_date"]
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc) if day else None


def _later(newest: datetime | None, found: datetime | None) -> datetime | None:
    """The later of the two, but never later than now: one clock that runs ahead must not hide what comes until then."""
    if found is None:
        return newest
    found = min(found, utcnow())
    return found if newest is None or found > newest else newest


def _failures(failed: Mapping[str, SourceError]) -> list[str]:
    said = [translate(STREAM_FAILED) % {"stream": name, "cause": error.message} for name, error in list(failed.items())[:NAMED]]
    return said + ([translate(MORE_FAILED) % {"count": len(failed) - NAMED}] if len(failed) > NAMED else [])


def _note_states(
    source: Source, record: RemoteRecord, resource_id: str, listed: Mapping[str, tuple[Any, dict[str, Any]]], result: Result
) -> None:
    """Mark streams that fell silent, vanished or came back; a remark says so once."""
    hours, now = source.settings["silent_hours"], utcnow()
    silent, gone, back = [], [], []
    rows = memory.streams(source.id, record.remote_id)
    for stream_id, row in rows.items():
        state = row.state
        if stream_id not in listed:
            state = VANISHED
        elif row.watermark is not None and stream_id in result.done:
            state = SILENT if hours and now - row.watermark > timedelta(hours=hours) else ""
        if state != row.state:
            {SILENT: silent, VANISHED: gone}.get(state, back).append(stream_id)
    named = {stream_id: stream["name"] or stream_id for stream_id, (_, stream) in listed.items()}
    for state, streams, text in ((SILENT, silent, IS_SILENT), (VANISHED, gone, IS_GONE), ("", back, IS_BACK)):
        if streams:
            memory.note_streams(source.id, record.remote_id, {stream_id: {"state": state} for stream_id in streams})
            names = _names(named.get(stream_id, stream_id) for stream_id in streams)
            result.remarks.append(translate(text) % {"hours": hours, "names": names})
    if gone:
        timeseries.mark(resource_id, VANISHED, [name for stream_id in gone for name in _register_ids(stream_id, rows[stream_id].series)])


def _register_ids(stream_id: str, written: str | None) -> list[str]:
    """Under which ids the register knows a stream: the parts of a MultiDatastream have their own."""
    count = len((written or "").split(SEPARATOR))
    return [f"{stream_id}-{number}" for number in range(1, count + 1)] if stream_id.startswith(MULTI) else [stream_id]


def _names(names: Iterable[str]) -> str:
    found = list(names)
    return ", ".join(found[:NAMED]) + (f" … ({len(found)})" if len(found) > NAMED else "")


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
        self.flushed = time.monotonic()

    def add(self, rows: list[list[Any]]) -> None:
        """The rows of one more observation."""
        self.rows += rows
        self.result.read += 1
        if len(self.rows) >= BATCH:
            self.flush()

    def page_done(self) -> None:
        """A page has been added wholly, and marked."""
        if time.monotonic() - self.flushed >= PATIENCE:
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
        self.marks, self.flushed = {}, time.monotonic()
