"""From a broken rule to the field of the form it belongs to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from rdflib import Graph, URIRef
from rdflib.term import Node

from ..rdf.properties import DATASET, DISTRIBUTION
from ..rdf.terms import DCAT, DCATDE, DCT
from .compiler import Result, Shapes
from .index import Index
from .words import message

FOLDER = Path(__file__).parents[1] / "shapes"
FILES = ("dcat_ap_de.ttl", "conventions.ttl")
Severity = Literal["violation", "warning", "info"]

OF_DATASET: dict[Node, str] = {
    **{prop.predicate: prop.field for prop in DATASET},
    DCAT.keyword: "tags",
    DCAT.distribution: "resources",
    DCT.license: "license_id",
    DCATDE.licenseAttributionByText: "license_attribution_by_text",
}
OF_RESOURCE: dict[Node, str] = {
    **{prop.predicate: prop.field for prop in DISTRIBUTION},
    DCAT.accessURL: "url",
    DCAT.accessService: "access_services",
}
# What a file takes from its dataset when it has none of its own: the finding belongs to the dataset's field.
INHERITED = {"license": "license_id", "license_attribution_by_text": "license_attribution_by_text"}
# Always there while the setting asks for it: conventions 8 and 3.0 disagree, and no clerk can change that.
EXPECTED = frozenset({"urn:datenplattform:shape:Old-politicalGeocodingURI"})


@dataclass(frozen=True)
class Finding:
    """One broken rule of one dataset.

    `field` is the form's field ("" where the form has none), `resource` the index of the file it belongs to, None for
    the dataset itself. `property` is the RDF property (several of a choice separated by spaces), `node` the place in
    the graph, `shape` the rule.
    """

    severity: Severity
    field: str
    resource: int | None
    message: str
    property: str
    shape: str
    node: str = ""


@cache
def shapes(name: str) -> Shapes:
    """One of `FILES`, compiled."""
    graph = Graph().parse(FOLDER / name, format="turtle")
    return Shapes(graph)


def judge(index: Index) -> list[Result]:
    """Every rule of ours that a graph breaks."""
    return [result for name in FILES for result in shapes(name).check(index)]


def findings(index: Index, node: URIRef, resources: list[URIRef], given: dict[str, Any]) -> list[Finding]:
    """The findings of the dataset `node` whose resources are written under these addresses; `given` is its dict."""
    places = {each: number for number, each in enumerate(resources)}
    parents = _parents(index)
    found = []
    for result in judge(index):
        field, number = _place(result, node, places, parents, given)
        found.append(
            Finding(
                severity=result.severity.lower(),  # type: ignore[arg-type]
                field=field,
                resource=number,
                message=message(result, field, number is not None),
                property=" ".join(result.path),
                shape=result.shape,
                node=str(result.focus),
            )
        )
    return found


Parents = dict[Node, list[tuple[Node, Node]]]


def _parents(index: Index) -> Parents:
    """Which subject names a node, by which property."""
    parents: Parents = {}
    for subject, statements in index.by_subject.items():
        for predicate, values in statements.items():
            for value in values:
                parents.setdefault(value, []).append((subject, predicate))
    return parents


def _place(
    result: Result, dataset: Node, resources: dict[Any, int], parents: Parents, given: dict[str, Any]
) -> tuple[str, int | None]:
    """Field and index of the resource: where the broken rule's target hangs below the dataset."""
    node, path = result.steps[0] if result.steps else (result.focus, ())
    seen = {node}
    while node != dataset and node not in resources:
        above = [pair for pair in parents.get(node, ()) if pair[0] not in seen]
        if not above:
            return "", None
        node, predicate = min(above, key=lambda pair: (pair[0] != dataset, pair[0] not in resources, pair[0]))
        seen.add(node)
        path = (predicate,)  # type: ignore[assignment]
    if node == dataset:
        return next((OF_DATASET[step] for step in path if step in OF_DATASET), ""), None
    number = resources[node]
    field = next((OF_RESOURCE[step] for step in path if step in OF_RESOURCE), "")
    own = given.get("resources") or []
    if field in INHERITED and not (number < len(own) and own[number].get(field)):
        return INHERITED[field], None
    return field, number
