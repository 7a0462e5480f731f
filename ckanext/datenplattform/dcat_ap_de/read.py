"""Catalogues of others: RDF/XML or Turtle in, one `Record` per dataset out. Nothing is fetched, no CKAN is needed.

A catalogue is never refused for one bad record, and a record never for one bad value: the value is left out with a
warning.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler

import defusedxml.sax
from defusedxml import DefusedXmlException
from rdflib import Graph, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.plugins.parsers.rdfxml import RDFXMLParser  # noqa: F401 - loads the parser now, not in the middle of a harvest
from rdflib.term import BNode, Node

from ckanext.datenplattform.core.errors import PlatformError
from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.core.i18n import translate as _

from .rdf.dataset import NotADataset, dataset_from_graph
from .rdf.terms import ADMS, DCAT, DCT, RDF
from .rdf.values import IDENTIFIERS, Property, ordered

# rdflib logs a traceback for each literal that does not fit its type ("2021-01-28 GMT"); we give a warning at the
# record instead.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

log = logging.getLogger(__name__)

# Relative addresses are resolved against this when the caller names no address; `clean.clean_iri` then drops them.
NOWHERE = "http://base.invalid/"

# Media types, file endings and rdflib's names.
FORMATS = {
    **dict.fromkeys(
        ("xml", "rdf", "rdfxml", "pretty-xml", "application/rdf+xml", "application/xml", "text/xml"), "xml"
    ),
    **dict.fromkeys(("ttl", "turtle", "text/turtle", "application/x-turtle", "n3", "text/n3"), "turtle"),
    **dict.fromkeys(("nt", "n-triples", "application/n-triples"), "turtle"),
}


class Unreadable(PlatformError):
    """The whole file cannot be read. `message` says why, for a person, in the reader's language."""

    template = N_("The file cannot be read as RDF: %(reason)s.")


@dataclass
class Record:
    """One dataset of a catalogue: `dataset` is empty when there is an `error`.

    `remote_id` is stable from harvest to harvest: dct:identifier, else adms:identifier, else the dataset's IRI.
    `warnings` say what had to be left out. `dataset` fits our form (type "dataset", with resources that have a
    `key`), but has no name, no owner_org and never `private`.
    """

    remote_id: str
    dataset: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    iri: str = ""


def parse(source: bytes | str | Path, format: str | None = None, *, base: str | None = None) -> Iterator[Record]:
    """Read a catalogue and give its datasets in the order of their ids.

    `source` is the content (bytes), or the path of a file; `format` a media type, file ending or rdflib name, guessed
    when missing; `base` the address that the content was fetched from. Raises Unreadable at the first step if the
    file as a whole is no RDF.
    """
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    graph = load(content, _format(content, source, format), base)
    return _records(graph)


def load(content: bytes, format: str, base: str | None = None) -> Graph:
    """The graph of a file in "xml" or "turtle". Nothing outside the file is read. Raises Unreadable."""
    graph = Graph()
    try:
        if format == "xml":
            _refuse_dtd(content)
        graph.parse(data=content, format=format, publicID=base or NOWHERE)
    except Unreadable:
        raise
    except SAXParseException as error:
        raise Unreadable(
            N_("The file is not valid RDF/XML: line %(line)s, column %(column)s: %(reason)s."),
            line=error.getLineNumber(),
            column=error.getColumnNumber(),
            reason=error.getMessage(),
        ) from error
    except BadSyntax as error:
        raise Unreadable(
            N_("The file is not valid Turtle: line %(line)s: %(reason)s."), line=error.lines + 1, reason=error._why
        ) from error
    except UnicodeDecodeError as error:
        raise Unreadable(N_("The file is not written in UTF-8 (byte %(position)s)."), position=error.start) from error
    except Exception as error:
        # rdflib's parsers raise a dozen kinds of errors; whatever it was, this source's job must end with a reason,
        # not others' too.
        log.info("RDF not read: %r", error)
        raise Unreadable(reason=str(error)[:200]) from error
    return graph


def _refuse_dtd(content: bytes) -> None:
    """Walk through the XML with a parser that stops at a DTD or an entity, before rdflib sees it (XXE, billion
    laughs).
    """
    try:
        defusedxml.sax.parseString(content, ContentHandler(), forbid_dtd=True)
    except DefusedXmlException as error:
        raise Unreadable(N_("The file contains a DTD or entities. For safety such XML is not read.")) from error
    except SAXParseException:
        raise
    except (SAXException, LookupError, ValueError) as error:
        raise Unreadable(reason=str(error)[:200]) from error


def _format(content: bytes, source: bytes | str | Path, given: str | None) -> str:
    """ "xml" or "turtle", from what the server said, the file's ending or its first characters."""
    start = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if re.match(rb"<!doctype html|<html", start):
        raise Unreadable(N_("The source answered with a web page (HTML), not with RDF."))
    if not start:
        raise Unreadable(N_("The file is empty."))
    name = (given or "").split(";")[0].strip().lower()
    if name in ("application/ld+json", "json-ld", "jsonld", "application/json", "json"):
        raise Unreadable(N_("JSON is not read here; please give the address of the RDF/XML or Turtle file."))
    if name in FORMATS:
        return FORMATS[name]
    ending = "" if isinstance(source, bytes) else Path(source).suffix.lstrip(".").lower()
    if ending in FORMATS:
        return FORMATS[ending]
    if start.startswith((b"<?xml", b"<rdf")):
        return "xml"
    if start.startswith((b"{", b"[{")):
        raise Unreadable(N_("JSON is not read here; please give the address of the RDF/XML or Turtle file."))
    return "turtle"


def _records(graph: Graph) -> Iterator[Record]:
    seen: set[str] = set()
    for node in sorted(set(graph.subjects(RDF.type, DCAT.Dataset)), key=str):
        yield _record(graph, node, seen)


def _record(graph: Graph, node: Node, seen: set[str]) -> Record:
    iri = "" if isinstance(node, BNode) else str(node)
    remote_id = _remote_id(graph, node) or iri
    notes: list[str] = []
    if remote_id in seen and iri and iri not in seen:
        notes.append(
            _("The id “%(id)s” is used by more than one dataset; the address was taken instead.") % {"id": remote_id}
        )
        remote_id = iri
    record = Record(remote_id, iri=iri, warnings=notes)
    if not remote_id:
        record.remote_id = f"_:{node}"
        record.error = _("The record has neither an id (dct:identifier) nor an address: it could not be found again.")
    elif remote_id in seen:
        record.error = _("The id “%(id)s” is used by more than one dataset.") % {"id": remote_id}
    else:
        seen.add(remote_id)
        try:
            record.dataset = dataset_from_graph(graph, node, notes)
        except NotADataset as error:
            record.error = str(error)
        except Exception as error:
            # A defect of ours at one record must not stop the others; the log has the traceback.
            log.exception("DCAT record %s not read", remote_id)
            record.error = _("The record could not be read (%(reason)s).") % {
                "reason": f"{type(error).__name__}: {error}"[:200]
            }
    return record


def _remote_id(graph: Graph, node: Node) -> str:
    for found in ordered(graph.objects(node, DCT.identifier)):
        if not isinstance(found, BNode) and str(found).strip():
            return str(found).strip()
    others = IDENTIFIERS.from_graph(graph, node, Property("", URIRef(ADMS.identifier), IDENTIFIERS), [])
    return others[0] if others else ""
