"""Shapes as functions: the part of SHACL Core (https://www.w3.org/TR/shacl/) that our shapes use, compiled once.

A shapes graph becomes a list of targets with checks; a check walks an `Index`, not a graph. A construct that is not
known here is refused when it is compiled, so that no rule is silently left out. Pure; knows rdflib only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF
from rdflib.term import BNode, Node

from .index import Index

SH = Namespace("http://www.w3.org/ns/shacl#")
Path = tuple[URIRef, ...]  # one property, or several of which any counts (sh:alternativePath)
Values = list[Node]
# What a constraint says of a focus node and its values: the values that break it (None: the focus node as a whole).
Constraint = Callable[[Index, Node, Values], Iterator["Node | None"]]

TARGETS = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)
# Which property a rule without a path of its own is about; a word of ours, for the message's place in the form.
ABOUT = URIRef("urn:datenplattform:shape:about")
WORDS = (RDF.type, SH.path, SH.severity, SH.message, SH.name, SH.property, SH.node, SH.flags, ABOUT)
KINDS: dict[Node, tuple[type, ...]] = {
    SH.IRI: (URIRef,),
    SH.Literal: (Literal,),
    SH.BlankNode: (BNode,),
    SH.BlankNodeOrIRI: (BNode, URIRef),
    SH.IRIOrLiteral: (URIRef, Literal),
    SH.BlankNodeOrLiteral: (BNode, Literal),
}


class Unsupported(ValueError):
    """A shape uses what this compiler does not know. The message names shape and term, for a developer."""


@dataclass(frozen=True)
class Result:
    """One broken rule. `steps` leads from the target's node to the place: (node, path) pairs, the last is the place."""

    focus: Node
    path: Path
    severity: str  # "Violation", "Warning", "Info"
    component: str  # name of the constraint's term ("minCount")
    parameter: Any
    value: Node | None
    shape: str
    messages: dict[str, str] = field(hash=False)
    steps: tuple[tuple[Node, Path], ...] = ()


@dataclass(frozen=True)
class _Shape:
    """A compiled shape: how to find the values, what they must fulfil."""

    id: str
    path: Path
    about: Path
    severity: str
    messages: dict[str, str]
    constraints: list[tuple[str, Any, Constraint]]
    nested: list[_Shape]

    def results(self, index: Index, focus: Node, steps: tuple[tuple[Node, Path], ...] = ()) -> Iterator[Result]:
        values = self._values(index, focus) if self.path else [focus]
        named = self.path or self.about
        here = (*steps, (focus, named)) if named else steps
        for component, parameter, constraint in self.constraints:
            for value in constraint(index, focus, values):
                yield Result(focus, named, self.severity, component, parameter, value, self.id, self.messages, here)
        for shape in self.nested:
            for value in values:
                yield from shape.results(index, value, here)

    def conforms(self, index: Index, focus: Node) -> bool:
        return next(self.results(index, focus), None) is None

    def _values(self, index: Index, focus: Node) -> Values:
        if len(self.path) == 1:
            return index.values(focus, self.path[0])
        return list(dict.fromkeys(value for step in self.path for value in index.values(focus, step)))


class Shapes:
    """Compiled shapes; `check` judges a graph's index."""

    def __init__(self, graph: Graph) -> None:
        """Compile all shapes with a target. Raises Unsupported."""
        compiler = _Compiler(graph)
        self._targets: list[tuple[Node, Node, _Shape]] = [
            (kind, value, compiler.shape(node))
            for kind in TARGETS
            for node, value in sorted(graph.subject_objects(kind), key=str)
        ]
        unknown = {str(term) for term in graph.predicates() if str(term).startswith(SH + "target")} - set(map(str, TARGETS))
        if unknown:
            raise Unsupported(f"{', '.join(sorted(unknown))}: this kind of target is not supported")

    def check(self, index: Index) -> list[Result]:
        """Every broken rule, in the order of the shapes."""
        found = []
        for kind, value, shape in self._targets:
            for focus in self._focus_nodes(index, kind, value):
                found.extend(shape.results(index, focus))
        return found

    @staticmethod
    def _focus_nodes(index: Index, kind: Node, value: Node) -> list[Node]:
        if kind == SH.targetClass:
            return list(index.by_class.get(value, ()))
        place = 0 if kind == SH.targetSubjectsOf else 1
        return list(dict.fromkeys(pair[place] for pair in index.by_predicate.get(value, ())))


