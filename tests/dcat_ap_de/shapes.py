"""The official shapes, found beside the project, and the verdict of pySHACL under them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from rdflib import BNode, Graph, Namespace
from rdflib.collection import Collection

SH = Namespace("http://www.w3.org/ns/shacl#")
SHARED = Path(os.environ.get("DATENPLATTFORM_SHARED") or Path(__file__).parents[3] / "shared") / "dcat-ap-de"
# The German files without the vocabulary imports (they would be fetched from the net), and the SEMIC base.
FILES = (
    "dcat-ap-SHACL-DE.ttl",
    "dcat-ap-spec-german-additions.ttl",
    "dcat-ap-de-controlledvocabularies.ttl",
    "dcat-ap-de-deprecated.ttl",
    "semic-dcat-ap-3.0.0-SHACL.ttl",
)

needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no data at {SHARED}; set DATENPLATTFORM_SHARED")


@cache
def official_shapes() -> Graph:
    """The official shapes as one graph."""
    graph = Graph()
    for name in FILES:
        text = (SHARED / "shapes" / name).read_text("utf-8")
        # The German files declare dcatap: as r5r# and so look past every availability; here they look at it.
        graph.parse(data=text.replace("<http://data.europa.eu/r5r#>", "<http://data.europa.eu/r5r/>"), format="turtle")
    return graph


def verdict(graph: Graph) -> dict[str, list[str]]:
    """Messages by severity: "Violation", "Warning", "Info"."""
    from pyshacl import validate

    # JSON-LD and Turtle come back as plain graphs; a ConjunctiveGraph is flattened.
    plain = Graph()
    for triple in graph.triples((None, None, None)):
        plain.add(triple)
    _conforms, report, _text = validate(plain, shacl_graph=official_shapes(), inference="none", advanced=False)
    found: dict[str, list[str]] = {"Violation": [], "Warning": [], "Info": []}
    for result in report.subjects(SH.resultSeverity):
        severity = str(report.value(result, SH.resultSeverity)).rsplit("#", 1)[-1]
        parts = (SH.resultMessage, SH.resultPath, SH.focusNode, SH.value)
        found[severity].append(" | ".join(str(report.value(result, part)) for part in parts))
    return found


def official_verdict(graph: Graph) -> set[tuple[Any, tuple[Any, ...], str]]:
    """What pySHACL finds under the official shapes: (focus node, path, severity)."""
    from pyshacl import validate

    _conforms, answer, _text = validate(graph, shacl_graph=official_shapes(), inference="none", advanced=False)
    report: Any = answer

    def path(result: Any) -> tuple[Any, ...]:
        found = report.value(result, SH.resultPath)
        if isinstance(found, BNode):
            return tuple(Collection(report, report.value(found, SH.alternativePath)))
        return (found,)

    return {
        (report.value(each, SH.focusNode), path(each), str(report.value(each, SH.resultSeverity)).rsplit("#", 1)[-1])
        for each in report.subjects(SH.resultSeverity)
    }
