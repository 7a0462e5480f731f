"""From a file to triples: RDF/XML, Turtle, JSON-LD, N-Triples. Nothing outside the file is ever read.

RDF/XML and N-Triples are read piece by piece, so that with a store on disk (`read_store`) a file may be much larger than
the memory. Turtle and JSON-LD have to be in memory as text: their parsers want it.
"""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import feature_namespaces
from xml.sax.xmlreader import InputSource

import defusedxml.sax
from defusedxml import DefusedXmlException
from rdflib import RDF, Graph, URIRef
from rdflib.exceptions import ParserError
from rdflib.plugins.parsers.jsonld import to_rdf
from rdflib.plugins.parsers.notation3 import BadSyntax, RDFSink, SinkParser
from rdflib.plugins.parsers.rdfxml import RDFXMLHandler

from ckanext.datenplattform.core.errors import PlatformError
from ckanext.datenplattform.core.http import host_of
from ckanext.datenplattform.core.i18n import N_

from . import json_context, read_lines
from .rdf.terms import DCAT
from .read_store import SpillStore, decode

# rdflib logs a traceback for each literal that does not fit its type ("2021-01-28 GMT"); we give a warning at the
# record instead.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

log = logging.getLogger(__name__)

XML, TURTLE, JSON, LINES = "xml", "turtle", "json-ld", "nt"
# Media types, file endings and rdflib's names.
FORMATS = {
    **dict.fromkeys(("xml", "rdf", "rdfxml", "pretty-xml", "application/rdf+xml", "application/xml", "text/xml"), XML),
    **dict.fromkeys(("ttl", "turtle", "text/turtle", "application/x-turtle", "n3", "text/n3"), TURTLE),
    **dict.fromkeys(("jsonld", "json-ld", "application/ld+json", "json", "application/json"), JSON),
    **dict.fromkeys(("nt", "n-triples", "ntriples", "application/n-triples"), LINES),
}
#: Turtle and JSON-LD are not read beyond this many bytes.
MOST_TEXT = 100_000_000
#: More broken lines than this, and it is no N-Triples.
MOST_BROKEN = 1_000
_LINE_START = re.compile(rb"(?:<[^<>\s]+>|_:\S+)\s+<[^<>\s]+>\s+\S.*\.\s*(?:#.*)?\Z")


class Unreadable(PlatformError):
    """The whole file cannot be read. `message` says why, for a person, in the reader's language."""

    template = N_("The file cannot be read as RDF: %(reason)s.")


class Triples(Graph):
    """A graph that also notes at which line of the file each dataset begins, and which lines were left out."""

    def __init__(self, spill: bool = False) -> None:
        super().__init__(store=SpillStore() if spill else "default")
        self.spilled = spill
        self.lines: dict[Any, int] = {}
        self.broken: list[read_lines.Broken] = []
        self.line: Callable[[], int] = lambda: 0

    def add(self, triple: Any) -> Triples:
        """Take one triple."""
        if triple[1] == RDF.type and triple[2] == DCAT.Dataset:
            self.lines.setdefault(triple[0], self.line())
        super().add(triple)
        return self


def recognise(start: bytes, name: str = "", given: str | None = None) -> str:
    """One of the formats, from what the server said, the file's ending or its first characters. Raises Unreadable."""
    head = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if re.match(rb"<!doctype html|<html", head, re.IGNORECASE):
        raise Unreadable(N_("The source answered with a web page (HTML), not with RDF."))
    if not head:
        raise Unreadable(N_("The file is empty."))
    said = (given or "").split(";")[0].strip().lower()
    if said in FORMATS:
        return FORMATS[said]
    ending = Path(name).suffix.lstrip(".").lower()
    if ending in FORMATS:
        return FORMATS[ending]
    if head.lower().startswith((b"<?xml", b"<rdf", b"<!doctype rdf")):
        return XML
    if head.startswith(b"{") or re.match(rb"\[\s*[{\]]", head):
        return JSON
    return LINES if _LINE_START.match(head.split(b"\n")[0].strip()) else TURTLE


