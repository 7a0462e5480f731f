"""NGSI-LD 1.6 (ETSI GS CIM 009) and NGSIv2: one dataset for each type of entity, its attributes as series. The plugin
`dp_harvest_ngsi_ld` is in `ngsi_push.plugin`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import ckan.model as model

from ckanext.datenplattform.core.i18n import N_, translate

from . import ngsi_context, report, sources
from .language import site_language
from .model import HarvestRecord
from .ngsi_client import NgsiClient, root_of
from .ngsi_mapping import LONGEST, thing_content, usable_id, without_values
from .ngsi_models import last_part, short
from .ngsi_push import receiving, subscription
from .ngsi_v2 import NgsiV2Client
from .records import MappedRecord, RemoteRecord, Source
from .sensorthings_mapping import SERIES, map_group
from .series import COLUMN, KINDS, READING, SeriesHarvester
from .settings import CHECKBOX, LIST, MAPPING, NUMBER, SELECT, URL, Field
from .web import Web

log = logging.getLogger(__name__)

API = "api"
LD, V2 = "ngsi-ld", "ngsiv2"
API_NAME = N_("NGSI-LD API of the source")
API_NAME_V2 = N_("NGSIv2 API of the source")
NOTHING_MEASURED = N_("The entities of the type “%(type)s” have no attribute with a time of measurement; there will be no series.")
BAD_IDS = N_("%(count)s entities of the type “%(type)s” have an id that is too long or cannot be stored. They were left out.")


class NgsiLdHarvester(SeriesHarvester):
    """Harvest type `ngsi-ld`."""

    kind = "ngsi-ld"
    title = N_("NGSI-LD 1.6 (context broker)")
    description = N_("Entities of a context broker (FIWARE and others) and their history; a dataset for each type of entity.")
    fields = (
        Field(
            "version",
            N_("Version of the API"),
            N_("NGSIv2 keeps no histories: each run takes the present values, and those in between come only if the broker tells them."),
            SELECT,
            LD,
            choices=((LD, "NGSI-LD 1.6"), (V2, "NGSIv2")),
        ),
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
        Field(
            "push",
            N_("The broker tells new values by itself"),
            N_("The platform registers for that at the broker, with a secret of its own. The broker must be able to reach this portal."),
            CHECKBOX,
            False,
        ),
        Field("public_source", N_("The server is public"), N_("Name its address in the datasets."), CHECKBOX, False),
        Field(
            "context",
            N_("Address of the @context"),
            N_("The broker is told to use it. Empty: the broker's default."),
            URL,
            folded=True,
        ),
        Field(
            "fetch_context",
            N_("The platform may fetch the @context"),
            N_("Once a day, to learn what names of its own the broker uses. Without it the platform never fetches an @context."),
            CHECKBOX,
            False,
            folded=True,
        ),
        Field(
            "tenant",
            N_("Tenant"),
            N_("Name of the area within the broker (NGSILD-Tenant, Fiware-Service), if it has several."),
            folded=True,
        ),
        Field("service_path", N_("Service path"), N_("Only NGSIv2 (Fiware-ServicePath): /trees, or /# for all."), folded=True),
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
        given, client = source.settings, client_of(source, web)
        known = ngsi_context.names(source)
        groups: dict[str, list[dict[str, Any]]] = {}
        left_out: dict[str, int] = {}
        for name in dict.fromkeys(given["types"] or client.types()):
            kind = known.get(name) or short(name)
            for entity in client.entities(name, given["condition"], given["max_entities"]):
                if not usable_id(entity["id"]):
                    left_out[kind] = left_out.get(kind, 0) + 1
                    continue
                thing = thing_content(entity, kind, {**known, **given["terms"]}, given["clock"])
                groups.setdefault("/".join(filter(None, (kind, _group(thing, given["group_by"])))), []).append(thing)
        for kind, things in sorted(groups.items()):
            things.sort(key=lambda thing: thing["id"])
            warnings = [] if any(thing["streams"] for thing in things) else [translate(NOTHING_MEASURED) % {"type": kind}]
            for name in [name for name in left_out if f"{kind}/".startswith(f"{name}/")]:
                warnings.append(translate(BAD_IDS) % {"count": left_out.pop(name), "type": name})
            yield RemoteRecord(
                remote_id=kind,
                content={"kind": kind, "things": things},
                title=given["titles"].get(kind, last_part(kind)),
                # What was measured last is no change of the dataset.
                fingerprint=[kind, [without_values(thing) for thing in things]],
                warnings=warnings,
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
            old = given["version"] == V2
            root = root_of(source.url, (NgsiV2Client if old else NgsiClient).root) + "/"
            standard = "FIWARE-NGSI v2" if old else "ETSI GS CIM 009 V1.6.1 (NGSI-LD)"
            service = {"title": source.title, "endpoint_url": [root], "conforms_to": [standard]}
            name, form = (API_NAME_V2, "NGSIv2") if old else (API_NAME, "NGSI-LD")
            mapped.dataset["resources"].append(
                {"key": API, "name": translate(name), "format": form, "url": root, "access_services": [service]}
            )
        return mapped

    def reader(self, source: Source, record: RemoteRecord, web: Web, row: HarvestRecord) -> NgsiClient:
        """The histories of the record's entities."""
        client = client_of(source, web)
        client.know(record.content["things"])
        return client

    def gather_stage(self, job: Any) -> list[str]:
        """As the base; then the broker is told whether it shall tell new values by itself. Never raises."""
        with site_language():
            self._quietly(job, lambda source: receiving.begin_run(source.id))
        waiting = super().gather_stage(job)
        with site_language():
            if not report.has_failed(job):
                self._quietly(job, lambda source: self._tell(job, source))
        return waiting

    def write_series(
        self, source: Source, record: RemoteRecord, resources: dict[str, str], web: Web, row: HarvestRecord
    ) -> tuple[int, list[str]]:
        """As the base; then what the broker told before this run knew the entity."""
        written, remarks = super().write_series(source, record, resources, web, row)
        if source.settings["push"] and resources.get(SERIES) and "truth" in row.state:
            things, extra = record.content["things"], source.settings["columns"]
            target = receiving.target_of(record.remote_id, resources[SERIES], things, row.state["truth"], extra)
            if target is not None:
                written += receiving.use_waiting(source, ngsi_context.kept(source), target)
        return written, remarks

    def stop_telling(self, source: Source) -> None:
        """The source is switched off: end its subscription. Raises what settings and secrets raise."""
        with self.web(source) as web:
            subscription.cancel(source, client_of(source, web), for_good=True)

    def _tell(self, job: Any, source: Source) -> None:
        with self.web(source) as web:
            client = client_of(source, web)
            kinds = source.settings["types"] or (client.types() if source.settings["push"] else [])
            failure = subscription.keep_up(source, client, sorted(dict.fromkeys(kinds)))
        if failure:
            report.job_notice(job, source.title, failure)

    def _quietly(self, job: Any, work: Callable[[Source], None]) -> None:
        """What is beside a run must not end it."""
        try:
            work(sources.load(job.source))
        except Exception as error:
            model.Session.rollback()
            log.warning("source %s, beside the run: %s", job.source.id, report.cause(error))


def client_of(source: Source, web: Web) -> NgsiClient:
    """A client for the version that the source speaks."""
    return NgsiV2Client(source, web) if source.settings["version"] == V2 else NgsiClient(source, web)


def _group(thing: dict[str, Any], name: str) -> str:
    return str(thing["properties"].get(name) or "")[:LONGEST] if name else ""
