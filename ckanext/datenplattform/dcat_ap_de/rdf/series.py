"""dcat:DatasetSeries: a dataset names the series that it belongs to; each is written as a thing of its own."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from rdflib import Graph, URIRef
from rdflib.term import BNode, Literal, Node

from .. import clean
from .fields import fields_from_graph, fields_to_graph
from .nodes import AGENTS
from .properties import SERIES, SERIES_KIND
from .terms import DCAT, DCT, RDF
from .values import Notes, Property, ordered

MAX_SERIES = 20
_PUBLISHER = Property("publisher", DCT.publisher, AGENTS)


def is_series(g: Graph, node: Node) -> bool:
    """Whether a thing is a series. Many catalogues call it a dcat:Dataset too; it is none of its own."""
    return (node, RDF.type, DCAT.DatasetSeries) in g


def series_to_graph(g: Graph, dataset: URIRef, series: dict[str, Any]) -> None:
    """Write a series with its dataset. It must have `uri`, `title`, `description` and `publisher` (see `defaults`)."""
    iri = clean.clean_url(series.get("uri"))
    if not iri or URIRef(iri) == dataset:
        return
    node = URIRef(iri)
    g.add((dataset, DCAT.inSeries, node))
    g.add((node, RDF.type, DCAT.DatasetSeries))
    fields_to_graph(g, node, series, SERIES, SERIES_KIND)


def all_series_from_graph(g: Graph, dataset: Node, notes: Notes) -> list[dict[str, Any]]:
    """The series that a dataset is in, and those which these are in: what is in a part is in the whole.

    Series that contain each other do no harm: each comes once.
    """
    found: dict[Node, dict[str, Any]] = {}
    waiting = ordered(g.objects(dataset, DCAT.inSeries))
    while waiting and len(found) < MAX_SERIES:
        node = waiting.pop(0)
        if node not in found and node != dataset and not isinstance(node, Literal):
            found[node] = _series_from_graph(g, node, notes)
            waiting += ordered(g.objects(node, DCAT.inSeries))
    return sorted((one for one in found.values() if one.get("title")), key=lambda one: (one["title"], one.get("uri", "")))


def _series_from_graph(g: Graph, node: Node, notes: Notes) -> dict[str, Any]:
    series = fields_from_graph(g, node, SERIES, SERIES_KIND, notes)
    iri = clean.clean_url(node) if isinstance(node, URIRef) else ""
    if iri:
        series["uri"] = iri
        # Another catalogue may describe it; its address is all that is known here.
        series.setdefault("title", unquote(re.split(r"[/#]", iri.rstrip("/#"))[-1]))
    # Exactly one publisher, the same whichever of its datasets is read: its own, else that of a dataset in it.
    publisher = series.get("publisher") or _publisher_of_a_member(g, node)
    if publisher:
        series["publisher"] = publisher[:1]
    return series


def _publisher_of_a_member(g: Graph, node: Node) -> list[dict[str, str]]:
    for member in ordered(g.subjects(DCAT.inSeries, node)):
        publisher = None if isinstance(member, BNode) else AGENTS.from_graph(g, member, _PUBLISHER, [])
        if publisher:
            return publisher
    return []
