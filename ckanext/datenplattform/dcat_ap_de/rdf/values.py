"""Plain values and code-list entries: paired functions ``x_to_graph`` and ``x_from_graph``.

Each writer takes (graph, subject, property, value), each reader (graph, subject, property, notes) and gives the value
for the dataset dict, or None. `notes` collects what a reader had to leave out, as text for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.term import BNode, Node

from ckanext.datenplattform.core.i18n import translate as _

from .. import clean
from ..vocabulary import Concept, vocabulary
from .terms import ADMS, DCT, FOAF, RDF, RDFS, SKOS, XSD, below, is_below, short

Notes = list[str]
Writer = Callable[[Graph, URIRef, "Property", Any], None]
Reader = Callable[[Graph, Node, "Property", Notes], Any]


@dataclass(frozen=True)
class Codec:
    """How one kind of value is written to and read from a graph."""

    to_graph: Writer
    from_graph: Reader


@dataclass(frozen=True)
class Property:
    """One line of the profile: the dict's field, the RDF property, how its value is coded."""

    field: str
    predicate: URIRef
    codec: Codec
    vocabulary: str = ""  # name of the code list
    cls: URIRef | None = None  # class of the object, which the SEMIC shapes ask for


def note(notes: Notes, text: str) -> None:
    """Keep a remark once."""
    if text not in notes:
        notes.append(text)


# --- choosing among objects -----------------------------------------------------------------------------------------


def _rank(node: Node) -> tuple[int, str]:
    """German first, then without language, then English, then the rest; IRIs and blank nodes last; by text within."""
    if not isinstance(node, Literal):
        return 4, str(node)
    lang = (node.language or "").split("-")[0].lower()
    return {"de": 0, "": 1, "en": 2}.get(lang, 3), str(node)


def ordered(nodes: Iterable[Node]) -> list[Node]:
    """Objects in a fixed order, the best for a German reader first."""
    return sorted(nodes, key=_rank)


def label_of(g: Graph, node: Node) -> str:
    """The text of a literal, or the name that a node carries; "" if it carries none."""
    if isinstance(node, Literal):
        return str(node).strip()
    for predicate in (RDFS.label, SKOS.prefLabel, DCT.title, FOAF.name, SKOS.notation, RDF.value, DCT.identifier):
        for found in ordered(g.objects(node, predicate)):
            if isinstance(found, Literal) and str(found).strip():
                return str(found).strip()
    return ""


# --- text -----------------------------------------------------------------------------------------------------------


def text_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    if str(value).strip():
        g.add((subject, prop.predicate, Literal(str(value))))


def text_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    for node in ordered(g.objects(subject, prop.predicate)):
        text = clean.clean_text(label_of(g, node) or ("" if isinstance(node, BNode) else node))
        if text:
            return text
    return None


def texts_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    for text in value if isinstance(value, list) else [value]:
        text_to_graph(g, subject, prop, text)


def texts_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[str] | None:
    texts = [clean.clean_text(label_of(g, node) or str(node)) for node in ordered(g.objects(subject, prop.predicate))]
    return list(dict.fromkeys(text for text in texts if text)) or None


# --- dates, numbers -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def date_literal(text: str) -> Literal | None:
    """A cleaned date as the xsd type that fits; None for what is no date."""
    try:
        text = clean.clean_date(text)
    except clean.BadDate:
        return None
    if not text:
        return None
    datatype = {4: XSD.gYear, 7: XSD.gYearMonth, 10: XSD.date}.get(len(text), XSD.dateTime)
    return Literal(text, datatype=datatype, normalize=False)


def date_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    literal = date_literal(str(value))
    if literal is not None:
        g.add((subject, prop.predicate, literal))


def read_date(g: Graph, subject: Node, predicate: URIRef, notes: Notes) -> str | None:
    """The first date that is one; each that is none leaves a note."""
    found = None
    for node in ordered(g.objects(subject, predicate)):
        try:
            date = clean.clean_date(str(node))
            found = found or date or None
        except clean.BadDate:
            note(
                notes,
                _("%(property)s: “%(value)s” is not a valid date. The field stays empty.")
                % {"property": short(predicate), "value": str(node)[:60]},
            )
    return found


def date_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    return read_date(g, subject, prop.predicate, notes)


def decimal_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    number = clean.clean_number(value)
    if number:
        g.add((subject, prop.predicate, Literal(Decimal(number), datatype=XSD.decimal)))


def decimal_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    return next(
        (number for number in map(clean.clean_number, ordered(g.objects(subject, prop.predicate))) if number), None
    )


def size_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    try:
        size = int(value)
    except (TypeError, ValueError):
        return
    if size >= 0:
        g.add((subject, prop.predicate, Literal(size, datatype=XSD.nonNegativeInteger)))


def size_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> int | None:
    for node in ordered(g.objects(subject, prop.predicate)):
        try:
            size = int(Decimal(str(node).strip()))
        except (InvalidOperation, ValueError, OverflowError):
            continue
        if 0 <= size < 2**53:
            return size
    return None


def duration_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    duration = clean.clean_duration(value)
    if duration:
        g.add((subject, prop.predicate, Literal(duration, datatype=XSD.duration, normalize=False)))


def duration_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    for node in ordered(g.objects(subject, prop.predicate)):
        duration = clean.clean_duration(node)
        if duration:
            return duration
    return None


# --- IRIs -----------------------------------------------------------------------------------------------------------