class _Compiler:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._open: set[Node] = set()

    def shape(self, node: Node, owner: str = "") -> _Shape:
        """One shape. An anonymous one bears the name of the shape around it."""
        name = str(node) if isinstance(node, URIRef) else owner
        if node in self._open:
            raise Unsupported(f"{name}: the shape refers to itself")
        self._open.add(node)
        given = self.graph.value(node, SH.severity)
        severity = str(given).removeprefix(str(SH)) if given is not None else "Violation"
        nested = [self.shape(found, name) for term in (SH.property, SH.node) for found in self._all(node, term)]
        about = tuple(found for found in self.graph.objects(node, ABOUT) if isinstance(found, URIRef))
        path, messages, constraints = self._path(node, name), self._messages(node), self._constraints(node, name)
        shape = _Shape(name, path, about, severity, messages, constraints, nested)
        self._open.discard(node)
        return shape

    def _all(self, node: Node, term: Node) -> list[Node]:
        return sorted(self.graph.objects(node, term), key=str)

    def _path(self, node: Node, name: str) -> Path:
        path = self.graph.value(node, SH.path)
        if path is None:
            return ()
        if isinstance(path, URIRef):
            return (path,)
        choice = self.graph.value(path, SH.alternativePath)
        steps = list(Collection(self.graph, choice)) if choice is not None else []
        if not steps or not all(isinstance(step, URIRef) for step in steps):
            raise Unsupported(f"{name}: only a property or a choice of properties is supported as path")
        return tuple(step for step in steps if isinstance(step, URIRef))

    def _messages(self, node: Node) -> dict[str, str]:
        return {
            (text.language or "de") if isinstance(text, Literal) else "de": str(text)
            for text in self.graph.objects(node, SH.message)
        }

    def _constraints(self, node: Node, name: str) -> list[tuple[str, Any, Constraint]]:
        found = []
        for term, value in sorted(self.graph.predicate_objects(node), key=str):
            if term in WORDS or term in TARGETS or term in _WITH_ANOTHER:
                continue
            maker = _MAKERS.get(term)
            if maker is None:
                raise Unsupported(f"{name}: {term} is not supported")
            parameter, constraint = maker(self, node, value, name)
            found.append((str(term).removeprefix(str(SH)), parameter, constraint))
        return found

    def members(self, head: Node) -> list[Node]:
        return list(Collection(self.graph, head))


# --- constraint components: each maker gives the parameter, for the message, and the check ---------------------------

Made = tuple[Any, Constraint]


def _min_count(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    least = int(str(value))
    return least, lambda index, focus, values: iter((None,) if len(values) < least else ())


def _max_count(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    most = int(str(value))
    return most, lambda index, focus, values: iter((None,) if len(values) > most else ())


def _node_kind(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    kinds = KINDS[value]
    return str(value).removeprefix(str(SH)), lambda index, focus, values: (
        each for each in values if not isinstance(each, kinds)
    )


def _class(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    return str(value), lambda index, focus, values: (each for each in values if not index.is_a(each, value))


def _datatype(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    def right(each: Node) -> bool:
        return isinstance(each, Literal) and each.datatype == value and not each.ill_typed

    return str(value), lambda index, focus, values: (each for each in values if not right(each))


def _pattern(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    flags = str(compiler.graph.value(node, SH.flags) or "")
    if set(flags) - {"i"}:
        raise Unsupported(f"{name}: only the flag i is supported")
    pattern = re.compile(str(value), re.IGNORECASE if flags else 0)
    return str(value), lambda index, focus, values: (
        each for each in values if isinstance(each, BNode) or not pattern.search(str(each))
    )


def _has_value(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    return str(value), lambda index, focus, values: iter(() if value in values else (None,))


def _in(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    allowed = set(compiler.members(value))
    return sorted(map(str, allowed)), lambda index, focus, values: (each for each in values if each not in allowed)


def _not(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    shape = compiler.shape(value, name)
    return None, lambda index, focus, values: (each for each in values if shape.conforms(index, each))


def _or(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    shapes = [compiler.shape(each, name) for each in compiler.members(value)]
    return None, lambda index, focus, values: (
        each for each in values if not any(shape.conforms(index, each) for shape in shapes)
    )


def _disjoint(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    return str(value), lambda index, focus, values: (each for each in values if each in index.values(focus, value))


def _qualified(compiler: _Compiler, node: Node, value: Node, name: str) -> Made:
    shape = compiler.shape(value, name)
    least = int(str(compiler.graph.value(node, SH.qualifiedMinCount) or 0))
    most = compiler.graph.value(node, SH.qualifiedMaxCount)
    limit = int(str(most)) if most is not None else None

    def check(index: Index, focus: Node, values: Values) -> Iterator[None]:
        count = sum(shape.conforms(index, each) for each in values)
        if count < least or (limit is not None and count > limit):
            yield None

    return (least, limit), check


_MAKERS: dict[Node, Callable[[_Compiler, Node, Node, str], Made]] = {
    SH.minCount: _min_count,
    SH.maxCount: _max_count,
    SH.nodeKind: _node_kind,
    SH["class"]: _class,
    SH.datatype: _datatype,
    SH.pattern: _pattern,
    SH.hasValue: _has_value,
    SH["in"]: _in,
    SH["not"]: _not,
    SH["or"]: _or,
    SH.disjoint: _disjoint,
    SH.qualifiedValueShape: _qualified,
}
_WITH_ANOTHER = (SH.qualifiedMinCount, SH.qualifiedMaxCount)
