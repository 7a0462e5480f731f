"""A table of properties, walked in both directions."""

from __future__ import annotations

from typing import Any

from rdflib import Graph, URIRef
from rdflib.term import Node

from .rest import FIELD, Kind, Rest, rest_from_graph
from .values import TEXT, Notes, Property

EMPTY: tuple[Any, ...] = (None, "", [], {})


def fields_to_graph(
    g: Graph, node: URIRef, thing: dict[str, Any], table: tuple[Property, ...], kind: Kind
) -> Rest:
    """Write all fields of a table, texts in all their languages, and what has no field."""
    rest = Rest(thing.get(FIELD))
    for prop in table:
        value = thing.get(prop.field)
        if value is None or (not value and value in EMPTY):
            continue
        if prop.codec is TEXT:
            for text in rest.texts(prop.predicate, str(value)):
                g.add((node, prop.predicate, text))
        else:
            prop.codec.to_graph(g, node, prop, value)
    rest.to_graph(g, node, kind)
    return rest


def fields_from_graph(g: Graph, node: Node, table: tuple[Property, ...], kind: Kind, notes: Notes) -> dict[str, Any]:
    """Read all fields of a table, and what has no field."""
    thing: dict[str, Any] = {}
    present = {predicate for predicate, _value in g.predicate_objects(node)}
    for prop in table:
        if prop.predicate not in present:
            continue
        value = prop.codec.from_graph(g, node, prop, notes)
        if value is not None:
            thing[prop.field] = value
    rest = rest_from_graph(g, node, kind)
    if rest:
        thing[FIELD] = rest
    return thing
