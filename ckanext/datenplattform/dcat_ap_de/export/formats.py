"""Writing triples piece by piece: pieces made at different times can be joined without being read again. Pure.

N-Triples (W3C Recommendation 2014), Turtle 1.1, RDF/XML 1.1, JSON-LD 1.1 with its context in the document (prefixes
only, nothing to fetch). A piece is the text of some nodes; `head`, pieces joined by `between`, and `tail` are a
document. The same node may stand in several pieces.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from rdflib import Literal
from rdflib.term import BNode

from ..rdf.terms import PREFIXES, RDF, RDFS
from .triples import Statements

HYDRA = "http://www.w3.org/ns/hydra/core#"
PREFIX = {"rdf": str(RDF), "rdfs": str(RDFS), "hydra": HYDRA, **{name: str(space) for name, space in PREFIXES.items()}}
TYPE = str(RDF.type)

_NO_IRI = re.compile(r"[\x00-\x20<>\"{}|^`\\]")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile(r'["\\\x00-\x1f\x7f]')
# characters that XML 1.0 cannot hold at all
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Format:
    """How one format is written. `node` gives the text of one node, "" where the format cannot say it."""

    ending: str
    media_type: str
    head: str
    tail: str
    between: str
    node: Callable[[Any, Statements], str]
    # a line that stands behind the last piece: who does not find it got a part only
    end: Callable[[int], str]

    def piece(self, nodes: dict[Any, Statements]) -> str:
        """The text of some nodes."""
        return self.between.join(filter(None, (self.node(node, statements) for node, statements in nodes.items())))


def _iri(term: Any) -> str:
    text = str(term)
    return _NO_IRI.sub(lambda found: quote(found.group()), text) if _NO_IRI.search(text) else text


def _blank(term: Any) -> str:
    return "b" + re.sub(r"[^A-Za-z0-9]", "", str(term))


_NAMES = {space: name for name, space in PREFIX.items()}
_LAST_PART = re.compile(r"(.*[/#])([A-Za-z_][A-Za-z0-9_-]*)")


@lru_cache(maxsize=8192)
def _prefixed(iri: str) -> str | None:
    """The IRI as prefix:name where one of our prefixes fits."""
    found = _LAST_PART.fullmatch(iri)
    name = _NAMES.get(found[1]) if found else None
    return f"{name}:{found[2]}" if found and name else None


def _short(term: Any) -> str | None:
    return _prefixed(str(term))


def _quoted(text: str) -> str:
    if not _TO_ESCAPE.search(text):
        return f'"{text}"'
    return '"' + _TO_ESCAPE.sub(lambda c: _ESCAPES.get(c.group()) or f"\\u{ord(c.group()):04X}", text) + '"'


# --- N-Triples ------------------------------------------------------------------------------------------------------


def _nt_term(term: Any) -> str:
    if isinstance(term, Literal):
        text = _quoted(str(term))
        if term.language:
            return f"{text}@{term.language}"
        return f"{text}^^<{_iri(term.datatype)}>" if term.datatype else text
    return f"_:{_blank(term)}" if isinstance(term, BNode) else f"<{_iri(term)}>"


def _nt_node(node: Any, statements: Statements) -> str:
    subject = _nt_term(node)
    return "".join(f"{subject} <{_iri(predicate)}> {_nt_term(value)} .\n" for predicate, value in statements)


# --- Turtle ---------------------------------------------------------------------------------------------------------


def _ttl_term(term: Any) -> str:
    if isinstance(term, Literal):
        text = _quoted(str(term))
        if term.language:
            return f"{text}@{term.language}"
        return f"{text}^^{_short(term.datatype) or f'<{_iri(term.datatype)}>'}" if term.datatype else text
    return f"_:{_blank(term)}" if isinstance(term, BNode) else _short(term) or f"<{_iri(term)}>"


def _by_property(statements: Statements) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for predicate, value in statements:
        found.setdefault(str(predicate), []).append(value)
    return found


def _ttl_node(node: Any, statements: Statements) -> str:
    parts = []
    for predicate, values in _by_property(statements).items():
        name = "a" if predicate == TYPE else _short(predicate) or f"<{_iri(predicate)}>"
        parts.append(f"{name} {', '.join(map(_ttl_term, values))}")
    return f"{_ttl_term(node)} " + " ;\n    ".join(parts) + " .\n"


# --- RDF/XML --------------------------------------------------------------------------------------------------------


def _xml_name(predicate: str) -> tuple[str, str] | None:
    """(element, declaration of its namespace where it has no prefix of ours); None for what is no XML name."""
    short = _short(predicate)
    if short:
        return short, ""
    found = re.fullmatch(r"(.+?)([A-Za-z_][\w.-]*)", _iri(predicate), re.ASCII)
    return (f"x:{found[2]}", f" xmlns:x={quoteattr(found[1])}") if found else None


def _xml_text(text: str) -> str:
    return escape(_NO_XML.sub("", text), {"\r": "&#13;"})


def _xml_value(name: str, space: str, value: Any) -> str:
    if isinstance(value, Literal):
        about = ""
        if value.language:
            about = f" xml:lang={quoteattr(value.language)}"
        elif value.datatype:
            about = f" rdf:datatype={quoteattr(_iri(value.datatype))}"
        return f"    <{name}{space}{about}>{_xml_text(str(value))}</{name}>\n"
    about = f" rdf:nodeID={quoteattr(_blank(value))}" if isinstance(value, BNode) else f" rdf:resource={quoteattr(_iri(value))}"
    return f"    <{name}{space}{about}/>\n"


def _xml_node(node: Any, statements: Statements) -> str:
    lines = []
    for predicate, value in statements:
        name = _xml_name(str(predicate))
        if name:
            lines.append(_xml_value(*name, value))
    about = f"rdf:nodeID={quoteattr(_blank(node))}" if isinstance(node, BNode) else f"rdf:about={quoteattr(_iri(node))}"
    return f"  <rdf:Description {about}>\n{''.join(lines)}  </rdf:Description>\n" if lines else ""


# --- JSON-LD --------------------------------------------------------------------------------------------------------


def _json_id(term: Any) -> str:
    return f"_:{_blank(term)}" if isinstance(term, BNode) else _iri(term)


def _json_value(value: Any) -> Any:
    if not isinstance(value, Literal):
        return {"@id": _json_id(value)}
    if value.language:
        return {"@value": str(value), "@language": value.language}
    if value.datatype:
        return {"@value": str(value), "@type": _short(value.datatype) or _iri(value.datatype)}
    return str(value)


def json_node(node: Any, statements: Statements) -> dict[str, Any]:
    """A node object of JSON-LD, for the context `{prefix: namespace}` of `PREFIX`."""
    found: dict[str, Any] = {"@id": _json_id(node)}
    for predicate, values in _by_property(statements).items():
        if predicate == TYPE:
            items: list[Any] = [_short(value) or _json_id(value) for value in values]
        else:
            items = [_json_value(value) for value in values]
        name = "@type" if predicate == TYPE else _short(predicate) or _iri(predicate)
        found[name] = items[0] if len(items) == 1 else items
    return found


def _jsonld_node(node: Any, statements: Statements) -> str:
    return json.dumps(json_node(node, statements), ensure_ascii=False, separators=(",", ":"))


# --- the formats ----------------------------------------------------------------------------------------------------


def _comment(count: int) -> str:
    return f"# complete: {count}\n"


FORMATS = {
    found.ending: found
    for found in (
        Format("nt", "application/n-triples", "", "", "", _nt_node, _comment),
        Format(
            "ttl", "text/turtle",
            "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIX.items()) + "\n", "", "", _ttl_node, _comment,
        ),
        Format(
            "xml", "application/rdf+xml",
            '<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF'
            + "".join(f"\n    xmlns:{name}={quoteattr(space)}" for name, space in PREFIX.items()) + ">\n",
            "</rdf:RDF>\n", "", _xml_node, lambda count: f"<!-- complete: {count} -->\n",
        ),
        Format(
            "jsonld", "application/ld+json",
            f'{{"@context":{json.dumps(PREFIX, separators=(",", ":"))},\n"@graph":[\n', "\n]}\n", ",\n", _jsonld_node, lambda _count: "",
        ),
    )
}  # fmt: skip
# other endings and names for the same
SAME = {"rdf": "xml", "n3": "ttl", "turtle": "ttl", "json-ld": "jsonld", "pretty-xml": "xml"}
ENDINGS = (*FORMATS, "rdf", "n3")


def format_of(name: str) -> Format:
    """The format of an ending; raises KeyError for another."""
    return FORMATS[SAME.get(name, name)]


def document(form: Format, pieces: Iterable[str], count: Callable[[], int]) -> Iterator[str]:
    """The parts of a whole document; `count` is asked at the end for the number of datasets."""
    yield form.head
    first = True
    for piece in pieces:
        if piece:
            yield piece if first else form.between + piece
            first = False
    yield form.end(count()) + form.tail
