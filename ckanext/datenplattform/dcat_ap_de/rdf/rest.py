"""What our tables have no field for: other languages and unknown statements of a harvested thing, kept and written
again.

They travel with the thing they belong to, as JSON in its hidden field `further_rdf`: a list of [predicate, object],
where an object is {"iri": …}, {"text": …, "lang": … or "type": …} or, for a nameless node, {"node": [statements]}.
Pure; bounded in number, depth and length; nothing that is no plain web address or text gets in or out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.term import BNode, Node

from .. import clean
from .terms import DCAT, ODRL, PROV, RDF, XSD, below, is_below
from .values import ordered

FIELD = "further_rdf"
MAX_STATEMENTS = 200  # of one thing, with all nameless nodes below it
MAX_DEPTH = 4  # nameless nodes within nameless nodes
MAX_TEXT = 20_000  # characters of one text
MAX_JSON = 200_000  # characters of the field
SHOWN = ("de", "")  # languages that the form shows; a text without a language is German

# What the SEMIC shapes want to know of objects whose property has no field.
CLASSES = {
    PROV.wasGeneratedBy: PROV.Activity,
    PROV.qualifiedAttribution: PROV.Attribution,
    ODRL.hasPolicy: ODRL.Policy,
}

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
Statement = list[Any]


@dataclass(frozen=True)
class Kind:
    """What is read and written elsewhere of one kind of thing.

    `known`: its predicates in our tables. `texts`: those of them that may come in several languages, and where else
    the text may have been read from. `links`: those with one field but perhaps more addresses, and the class of these.
    """

    known: frozenset[URIRef]
    texts: dict[URIRef, tuple[URIRef, ...]] = field(default_factory=dict)
    links: dict[URIRef, URIRef | None] = field(default_factory=dict)


def kind(
    known: Iterable[URIRef], texts: Iterable[URIRef] = (), links: dict[URIRef, URIRef | None] | None = None
) -> Kind:
    """A Kind whose texts are read from no other predicates."""
    return Kind(frozenset(known) | {RDF.type}, {text: (text,) for text in texts}, links or {})


# --- reading --------------------------------------------------------------------------------------------------------


def rest_from_graph(g: Graph, node: Node, kind: Kind) -> str | None:
    """The statements about `node` that have no field, as JSON, always in the same order; None if there are none."""
    budget = [MAX_STATEMENTS]
    found: list[Statement] = []
    present = {predicate for predicate, _value in g.predicate_objects(node)}
    for predicate, sources in kind.texts.items():
        if present.isdisjoint(sources):
            continue
        found += [[str(predicate), text] for text in _texts(g, node, sources)]
    for predicate in kind.links.keys() & present:
        found += [[str(predicate), {"iri": iri}] for iri in _addresses(g, node, predicate)[1:]]
    for predicate in sorted(present - kind.known, key=str):
        for value in ordered(g.objects(node, predicate)) if _may_stay(predicate) else ():
            found += [[str(predicate), kept] for kept in _object(g, node, value, 1, budget)]
    return _dump(found)


def _dump(found: list[Statement]) -> str | None:
    lines = sorted(json.dumps(item, ensure_ascii=False, sort_keys=True) for item in found)
    text = "[" + ", ".join(dict.fromkeys(lines[:MAX_STATEMENTS])) + "]"
    return text if found and len(text) <= MAX_JSON else None


def _may_stay(predicate: Node) -> bool:
    """German terms are either in our tables or of older versions, which are read and never written."""
    text = str(predicate)
    return clean.clean_url(text) == text and "dcat-ap.de/def/dcatde" not in text


def _addresses(g: Graph, node: Node, predicate: URIRef) -> list[str]:
    """All addresses, in the order in which `values.iri_from_graph` takes the first."""
    return sorted({clean.clean_iri(value) for value in g.objects(node, predicate) if isinstance(value, URIRef)} - {""})


def _texts(g: Graph, node: Node, sources: tuple[URIRef, ...]) -> list[dict[str, str]]:
    """The texts of a property, if they say more than one text without a language can."""
    for source in sources:
        literals = [value for value in ordered(g.objects(node, source)) if isinstance(value, Literal)]
        texts = [text for text in map(_text, literals) if text]
        if texts:
            return texts if len(texts) > 1 or "lang" in texts[0] else []
    return []


def _text(literal: Literal) -> dict[str, str] | None:
    """A text as JSON; HTML becomes plain text, a type is kept where the text fits it."""
    language, datatype = literal.language, clean.clean_url(literal.datatype)
    if datatype and datatype not in (str(XSD.string), str(RDF.HTML), str(RDF.XMLLiteral)) and not literal.ill_typed:
        text = clean.clean_control(str(literal))
        return {"text": text, "type": datatype} if len(text) <= MAX_TEXT else None
    text = clean.clean_text(literal)[:MAX_TEXT]
    if not text:
        return None
    return {"text": text, "lang": language} if language and _LANGUAGE.fullmatch(language) else {"text": text}


def _object(g: Graph, owner: Node, value: Node, depth: int, budget: list[int]) -> Iterator[dict[str, Any]]:
    budget[0] -= 1
    if budget[0] < 0:
        return
    if isinstance(value, Literal):
        text = _text(value)
        if text:
            yield text
    elif isinstance(value, BNode) or is_below(owner, value):
        if depth < MAX_DEPTH:
            inner = [
                [str(predicate), kept]
                for predicate, below_it in g.predicate_objects(value)
                if _may_stay(predicate) and not (predicate == RDF.type and str(below_it).startswith(DCAT))
                for kept in _object(g, value, below_it, depth + 1, budget)
            ]
            if inner:
                yield {"node": sorted(inner, key=lambda item: json.dumps(item, sort_keys=True))}
    else:
        iri = clean.clean_iri(value)
        if iri:
            yield {"iri": iri}


# --- writing --------------------------------------------------------------------------------------------------------


class Rest:
    """The statements of one thing, on their way out."""

    def __init__(self, text: Any) -> None:
        self._values: dict[URIRef, list[dict[str, Any]]] = {}
        for predicate, value in load(text) if text else []:
            self._values.setdefault(URIRef(predicate), []).append(value)

    def texts(self, predicate: URIRef, text: str) -> list[Literal]:
        """A text of the form with its language and in the other languages.

        Once it has been changed in the form, what the source said in German is no longer written.
        """
        kept = self._literals(predicate)
        if any(str(literal) == text for literal in kept):
            return kept
        return [Literal(text), *(literal for literal in kept if not _is_shown(literal))]

    def keywords(self, tags: Iterable[str]) -> list[Literal]:
        """The keywords; those that the source wrote with a language or with signs that a tag cannot hold, as there.

        A German one whose tag has been taken away is no longer written.
        """
        written, covered = [], set()
        tags = list(tags)
        for literal in self._literals(DCAT.keyword):
            same = set(clean.clean_tags([str(literal)])) & set(tags)
            if same or not _is_shown(literal):
                written.append(literal)
                covered |= same
        return [*(Literal(tag) for tag in tags if tag not in covered), *written]

    def _literals(self, predicate: URIRef) -> list[Literal]:
        found = map(_literal, self._values.get(predicate, ()))
        return [literal for literal in found if literal is not None]

    def to_graph(self, g: Graph, node: URIRef, kind: Kind) -> None:
        """Write everything but texts and keywords."""
        for predicate, values in self._values.items():
            if predicate in kind.known and predicate not in kind.links:
                continue
            cls = kind.links.get(predicate) or CLASSES.get(predicate)
            for value in values:
                written = _term(g, node, value, 1)
                if written is not None:
                    g.add((node, predicate, written))
                    if cls and isinstance(written, URIRef):
                        g.add((written, RDF.type, cls))


def _is_shown(literal: Literal) -> bool:
    return (literal.language or "").split("-")[0].lower() in SHOWN


def load(text: Any) -> list[Statement]:
    """The statements that a field holds; what is not of the form is left out."""
    try:
        found = json.loads(text) if isinstance(text, str) and len(text) <= MAX_JSON else []
    except ValueError:
        return []
    return [item for item in found[:MAX_STATEMENTS] if _is_statement(item)] if isinstance(found, list) else []


def _is_statement(item: Any) -> bool:
    fits = isinstance(item, list) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], dict)
    return fits and _may_stay(URIRef(item[0]))


def _literal(value: dict[str, Any]) -> Literal | None:
    text, language, datatype = value.get("text"), value.get("lang"), clean.clean_url(value.get("type"))
    if not isinstance(text, str) or not text:
        return None
    if isinstance(language, str) and _LANGUAGE.fullmatch(language):
        return Literal(text, lang=language)
    return Literal(text, datatype=URIRef(datatype), normalize=False) if datatype else Literal(text)


def _term(g: Graph, owner: URIRef, value: dict[str, Any], depth: int) -> URIRef | Literal | None:
    if "text" in value:
        return _literal(value)
    if "iri" in value:
        iri = clean.clean_iri(value["iri"])
        return URIRef(iri) if iri else None
    inner = [item for item in value.get("node") or [] if _is_statement(item)]
    if not inner or depth >= MAX_DEPTH:
        return None
    node = below(owner, "node", json.dumps(inner, ensure_ascii=False, sort_keys=True))
    for predicate, below_it in inner:
        term = _term(g, node, below_it, depth + 1)
        if term is not None:
            g.add((node, URIRef(predicate), term))
    return node


def keywords_from_graph(g: Graph, node: Node) -> tuple[list[str], list[Statement]]:
    """The keywords that the form shows (German ones; all, where there are none), and as statements those that a tag
    cannot hold as they are.
    """
    literals = [value for value in ordered(g.objects(node, DCAT.keyword)) if isinstance(value, Literal)]
    german = [value for value in literals if _is_shown(value)]
    kept = []
    for value in literals:
        text = _text(value) or {}
        for word in re.split(r"[,;]", text.get("text", "")):
            if word.strip() and ("lang" in text or clean.clean_tags([word]) != [word.strip()]):
                kept.append([str(DCAT.keyword), {**text, "text": word.strip()}])
    return [clean.clean_text(value) for value in german or literals], kept


def joined(*parts: str | None, more: list[Statement] | None = None) -> str | None:
    """One field from several."""
    return _dump([item for part in parts for item in load(part)] + (more or []))


__all__ = ["FIELD", "Kind", "Rest", "joined", "keywords_from_graph", "kind", "load", "rest_from_graph"]
