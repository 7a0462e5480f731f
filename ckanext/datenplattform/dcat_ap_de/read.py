"""Catalogues of others: RDF/XML, Turtle, JSON-LD or N-Triples in, one `Record` per dataset out. Nothing is fetched, no
CKAN is needed.

A catalogue is never refused for one bad record, and a record never for one bad value: the value is left out with a
warning. What belongs to a dataset of a large catalogue is taken out of a store on disk, one dataset after the other.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from rdflib import Graph, URIRef
from rdflib.term import BNode, Literal, Node

from ckanext.datenplattform.core.i18n import N_
from ckanext.datenplattform.core.i18n import translate as _

from .rdf.dataset import NotADataset, dataset_from_graph
from .rdf.series import is_series
from .rdf.terms import ADMS, DCAT, DCT, RDF
from .rdf.values import IDENTIFIERS, Property, ordered
from .read_formats import Triples, fill, iri, recognise
from .read_lines import Broken
from .read_store import encode

log = logging.getLogger(__name__)

# Relative addresses are resolved against this when the caller names no address; `clean.clean_iri` then drops them.
NOWHERE = "http://base.invalid/"
#: Files up to this many bytes are read into memory, larger ones into a store on disk.
MEMORY = 10_000_000
#: More statements than these about one dataset are no dataset.
MOST_STATEMENTS = 20_000

_HYDRA = "http://www.w3.org/ns/hydra/core#"
BROKEN = N_("Line %(line)s cannot be read and was left out.")
_NEXT = (URIRef(_HYDRA + "next"), URIRef(_HYDRA + "nextPage"))
# Where the neighbourhood of a dataset ends: what has a life of its own.
_OWN_LIFE = frozenset((DCAT.Dataset, DCAT.Catalog, DCAT.CatalogRecord))
_IDENTITY = frozenset(encode(term) for term in (DCT.identifier, URIRef(ADMS.identifier)))


@dataclass
class Record:
    """One dataset of a catalogue: `dataset` is empty when there is an `error`.

    `remote_id` is stable from harvest to harvest: dct:identifier, else adms:identifier, else the dataset's IRI.
    `warnings` say what had to be left out; `line` is where it begins in the file, 0 where that cannot be said.
    `dataset` fits our form (type "dataset", with resources that have a `key`), but has no name, no owner_org and never
    `private`. `identifiers` are all ids that the source gives it, its IRI last. `unknown`: an error that leaves open which
    record it was.
    """

    remote_id: str
    dataset: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    warnings: list[str] = field(default_factory=list)
    iri: str = ""
    line: int = 0
    unknown: bool = False
    identifiers: list[str] = field(default_factory=list)


class TooLarge(ValueError):
    """More statements about one dataset than anyone writes."""


class Catalogue:
    """A catalogue, or one page of it, that has been read; a context manager: a large one lies on disk.

    ``next_page``: address of the next page by Hydra (hydra:next, hydra:nextPage), absolute where ``base`` is given; None
    on the last one.
    """

    def __init__(self, graph: Triples, base: str) -> None:
        self._graph = graph
        self.next_page = _next_page(graph, base)

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back what lies on disk."""
        self._graph.close()

    def records(self) -> Iterator[Record]:
        """The datasets in the order of their addresses; then what broken lines belong to none of them."""
        seen: set[str] = set()
        left = {broken.line: broken for broken in self._graph.broken}
        for node in sorted(set(self._graph.subjects(RDF.type, DCAT.Dataset)), key=str):
            if is_series(self._graph, node):
                continue
            broken: list[Broken] = []
            try:
                graph: Graph = self._graph
                if self._graph.spilled or left:
                    graph = around(self._graph, node)
                    nodes = {encode(subject) for subject in graph.all_nodes()}
                    broken = [fault for fault in left.values() if fault.subject in nodes]
            except TooLarge:
                yield Record(iri(node) or f"_:{node}", iri=iri(node), error=self._at(node, _("The record is too large to be read.")))
                continue
            record = _record(graph, node, seen, broken)
            record.line = self._graph.lines.get(node, 0)
            if record.error:
                record.error = self._at(node, record.error)
            yield record
            for fault in broken:
                left.pop(fault.line, None)
        for fault in left.values():
            text = _(BROKEN) % {"line": fault.line}
            yield Record(_("line %(line)s") % {"line": fault.line}, error=text, line=fault.line, unknown=True)

    def _at(self, node: Node, text: str) -> str:
        line = self._graph.lines.get(node, 0)
        return _("Line %(line)s: %(reason)s") % {"line": line, "reason": text} if line else text


