"""A graph as plain dictionaries: what the compiled shapes read. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

Triple = tuple[Node, Node, Node]
_NONE: dict[Node, list[Node]] = {}


class Index:
    """The statements of a graph by subject and predicate, its instances by class (SHACL 3.2: with subclasses)."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.by_subject: dict[Node, dict[Node, list[Node]]] = {}
        self.by_predicate: dict[Node, list[tuple[Node, Node]]] = {}
        for subject, predicate, found in triples:
            self.by_subject.setdefault(subject, {}).setdefault(predicate, []).append(found)
            self.by_predicate.setdefault(predicate, []).append((subject, found))
        self._above: dict[Node, set[Node]] = {}
        for below, above in self.by_predicate.get(RDFS.subClassOf, ()):
            self._above.setdefault(below, set()).add(above)
        self.by_class: dict[Node, dict[Node, None]] = {}
        for subject, cls in self.by_predicate.get(RDF.type, ()):
            for each in self.classes(cls):
                self.by_class.setdefault(each, {})[subject] = None

    def values(self, subject: Node, predicate: Node) -> list[Node]:
        """The objects of a property, each once (a graph is a set)."""
        return self.by_subject.get(subject, _NONE).get(predicate, [])

    def classes(self, cls: Node) -> set[Node]:
        """The class and all above it that the graph names."""
        if not self._above:
            return {cls}
        found, waiting = {cls}, [cls]
        while waiting:
            for above in self._above.get(waiting.pop(), ()):
                if above not in found:
                    found.add(above)
                    waiting.append(above)
        return found

    def is_a(self, node: Node, cls: Node) -> bool:
        """Whether the graph says that the node is an instance of the class."""
        return node in self.by_class.get(cls, _NONE)
