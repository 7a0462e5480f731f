"""From messages to committed rows. What is written here may be acknowledged; an exception means: nothing of it may."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import ckan.model as model
import psycopg2
from ckanext.harvest.logic import HarvestJobExists
from ckanext.harvest.model import HarvestSource

from ckanext.datenplattform.core.errors import PlatformError
from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.timeseries import shared as timeseries

from .. import jobs, memory, sources
from ..records import Source
from ..sensorthings_mapping import SERIES
from . import devices, formats, report, series
from .link import Message

log = logging.getLogger(__name__)

TOO_LARGE = N_("The message is larger than the source's settings allow.")
NOT_STORED = N_("A value of the message does not fit into the series.")
NO_DATASET = N_(
    "The dataset “%(dataset)s” could not be made, so no message is taken; the broker keeps them. The last run of the source says why."
)


class NoDataset(PlatformError):
    """What the table of devices names is not there."""

    template = NO_DATASET


@dataclass(frozen=True)
class Table:
    """Where the rows of a dataset go: resource, its columns, source's name of a series → how it is written."""

    resource_id: str
    names: Sequence[str]
    channels: Mapping[str, timeseries.Channel]


@dataclass(frozen=True)
class Setup:
    """All that is needed to keep messages of a source. ``version``: changes when settings or devices do."""

    source: Source
    version: tuple[Any, ...]
    targets: Mapping[str, Mapping[str, series.Target]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)


def version(source_id: str) -> tuple[Any, ...]:
    """What a `Setup` depends on; empty when the source is switched off."""
    model.Session.expire_all()
    source: Any = HarvestSource.get(source_id)
    if source is None or not source.active:
        return ()
    return (source.url, source.config, source.title, devices.latest_change(source_id))


def prepare(source_id: str, *, datasets: bool) -> Setup:
    """Bring the datasets (only with ``datasets``), their tables and the register of streams in line with the table of devices.

    Raises `NoDataset`, `settings.Invalid`; what the database raises.
    """
    now = version(source_id)
    source = sources.load(HarvestSource.get(source_id))
    targets = devices.targets(source_id)
    if datasets and targets:
        try:
            jobs.run_source(source_id)
        except HarvestJobExists:
            # A run is under way: if it has made them all, nothing is missing.
            log.info("MQTT source %s: a run is under way", source_id)
        model.Session.expire_all()
    tables = {}
    for dataset in sorted({target.dataset for target in targets}):
        resource_id = (memory.record(source_id, dataset).state.get("resources") or {}).get(SERIES)
        if not resource_id:
            raise NoDataset(dataset=dataset)
        present = timeseries.ensure_table(resource_id, series.columns())
        channels = timeseries.describe_streams(resource_id, series.described(targets, dataset), complete=True)
        tables[dataset] = Table(resource_id, [name for name in series.NAMES if name in present], channels)
    # What came while the table changed was still unknown.
    report.forget_unknown(source_id, {target.device for target in targets})
    return Setup(source, now, series.by_device(targets), tables)


def keep(setup: Setup, messages: Iterable[Message]) -> report.Outcome:
    """Write the rows of these messages and note what could not be used. Commits; the same messages again change nothing."""
    outcome = report.Outcome()
    rows: dict[str, list[tuple[Message, tuple[Any, ...]]]] = {}
    for message in messages:
        outcome.received += 1
        for dataset, row in _rows(setup, message, outcome):
            rows.setdefault(dataset, []).append((message, row))
    for dataset, found in rows.items():
        _write(setup.tables[dataset], found, outcome)
    report.note(setup.source.id, outcome)
    return outcome


def _rows(setup: Setup, message: Message, outcome: report.Outcome) -> list[tuple[str, tuple[Any, ...]]]:
    given = setup.source.settings
    if len(message.payload) > given["max_kilobytes"] * 1000:
        outcome.problem(TOO_LARGE, message.topic, message.payload)
        return []
    try:
        paths = {"device": given["json_device"], "time": given["json_time"]}
        readings = formats.read(given["format"], message.topic, message.payload, paths)
    except formats.Unreadable as reason:
        outcome.problem(str(reason), message.topic, message.payload)
        return []
    found = []
    for reading in readings:
        fields = setup.targets.get(reading.device, {})
        used = [target for name, target in fields.items() if name in reading.values]
        if not used:
            outcome.strange(reading.device, series.samples(reading.values))
        for target in used:
            channel = setup.tables[target.dataset].channels[target.stream]
            found.append((target.dataset, series.row(target, reading, channel)))
    return found


def _write(table: Table, found: list[tuple[Message, tuple[Any, ...]]], outcome: report.Outcome) -> None:
    """All rows in one transaction; where the database refuses one for what it is, all others all the same."""
    places = [series.NAMES.index(name) for name in table.names]
    try:
        done = timeseries.write_rows(table.resource_id, [[row[place] for place in places] for _, row in found], table.names)
    except (ValueError, psycopg2.DataError) as error:
        if len(found) > 1:
            half = len(found) // 2
            _write(table, found[:half], outcome)
            _write(table, found[half:], outcome)
            return
        message = found[0][0]
        log.warning("MQTT: a value does not fit: %s", type(error).__name__)
        outcome.problem(NOT_STORED, message.topic, message.payload)
        return
    outcome.written += done["written"]
    outcome.staged += done["staged"]
