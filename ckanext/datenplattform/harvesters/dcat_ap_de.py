"""Catalogues in DCAT-AP.de, in any of RDF's four forms: one dataset for each dcat:Dataset. Plugin `dp_harvest_dcat_ap_de`."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from ckanext.datenplattform.core.errors import SourceError
from ckanext.datenplattform.core.http import MEMORY_LIMIT, host_of
from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.dcat_ap_de import shared as dcat

from . import twins
from .base import DatenplattformHarvester
from .records import MappedRecord, RemoteRecord, Source
from .settings import NUMBER, SELECT, Field
from .web import Repeats, Web

log = logging.getLogger(__name__)

ACCEPT = "application/rdf+xml, text/turtle;q=0.9, application/ld+json;q=0.8, application/n-triples;q=0.8, */*;q=0.1"
UNREADABLE = N_("The source %(host)s could not be read: %(reason)s")
#: Media types that say something: many servers send catalogues as plain text.
TELLING = frozenset(
    {
        "application/rdf+xml",
        "text/turtle",
        "application/x-turtle",
        "text/n3",
        "application/ld+json",
        "application/n-triples",
    }
)


class NotRdf(SourceError):
    """The answer is no catalogue."""

    template = UNREADABLE


class DcatApDeHarvester(DatenplattformHarvester):
    """Harvest type `dcat_ap_de`."""

    kind = "dcat_ap_de"
    title = N_("DCAT-AP.de")
    description = N_("A catalogue as RDF/XML, Turtle, JSON-LD or N-Triples, also over several pages.")
    source_class = "outside"
    mapping_version = 2
    fields = (
        Field(
            "format",
            N_("Format"),
            N_("Empty: recognised."),
            SELECT,
            choices=(
                ("", N_("recognised")),
                ("rdf", "RDF/XML"),
                ("ttl", "Turtle"),
                ("jsonld", "JSON-LD"),
                ("nt", "N-Triples"),
            ),
        ),
        Field(
            "rank",
            N_("Rank among sources"),
            N_("When two sources have the same dataset, the one with the smaller number brings it; of equal ones the first."),
            NUMBER,
            twins.DEFAULT_RANK,
            low=1,
            high=100,
        ),
    )

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """One record for each dataset of all pages; what cannot be read of one dataset is its error, not the
        catalogue's."""
        url, seen = source.url, set()
        while url:
            if url in seen:
                raise Repeats(host_of(url))
            seen.add(url)
            with _read(url, source.settings["format"], web) as catalogue:
                for found in catalogue.records():
                    yield _remote(found)
                url = catalogue.next_page or ""

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """The dataset as `dcat_ap_de.shared.parse` read it. What DCAT-AP.de says against it is a remark: it comes all the
        same, and only new and changed records are looked at."""
        dataset = dict(record.content["dataset"])
        return MappedRecord(dataset, warnings=_findings(dataset))


def _read(url: str, form: str, web: Web) -> dcat.Catalogue:
    """One page of a catalogue. Raises `SourceError`."""
    with web.get(url, accept=ACCEPT) as page:
        said = form or _media_type(page.headers.get("content-type", ""))
        try:
            # A large body is in a file already and stays there.
            return dcat.read(page.content if page.size <= MEMORY_LIMIT else page.path, said, base=page.url)
        except dcat.Unreadable as error:
            raise NotRdf(page.host, reason=error.message) from error


def _remote(found: dcat.Record) -> RemoteRecord:
    return RemoteRecord(
        found.remote_id,
        {"dataset": found.dataset},
        title=(found.dataset or {}).get("title") or "",
        error=found.error,
        unknown=found.unknown,
        identities=twins.worldwide(found.identifiers),
        warnings=list(found.warnings),
    )


def _findings(dataset: dict[str, Any]) -> list[str]:
    """What DCAT-AP.de says against a dataset. A defect of the check is none of the record."""
    try:
        return dcat.findings_as_text(dataset)
    except Exception:
        log.exception("DCAT record not checked")
        return []


def _media_type(header: str) -> str | None:
    """What the server says, where that tells anything."""
    name = header.split(";")[0].strip().lower()
    return name if name in TELLING else None
