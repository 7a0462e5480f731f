"""SensorThings 1.1: one dataset for each kind of Thing, its series in the DataStore. Plugin
`dp_harvest_sensorthings`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ckanext.datenplattform.core.i18n import N_

from .model import HarvestRecord
from .records import MappedRecord, RemoteRecord, Source
from .sensorthings_client import Client, Dialect
from .sensorthings_mapping import OTHER, group_of, map_group, thing_content
from .series import COLUMN, KINDS, READING, SeriesHarvester
from .settings import CHECKBOX, Field
from .web import Web


class SensorThingsHarvester(SeriesHarvester):
    """Harvest type `sensorthings`."""

    kind = "sensorthings"
    title = N_("SensorThings API 1.1")
    description = N_("Sensors and their measurements by the OGC standard SensorThings; a dataset for each kind of Thing.")
    fields = (
        Field(
            "group_by",
            N_("Group by"),
            N_("The property of a Thing that says of which kind it is; each kind becomes a dataset."),
            default="kind",
        ),
        *KINDS,
        Field(
            "things_filter",
            N_("Only some Things"),
            N_("A $filter as SensorThings writes it: properties/kind eq 'tree'"),
        ),
        COLUMN,
        Field(
            "moving",
            N_("The Things move"),
            N_("Take the place of each measurement (FeatureOfInterest). That takes longer."),
            CHECKBOX,
            False,
        ),
        Field("public_source", N_("The server is public"), N_("Name its address in the datasets."), CHECKBOX, False),
        *READING,
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

    def reader(self, source: Source, record: RemoteRecord, web: Web, row: HarvestRecord) -> Client:
        """By the links of the server, in the way that it understood last time."""
        return Client(source.url, web, Dialect.load(row.state.get("dialect")))


def _without_links(thing: dict[str, Any]) -> dict[str, Any]:
    return {**thing, "streams": [_plain(stream) for stream in thing["streams"]]}


def _plain(stream: dict[str, Any]) -> dict[str, Any]:
    found = {key: value for key, value in stream.items() if key != "link"}
    return {**found, "parts": [_plain(part) for part in found["parts"]]} if "parts" in found else found
