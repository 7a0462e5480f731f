"""Collecting triples, much cheaper than an `rdflib.Graph`: no index, no namespaces, only what is written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from rdflib.term import Node

from ..rdf.terms import SKOS

_IN_SCHEME = str(SKOS.inScheme)
_equal = str.__eq__  # rdflib's own comparison is many times slower
Statements = dict[tuple[Any, Any], None]  # (property, object), each once, in the order written


class Triples:
    """Takes what the profile writes: the part of `rdflib.Graph` that writers use."""

    def __init__(self) -> None:
        self.nodes: dict[Any, Statements] = {}
        self.store = self

    def prefix(self, _namespace: Any) -> str:
        """Every prefix of ours is known already, see `formats`; `rdf.terms.bind` asks the store for one of them."""
        return "dcatde"

    def add(self, triple: tuple[Node, Node, Node]) -> Triples:
        """Add a triple; one that is there already changes nothing."""
        subject, predicate, value = triple
        self.nodes.setdefault(subject, {})[predicate, value] = None
        return self

    def bind(self, *_args: Any, **_more: Any) -> None:
        """Nothing to do, see `prefix`."""

    def __iter__(self) -> Any:
        return ((subject, *pair) for subject, statements in self.nodes.items() for pair in statements)

    def __len__(self) -> int:
        return sum(map(len, self.nodes.values()))

    def __contains__(self, triple: tuple[Node, Node, Node]) -> bool:
        return triple[1:] in self.nodes.get(triple[0], ())

    def __iadd__(self, others: Iterable[Any]) -> Triples:
        for triple in others:
            self.add(triple)
        return self


def is_concept(statements: Statements) -> bool:
    """Whether these are the statements about an entry of a code list: many datasets repeat them."""
    return any(_equal(predicate, _IN_SCHEME) for predicate, _value in statements)


def split(triples: Triples) -> tuple[dict[Any, Statements], dict[Any, Statements]]:
    """(what is the dataset's own, the entries of code lists), both by node."""
    own: dict[Any, Statements] = {}
    concepts: dict[Any, Statements] = {}
    for node, statements in triples.nodes.items():
        (concepts if is_concept(statements) else own)[node] = statements
    return own, concepts


def concept_key(node: Any, statements: Statements) -> str:
    """A key that is the same exactly where node and statements are."""
    parts = sorted(f"{predicate} {value.n3()}" for predicate, value in statements)
    return hashlib.sha256("\x1e".join([str(node), *parts]).encode()).hexdigest()[:32]
