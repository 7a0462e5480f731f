"""Catalogues in DCAT-AP.de, RDF/XML or Turtle: one dataset for each dcat:Dataset. Plugin `dp_harvest_dcat_ap_de`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin
from xml.etree.ElementTree import ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from ckanext.datenplattform.core.errors import SourceError
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.dcat_ap_de import shared as dcat

from .base import DatenplattformHarvester
from .records import MappedRecord, RemoteRecord, Source
from .settings import Field
from .web import Repeats, Web

ACCEPT = "application/rdf+xml, text/turtle;q=0.9, */*;q=0.1"
UNREADABLE = N_("The source %(host)s could not be read: %(reason)s")
_HYDRA = "{http://www.w3.org/ns/hydra/core#}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
# In Turtle the link is an address or a text: hydra:next <…>, hydra:nextPage "…".
_TURTLE_NEXT = re.compile(rb"(?:\w*hydra\w*:|<http://www\.w3\.org/ns/hydra/core#)next(?:Page)?>?\s+(?:<([^>\s]+)>|\"([^\"]+)\")")


class NotRdf(SourceError):
    """The answer is no catalogue."""

    template = UNREADABLE


class DcatApDeHarvester(DatenplattformHarvester):
    """Harvest type `dcat_ap_de`."""

    kind = "dcat_ap_de"
    title = N_("DCAT-AP.de")
    description = N_("A catalogue as RDF/XML or Turtle, also over several pages.")
    source_class = "outside"
    fields = (Field("format", N_("Format"), N_("Empty: recognised. Otherwise rdf or ttl.")),)

    def list_records(self, source: Source, web: Web) -> Iterator[RemoteRecord]:
        """One record for each dataset of all pages; what cannot be read of one dataset is its error, not the
        catalogue's."""
        url, seen = source.url, set()
        while url:
            if url in seen:
                raise Repeats(host_of(url))
            seen.add(url)
            with web.get(url, accept=ACCEPT) as page:
                form = source.settings["format"] or _media_type(page.headers.get("content-type", ""))
                content, base = page.content, page.url
            try:
                for found in dcat.parse(content, form, base=base):
                    title = (found.dataset or {}).get("title") or ""
                    yield RemoteRecord(
                        found.remote_id,
                        {"dataset": found.dataset},
                        title=title,
                        error=found.error,
                        warnings=list(found.warnings),
                    )
            except dcat.Unreadable as error:
                raise NotRdf(host_of(url), reason=str(error)) from error
            following = next_page(content)
            url = urljoin(base, following) if following else ""

    def map_record(self, source: Source, record: RemoteRecord) -> MappedRecord:
        """The dataset as `dcat_ap_de.shared.parse` read it."""
        return MappedRecord(dict(record.content["dataset"]))


def next_page(content: bytes) -> str | None:
    """The address of the next page (hydra:next, hydra:nextPage), None on the last one."""
    if b"hydra" not in content:
        return None
    if content.lstrip()[:5] in (b"<?xml", b"<rdf:") or content.lstrip().startswith(b"\xef\xbb\xbf<?xml"):
        try:
            root = defusedxml.ElementTree.fromstring(content, forbid_dtd=True)
        except (DefusedXmlException, ParseError, ValueError):
            return None
        for name in ("next", "nextPage"):
            for element in root.iter(f"{_HYDRA}{name}"):
                return element.get(f"{_RDF}resource") or (element.text or "").strip() or None
        return None
    match = _TURTLE_NEXT.search(content)
    return (match.group(1) or match.group(2)).decode(errors="replace") if match else None


def _media_type(header: str) -> str | None:
    """What the server says, where that tells anything: many send catalogues as plain text."""
    name = header.split(";")[0].strip().lower()
    return name if name in ("application/rdf+xml", "text/turtle", "application/x-turtle", "text/n3", "application/n-triples") else None