def read(
    source: bytes | Path, format: str | None = None, *, base: str | None = None, memory: int = MEMORY
) -> Catalogue:
    """Read a catalogue.

    `source` is the content (bytes), or the path of a file; `format` a media type, file ending or rdflib name, guessed
    when missing; `base` the address that the content was fetched from; a file of more than `memory` bytes is read into a
    store on disk. Raises Unreadable if the file as a whole is no RDF.
    """
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    graph = Triples(spill=size > memory)
    with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as stream:
        start = stream.read(1024)
        stream.seek(0)
        name = "" if isinstance(source, bytes) else source.name
        try:
            fill(graph, stream, recognise(start, name, format), base or NOWHERE)
        except BaseException:
            graph.close()
            raise
    return Catalogue(graph, base or "")


def parse(source: bytes | str | Path, format: str | None = None, *, base: str | None = None) -> Iterator[Record]:
    """The datasets of a catalogue in the order of their addresses, see `read`. Raises Unreadable at once."""
    catalogue = read(Path(source) if isinstance(source, str) else source, format, base=base)
    return _all(catalogue)


def _all(catalogue: Catalogue) -> Iterator[Record]:
    with catalogue:
        yield from catalogue.records()


def _next_page(graph: Graph, base: str) -> str | None:
    for predicate in _NEXT:
        for found in sorted(graph.objects(None, predicate), key=str):
            if not isinstance(found, BNode) and str(found).strip():
                return urljoin(base, str(found).strip())
    return None


def around(graph: Graph, node: Node) -> Graph:
    """What a catalogue says of a dataset and of all that it leads to, up to what has a life of its own. Raises TooLarge."""
    found = Graph()
    waiting, met = [node], {node}
    while waiting:
        subject = waiting.pop()
        about = list(graph.predicate_objects(subject))
        types = {obj for predicate, obj in about if predicate == RDF.type}
        # A series comes with each of its datasets.
        if subject != node and types & _OWN_LIFE and DCAT.DatasetSeries not in types:
            continue
        for predicate, obj in about:
            found.add((subject, predicate, obj))
            if not isinstance(obj, Literal) and obj not in met and predicate != RDF.type:
                met.add(obj)
                waiting.append(obj)
        if len(found) > MOST_STATEMENTS:
            raise TooLarge
    return found


def _record(graph: Graph, node: Node, seen: set[str], broken: list[Broken]) -> Record:
    address = iri(node)
    identifiers = _identifiers(graph, node)
    remote_id = identifiers[0] if identifiers else address
    notes: list[str] = [_(BROKEN) % {"line": fault.line} for fault in broken]
    if remote_id in seen and address and address not in seen:
        notes.append(
            _("The id “%(id)s” is used by more than one dataset; the address was taken instead.") % {"id": remote_id}
        )
        remote_id = address
    known = [*identifiers, address] if address else identifiers
    record = Record(remote_id, iri=address, warnings=notes, identifiers=known)
    if not remote_id:
        record.remote_id = f"_:{node}"
        record.error = _("The record has neither an id (dct:identifier) nor an address: it could not be found again.")
    elif remote_id in seen:
        record.error = _("The id “%(id)s” is used by more than one dataset.") % {"id": remote_id}
    elif lost := next((fault for fault in broken if fault.subject == encode(node) and fault.predicate in _IDENTITY), None):
        # Under another id it would be another dataset.
        record.unknown = True
        record.error = _("The id of the record cannot be read: line %(line)s is broken.") % {"line": lost.line}
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


def _identifiers(graph: Graph, node: Node) -> list[str]:
    """dct:identifier, then adms:identifier."""
    found = [str(value).strip() for value in ordered(graph.objects(node, DCT.identifier)) if not isinstance(value, BNode)]
    others = IDENTIFIERS.from_graph(graph, node, Property("", URIRef(ADMS.identifier), IDENTIFIERS), [])
    return list(dict.fromkeys(value for value in [*found, *(others or [])] if value))