def iris_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    for item in value if isinstance(value, list) else [value]:
        iri = clean.clean_iri(item)
        if iri:
            g.add((subject, prop.predicate, URIRef(iri)))
            if prop.cls:
                g.add((URIRef(iri), RDF.type, prop.cls))


def iris_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[str] | None:
    iris = [clean.clean_iri(node) for node in g.objects(subject, prop.predicate) if not isinstance(node, BNode)]
    return sorted({iri for iri in iris if iri}) or None


def iri_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    found = iris_from_graph(g, subject, prop, notes)
    return found[0] if found else None


def named_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """An IRI, or a text, which then becomes a node with that text as title: the object must never be a literal."""
    for item in value if isinstance(value, list) else [value]:
        iri = clean.clean_iri(item)
        text = str(item).strip()
        if not text:
            continue
        node = URIRef(iri) if iri else below(subject, str(prop.field).replace("_", "-"), text)
        g.add((subject, prop.predicate, node))
        if prop.cls:
            g.add((node, RDF.type, prop.cls))
        if not iri:
            g.add((node, DCT.title, Literal(text)))
            g.add((node, RDFS.label, Literal(text)))


def named_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[str] | None:
    found = set()
    for node in g.objects(subject, prop.predicate):
        nameless = isinstance(node, BNode | Literal) or is_below(subject, node)
        text = label_of(g, node) if nameless else str(node)
        found.add(clean.clean_iri(text) or clean.clean_text(text))
    return sorted(text for text in found if text) or None


def named_one_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    found = named_from_graph(g, subject, prop, notes)
    return found[0] if found else None


# --- code lists -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def _concept(concept: Concept, scheme: str, cls: URIRef | None) -> tuple[URIRef, list[tuple[Node, Node, Node]]]:
    node = URIRef(concept.iri)
    triples: list[tuple[Node, Node, Node]] = [(node, RDF.type, SKOS.Concept)]
    if cls:
        triples.append((node, RDF.type, cls))
    triples.append((node, SKOS.prefLabel, Literal(concept.de, lang="de")))
    if concept.en:
        triples.append((node, SKOS.prefLabel, Literal(concept.en, lang="en")))
    triples.append((node, SKOS.inScheme, URIRef(scheme)))
    return node, triples


def concept_to_graph(g: Graph, concept: Concept, scheme: str, cls: URIRef | None = None) -> URIRef:
    """A code-list entry with its labels and its list: the shapes look for `skos:inScheme` on each value."""
    node, triples = _concept(concept, scheme, cls)
    for triple in triples:
        g.add(triple)
    return node


def codes_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    words = vocabulary(prop.vocabulary)
    for item in value if isinstance(value, list) else [value]:
        concept = words.find(item)
        if concept and concept.iri:
            g.add((subject, prop.predicate, concept_to_graph(g, concept, words.scheme, prop.cls)))


def find_code(g: Graph, node: Node, words: Any) -> str | None:
    """The code that an object stands for: by its IRI or text, else by the name it carries."""
    return (None if isinstance(node, BNode) else words.code(str(node))) or words.code(label_of(g, node))


def codes_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[str] | None:
    words = vocabulary(prop.vocabulary)
    codes = set()
    for node in g.objects(subject, prop.predicate):
        code = find_code(g, node, words)
        if code:
            codes.add(code)
        elif str(node).strip() and not str(node).startswith(words.base + "OP_DATPRO"):
            note(
                notes,
                _("%(property)s: “%(value)s” is not in the code list. The value was left out.")
                % {"property": short(prop.predicate), "value": (label_of(g, node) or str(node))[:80]},
            )
    return sorted(codes) or None


def code_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    found = codes_from_graph(g, subject, prop, notes)
    return found[0] if found else None


# --- identifiers ----------------------------------------------------------------------------------------------------


def identifiers_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """Other identifiers are nodes with a notation."""
    for text in value if isinstance(value, list) else [value]:
        if str(text).strip():
            node = below(subject, "identifier", text)
            g.add((subject, prop.predicate, node))
            g.add((node, RDF.type, ADMS.Identifier))
            g.add((node, SKOS.notation, Literal(str(text))))


def identifiers_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[str] | None:
    found = set()
    for node in g.objects(subject, prop.predicate):
        notations = [str(text).strip() for text in g.objects(node, SKOS.notation)]
        found.update(notations or ([] if isinstance(node, BNode) else [str(node).strip()]))
    return sorted(text for text in found if text) or None


def identifier_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    found = identifiers_from_graph(g, subject, prop, notes)
    return found[0] if found else None


TEXT = Codec(text_to_graph, text_from_graph)
TEXTS = Codec(texts_to_graph, texts_from_graph)
DATE = Codec(date_to_graph, date_from_graph)
DECIMAL = Codec(decimal_to_graph, decimal_from_graph)
SIZE = Codec(size_to_graph, size_from_graph)
DURATION = Codec(duration_to_graph, duration_from_graph)
IRI = Codec(iris_to_graph, iri_from_graph)
IRIS = Codec(iris_to_graph, iris_from_graph)
NAMED = Codec(named_to_graph, named_one_from_graph)
NAMEDS = Codec(named_to_graph, named_from_graph)
CODE = Codec(codes_to_graph, code_from_graph)
CODES = Codec(codes_to_graph, codes_from_graph)
IDENTIFIER = Codec(text_to_graph, identifier_from_graph)
IDENTIFIERS = Codec(identifiers_to_graph, identifiers_from_graph)
