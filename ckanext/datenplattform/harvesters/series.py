"""What all harvesters of series share: settings, bringing the rows up to date, and what a preview tells. A protocol adds its client."""

from __future__ import annotations

from datetime import datetime, timedelta

from ckanext.datenplattform.core.i18n import N_, translate
from ckanext.datenplattform.timeseries import shared as timeseries

from ..core.clock import utcnow
from . import sensorthings_rows as rows
from .base import DatenplattformHarvester
from .model import HarvestRecord
from .records import RemoteRecord, Source
from .sensorthings_mapping import SERIES, series
from .sensorthings_series import Reader, read_series
from .settings import COLUMNS, DATE, MAPPING, NUMBER, Field
from .web import Web

COUNTS = N_("Places of measurement: %(things)s, series: %(series)s")
MEASURED = N_("What is measured: %(list)s")
IN_COLUMNS = N_("Columns: %(list)s")
#: How many properties a preview names.
SHOWN = 12

#: What belongs to a kind; each kind becomes a dataset.
KINDS = (
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
)
COLUMN = Field(
    "columns",
    N_("Further columns of the measurements"),
    N_("One line for each property of a Thing, a Datastream or a measurement that becomes a column: district = stadtteil"),
    COLUMNS,
    taken=rows.NAMES,
)
#: How the history is read.
READING = (
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


class SeriesHarvester(DatenplattformHarvester):
    """A record is ``{"kind", "things"}`` in the form of `sensorthings_mapping`: one data model for all protocols."""

    source_class = "iot"
    has_series = True

    def reader(self, source: Source, record: RemoteRecord, web: Web, row: HarvestRecord) -> Reader:
        """The client that reads the streams of a record."""
        raise NotImplementedError

    def write_series(
        self, source: Source, record: RemoteRecord, resources: dict[str, str], web: Web, row: HarvestRecord
    ) -> tuple[int, list[str]]:
        """Read what is new in each stream, and write it."""
        resource_id = resources.get(SERIES)
        if not resource_id:
            return 0, []
        if not _is_due(source, row.state.get("read_at")):
            return 0, []
        client = self.reader(source, record, web, row)
        things, extra = record.content["things"], source.settings["columns"]
        truth = row.state.get("truth", rows.only_truth(things))
        wanted = rows.columns(things, truth=truth, moving=source.settings.get("moving", False), extra=extra)
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
        extra, moving = source.settings["columns"], source.settings.get("moving", False)
        columns = rows.columns(things, truth=rows.only_truth(things), moving=moving, extra=extra)
        return [
            translate(COUNTS) % {"things": len(things), "series": len(found)},
            translate(MEASURED) % {"list": ", ".join([*measured][:SHOWN]) + (" …" if len(measured) > SHOWN else "")},
            translate(IN_COLUMNS) % {"list": ", ".join(column["id"] for column in columns)},
        ]


def _is_due(source: Source, read_at: str | None) -> bool:
    """Whether the measurements may be read again already."""
    minutes = source.settings["interval_minutes"]
    return not minutes or not read_at or utcnow() - datetime.fromisoformat(read_at) >= timedelta(minutes=minutes)