def fill(graph: Triples, stream: IO[bytes], form: str, base: str) -> None:
    """Read a file into a graph. Raises Unreadable."""
    try:
        _READERS[form](graph, stream, base)
    except Unreadable:
        raise
    except DefusedXmlException as error:
        raise Unreadable(N_("The file contains a DTD or entities. For safety such XML is not read.")) from error
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
    except RecursionError as error:
        raise Unreadable(N_("The file is nested too deeply.")) from error
    except (SAXException, ParserError, LookupError, ValueError) as error:
        raise Unreadable(reason=str(error)[:200]) from error
    except Exception as error:
        # rdflib's parsers raise a dozen kinds of errors; whatever it was, this source's job must end with a reason,
        # not others' too.
        log.info("RDF not read: %r", error)
        raise Unreadable(reason=str(error)[:200]) from error


def _xml(graph: Triples, stream: IO[bytes], base: str) -> None:
    """Stops at a DTD or an entity (XXE, billion laughs); rdflib's handler gets the events as they come."""
    parser = defusedxml.sax.make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, 1)
    handler: Any = RDFXMLHandler(graph)
    parser.setContentHandler(handler)
    # expat wants to know a prefix for the one namespace that no file declares
    parser.start_namespace_decl("xml", "http://www.w3.org/XML/1998/namespace")
    source = InputSource(base)
    source.setPublicId(base)
    source.setByteStream(stream)
    graph.line = lambda: handler.locator.getLineNumber() or 0
    parser.parse(source)


def _turtle(graph: Triples, stream: IO[bytes], base: str) -> None:
    parser = SinkParser(RDFSink(graph), baseURI=base, turtle=True)
    graph.line = lambda: parser.lines + 1
    parser.loadStream(io.BytesIO(_whole(stream)))


def _json(graph: Triples, stream: IO[bytes], base: str) -> None:
    try:
        data = json.loads(_whole(stream))
    except UnicodeDecodeError:
        raise
    except json.JSONDecodeError as error:
        raise Unreadable(
            N_("The file is not valid JSON: line %(line)s, column %(column)s: %(reason)s."),
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from error
    _with_own_contexts(data)
    to_rdf(data, graph, base)


def _with_own_contexts(data: Any) -> None:
    """Put the contexts that we hold (`json_context`) in place of their addresses. One that would have to be fetched is refused:
    what it says today it need not say tomorrow, and the parser has no business in the web. Source: JSON-LD 1.1, clause
    3.1 and 4.1.10 (@import).
    """
    waiting = [data]
    while waiting:
        found = waiting.pop()
        if isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            if isinstance(found.get("@import"), str):
                raise _remote(found["@import"])
            if "@context" in found:
                found["@context"] = _own(found["@context"])
            waiting += found.values()


def _own(context: Any) -> Any:
    if isinstance(context, list):
        return [_own(item) for item in context]
    if not isinstance(context, str):
        return context
    held = json_context.bundled(context)
    if held is None:
        raise _remote(context)
    return held


def _remote(address: str) -> Unreadable:
    return Unreadable(
        N_(
            "The file takes its @context from another address (%(host)s). For safety nothing is fetched "
            "for it: please deliver the @context in the file itself, or another format."
        ),
        host=host_of(address),
    )


def _lines(graph: Triples, stream: IO[bytes], base: str) -> None:
    def broken(error: read_lines.Broken) -> None:
        graph.broken.append(error)
        if len(graph.broken) > MOST_BROKEN:
            raise Unreadable(
                N_("The file is not valid N-Triples: line %(line)s and many others cannot be read."), line=graph.broken[0].line
            )

    dataset = (f"<{RDF.type}", f"<{DCAT.Dataset}")
    store: Any = graph.store
    good = 0
    for number, row in read_lines.rows(stream, broken):
        good += 1
        if row[1:] == dataset:
            graph.lines.setdefault(decode(row[0]), number)
        if graph.spilled:
            store.add_row(row)
        else:
            Graph.add(graph, (decode(row[0]), decode(row[1]), decode(row[2])))
    if graph.broken and not good:
        raise Unreadable(N_("The file is not valid N-Triples: line %(line)s cannot be read."), line=graph.broken[0].line)


def _whole(stream: IO[bytes]) -> bytes:
    content = stream.read(MOST_TEXT + 1)
    if len(content) > MOST_TEXT:
        raise Unreadable(
            N_("The file is larger than %(limit)s MB. So large a catalogue can only be read as N-Triples or RDF/XML, or in pages."),
            limit=MOST_TEXT // 1_000_000,
        )
    return content.removeprefix(b"\xef\xbb\xbf")


_READERS = {XML: _xml, TURTLE: _turtle, JSON: _json, LINES: _lines}


def iri(term: Any) -> str:
    """The address of a node, "" for one without."""
    return str(term) if isinstance(term, URIRef) else ""
