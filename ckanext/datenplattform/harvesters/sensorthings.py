"""SensorThings 1.1: one dataset for each kind of Thing, its series in the DataStore. Plugin
`dp_harvest_sensorthings`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from ..core.clock import utcnow
from . import sensorthings_rows as rows
from .base import DatenplattformHarvester
from .model import HarvestRecord
from .records import MappedRecord, RemoteRecord, Source
from .sensorthings_client import Client, Dialect
from .sensorthings_mapping import OTHER, SERIES, group_of, map_group, series, thing_content
from .sensorthings_series import read_series
from .settings import CHECKBOX, COLUMNS, DATE, MAPPING, NUMBER, Field
from .web import Web

COUNTS = N_("Places of measurement: %(things)s, series: %(series)s")
MEASURED = N_("What is measured: %(list)s")
IN_COLUMNS = N_("Columns: %(list)s")
#: How many properties a preview names.
SHOWN = 12


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
        Field(
            "columns",
            N_("Further columns of the measurements"),
            N_("One line for each property of a Thing, a Datastream or a measurement that becomes a column: district = stadtteil"),
            COLUMNS,
            taken=rows.NAMES,
        ),
        Field(
            "moving",
            N_("The Things move"),
            N_("Take the place of each measurement (FeatureOfInterest). That takes longer."),
            CHECKBOX,
            False,
        ),
        Field("public_source", N_("The server is public"), N_("Name its address in the datasets."), CHECKBOX, False),
        Field("start_date", N_("Read measurements from"), N_("Empty: all that the server has."), DATE),
        Field(
            "interval_minutes",
            N_("Read measurements every … minutes at most"),
            N_("0: in each run."),
            NUMBER,
            0,
            high=100_000,
            folded=True,
        ),
        Field(
            "silent_hours",
            N_("Tell when a series has had nothing new for … hours"),
            N_("0: never."),
            NUMBER,
            24,
            high=100_000,
            folded=True,
        ),
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
            N_("The next run goes on from there: so a long history comes in steps."),
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
        if not _is_due(source, row.state.get("read_at")):
            return 0, []
        client = Client(source.url, web, Dialect.load(row.state.get("dialect")))
        things, extra = record.content["things"], source.settings["columns"]
        truth = row.state.get("truth", rows.only_truth(things))
        wanted = rows.columns(things, truth=truth, moving=source.settings["moving"], extra=extra)
        present = timeseries.ensure_table(resource_id, wanted)
        names = (*rows.NAMES, *extra.values())
        table = rows.Table(tuple(name for name in names if name in present), truth, extra)
        channels = timeseries.describe_streams(resource_id, rows.described(things))
        result = read_series(source, record, client, resource_id, table, channels)
        # What did not fit into this run need not wait for the interval.
        read_at = utcnow().isoformat() if result.read < source.settings["max_rows"] else None
        row.state = {**row.state, "dialect": client.dialect.dump(), "truth": truth, "read_at": read_at}
        return result.written, result.remarks

    def preview_facts(self, source: Source, record: RemoteRecord) -> list[str]:
        """How many places and series, what they measure, in which columns."""
        things = record.content["things"]
        found = [stream for thing in things for stream in series(thing)]
        measured = dict.fromkeys(f"{stream['property']['name'] or '?'} [{rows.unit_of(stream) or '–'}]" for stream in found)
        columns = rows.columns(things, truth=rows.only_truth(things), moving=source.settings["moving"], extra=source.settings["columns"])
        return [
            translate(COUNTS) % {"things": len(things), "series": len(found)},
            translate(MEASURED) % {"list": ", ".join([*measured][:SHOWN]) + (" …" if len(measured) > SHOWN else "")},
            translate(IN_COLUMNS) % {"list": ", ".join(column["id"] for column in columns)},
        ]


def _is_due(source: Source, read_at: str | None) -> bool:
    """Whether the measurements may be read again already."""
    minutes = source.settings["interval_minutes"]
    return not minutes or not read_at or utcnow() - datetime.fromisoformat(read_at) >= timedelta(minutes=minutes)


def _without_links(thing: dict[str, Any]) -> dict[str, Any]:
    return {**thing, "streams": [_plain(stream) for stream in thing["streams"]]}


def _plain(stream: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in stream.items() if key != "link"}
    return {**found, "parts": [_plain(part) for part in found["parts"]]} if "parts" in found else found
