"""NGSI-LD 1.6 (ETSI GS CIM 009): one dataset for each type of entity, its attributes as series. Plugin `dp_harvest_ngsi_ld`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate

from .model import HarvestRecord
from .ngsi_client import NgsiClient, root_of
from .ngsi_mapping import LONGEST, thing_content, without_values
from .ngsi_models import last_part, short
from .records import MappedRecord, RemoteRecord, Source
from .sensorthings_mapping import map_group
from .series import COLUMN, KINDS, READING, SeriesHarvester
from .settings import CHECKBOX, LIST, MAPPING, NUMBER, SELECT, URL, Field
from .web import Web

API = "api"
API_NAME = N_("NGSI-LD API of the source")
NOTHING_MEASURED = N_("The entities of the type “%(type)s” have no attribute with a time of measurement; there will be no series.")


class NgsiLdHarvester(SeriesHarvester):
    """Harvest type `ngsi-ld`."""

    kind = "ngsi-ld"
    title = N_("NGSI-LD 1.6 (context broker)")
    description = N_("Entities of a context broker (FIWARE and others) and their history; a dataset for each type of entity.")
    fields = (
        Field("types", N_("Types of entities"), N_("One per line, as the broker calls them: TrafficFlowObserved. Empty: all."), LIST),
        Field("condition", N_("Only some entities"), N_('A q as NGSI-LD writes it: municipality=="Musterstadt"')),
        Field(
            "group_by",
            N_("Divide a type by"),
            N_("An attribute; each of its values becomes a dataset of its own. Empty: one dataset for each type."),
        ),
        *KINDS,
        Field(
            "terms",
            N_("Names of attributes"),
            N_("Where the broker has names of its own, one line each: freiePlaetze = availableSpotNumber"),
            MAPPING,
        ),
        COLUMN,
        Field(
            "history",
            N_("Read the history"),
            N_("By the temporal API of the broker. Without it each run takes the present values."),
            CHECKBOX,
            True,
        ),
        Field("public_source", N_("The server is public"), N_("Name its address in the datasets."), CHECKBOX, False),
        Field(
            "context",
            N_("Address of the @context"),
            N_("The broker is told to use it; the platform itself never fetches it. Empty: the broker's default."),
            URL,
            folded=True,
        ),
        Field("tenant", N_("Tenant"), N_("Name of the area within the broker (NGSILD-Tenant), if it has several."), folded=True),
        Field(
            "clock",
            N_("Time of a measurement"),
            "",
            SELECT,
            "observedAt",
            choices=(("observedAt", N_("when it was measured (observedAt)")), ("modifiedAt", N_("when the broker got it (modifiedAt)"))),
            folded=True,
        ),
        *READING,
        Field("max_entities", N_("At most so many entities of a type"), "", NUMBER, 20_000, low=1, high=1_000_000, folded=True),
    )

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """One record for each type (and group), in the order of their names."""
        given, client = source.settings, NgsiClient(source, web)
        groups: dict[str, list[dict[str, Any]]] = {}
        for name in dict.fromkeys(given["types"] or client.types()):
            kind = short(name)
            for entity in client.entities(name, given["condition"], given["max_entities"]):
                thing = thing_content(entity, kind, given["terms"], given["clock"])
                groups.setdefault("/".join(filter(None, (kind, _group(thing, given["group_by"])))), []).append(thing)
        for kind, things in sorted(groups.items()):
            things.sort(key=lambda thing: thing["id"])
            yield RemoteRecord(
                remote_id=kind,
                content={"kind": kind, "things": things},
                title=given["titles"].get(kind, last_part(kind)),
                # What was measured last is no change of the dataset.
                fingerprint=[kind, [without_values(thing) for thing in things]],
                warnings=[] if any(thing["streams"] for thing in things) else [translate(NOTHING_MEASURED) % {"type": kind}],
            )

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """As series of SensorThings are: one data model for all protocols."""
        given = source.settings
        titles = {record.content["kind"]: f"{source.title}: {last_part(record.content['kind'])}", **given["titles"]}
        mapped = map_group(
            replace(source, settings={**given, "titles": titles, "group_by": "", "public_source": False}),
            record.content,
        )
        if given["public_source"]:
            root = root_of(source.url) + "/"
            service = {"title": source.title, "endpoint_url": [root], "conforms_to": ["ETSI GS CIM 009 V1.6.1 (NGSI-LD)"]}
            mapped.dataset["resources"].append(
                {"key": API, "name": translate(API_NAME), "format": "NGSI-LD", "url": root, "access_services": [service]}
            )
        return mapped

    def reader(self, source: Source, record: RemoteRecord, web: Web, row: HarvestRecord) -> NgsiClient:
        """The histories of the record's entities."""
        client = NgsiClient(source, web)
        client.know(record.content["things"])
        return client


def _group(thing: dict[str, Any], name: str) -> str:
    return str(thing["properties"].get(name) or "")[:LONGEST] if name else ""
