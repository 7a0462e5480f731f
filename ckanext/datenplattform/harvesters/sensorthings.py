"""SensorThings 1.1: one dataset for each kind of Thing, its series in the DataStore. Plugin
`dp_harvest_sensorthings`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ckanext.datenplattform.core.errors import SourceFormat, SourceStatus
from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from . import sensorthings_rows as rows
from .base import DatenplattformHarvester
from .model import HarvestRecord
from .records import MappedRecord, RemoteRecord, Source
from .sensorthings_client import Client, Dialect
from .sensorthings_mapping import OTHER, SERIES, group_of, map_group, thing_content
from .sensorthings_series import read_series
from .settings import CHECKBOX, DATE, MAPPING, NUMBER, Field
from .web import Web

STREAM_FAILED = N_("The series “%(stream)s” could not be read: %(cause)s")


class SensorThingsHarvester(DatenplattformHarvester):
    """Harvest type `sensorthings`."""

    kind = "sensorthings"
    title = N_("SensorThings API 1.1")
    description = N_("Sensors and their measurements by the OGC standard SensorThings; a dataset for each kind of Thing.")
    source_class = "iot"
    has_series = True
    fields = (
        Field(
            "group_by",
            N_("Group by"),
            N_("The property of a Thing that says of which kind it is; each kind becomes a dataset."),
            default="kind",
        ),
        Field(
            "titles",
            N_("Titles of the datasets"),
            N_("One line for each kind: parking = Parking for disabled people"),
            MAPPING,
        ),
        Field("kind_themes", N_("Categories by kind"), N_("One line for each kind: parking = TRAN"), MAPPING),
        Field(
            "kind_units",
            N_("Units by kind"),
            N_("Where a kind belongs to another unit: groundwater = name-of-the-unit"),
            MAPPING,
        ),
        Field(
            "things_filter",
            N_("Only some Things"),
            N_("A $filter as SensorThings writes it: properties/kind eq 'tree'"),
        ),
        Field("public_source", N_("The server is public"), N_("Name its address in the datasets."), CHECKBOX, False),
        Field("start_date", N_("Read measurements from"), N_("Empty: all that the server has."), DATE),
        Field(
            "overlap_minutes",
            N_("Read again the last minutes"),
            N_("Measurements that arrive late are found within this time."),
            NUMBER,
            120,
            high=100_000,
            folded=True,
        ),
        Field(
            "max_rows",
            N_("At most so many measurements in one run"),
            N_("The next run goes on from there."),
            NUMBER,
            1_000_000,
            low=1,
            high=100_000_000,
            folded=True,
        ),
    )

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """One record for each kind, in the order of their names."""
        groups: dict[str, list[dict[str, Any]]] = {}
        for thing in Client(source.url, web).things(source.settings["things_filter"]):
            content = thing_content(thing)
            groups.setdefault(group_of(content, source.settings["group_by"]), []).append(content)
        for kind, things in sorted(groups.items()):
            things.sort(key=lambda thing: thing["id"])
            yield RemoteRecord(
                remote_id=kind or OTHER,
                content={"kind": kind, "things": things},
                title=source.settings["titles"].get(kind, kind),
                # Links may change with the server's address; that is no change of the data.
                fingerprint=[kind, [_without_links(thing) for thing in things]],
            )

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """See `sensorthings_mapping.map_group`."""
        return map_group(source, record.content)

    def write_series(
        self, source: Source, record: RemoteRecord, resources: dict[str, str], web: Web, row: HarvestRecord
    ) -> tuple[int, list[str]]:
        """Read what is new in each stream, and write it."""
        resource_id = resources.get(SERIES)
        if not resource_id:
            return 0, []
        client = Client(source.url, web, Dialect.load(row.state.get("dialect")))
        present = timeseries.ensure_table(resource_id, rows.columns(record.content["things"]))
        columns = [name for name in rows.NAMES if name in present]
        channels = timeseries.describe_streams(resource_id, rows.described(record.content["things"]), complete=True)
        result = read_series(source, record, client, resource_id, columns, (SourceStatus, SourceFormat), channels)
        row.state = {**row.state, "dialect": client.dialect.dump()}
        remarks = result.remarks + [
            translate(STREAM_FAILED) % {"stream": stream, "cause": error.message} for stream, error in result.failed.items()
        ]
        return result.written, remarks


def _without_links(thing: dict[str, Any]) -> dict[str, Any]:
    return {**thing, "streams": [{k: v for k, v in stream.items() if k != "link"} for stream in thing["streams"]]}
