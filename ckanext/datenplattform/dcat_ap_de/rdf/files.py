"""What belongs to a file: licence, media type, checksum. Paired like in `values`."""

from __future__ import annotations

import re
from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.term import BNode, Node

from .. import clean
from ..vocabulary import vocabulary
from .terms import DCT, MEDIA_TYPES, RDF, RDFS, SPDX, XSD, below
from .values import Codec, Notes, Property, concept_to_graph, find_code, label_of, ordered


def licence_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """A licence of the list, another by its address, or a text, which becomes a node."""
    words = vocabulary("licence")
    known = words.find(value)
    text = str(value).strip()
    iri = clean.clean_url(text)
    if known:
        node = concept_to_graph(g, known, words.scheme, DCT.LicenseDocument)
    elif iri:
        node = URIRef(iri)
    else:
        node = below(subject, "licence", text)
        g.add((node, DCT.title, Literal(text)))
        g.add((node, RDFS.label, Literal(text)))
    g.add((node, RDF.type, DCT.LicenseDocument))
    g.add((subject, prop.predicate, node))


def licence_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    nodes = ordered(g.objects(subject, prop.predicate))
    for node in nodes:
        code = find_code(g, node, vocabulary("licence"))
        if code:
            return code
    for node in nodes:
        text = label_of(g, node) or ("" if isinstance(node, BNode) else str(node).strip())
        if text:
            return text
    return None


def media_type_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """A media type (text/csv) as its address at IANA."""
    media = str(value).strip().split(";")[0]
    if re.fullmatch(r"[a-z]+/[A-Za-z0-9!#$&^_.+-]+", media):
        node = URIRef(MEDIA_TYPES + media)
        g.add((subject, prop.predicate, node))
        g.add((node, RDF.type, DCT.MediaType))


def media_type_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> str | None:
    for node in ordered(g.objects(subject, prop.predicate)):
        text = label_of(g, node) or str(node)
        found = re.search(r"(?:media-types/|^)([a-z]+/[A-Za-z0-9!#$&^_.+-]+)\s*(;.*)?$", text.strip())
        if found:
            return found.group(1)
    return None


_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}


def checksum_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """spdx:Checksum from the pair (value, algorithm); the algorithm follows from the length where it is not given."""
    digest, algorithm = value
    digest = str(digest).strip().lower()
    name = re.sub(r"[^a-z0-9]", "", str(algorithm or _ALGORITHMS.get(len(digest), "")).lower().split("_")[-1])
    if not re.fullmatch(r"([0-9a-f]{2})+", digest) or name not in _ALGORITHMS.values():
        return
    node, kind = below(subject, "checksum", digest), SPDX[f"checksumAlgorithm_{name}"]
    g.add((subject, prop.predicate, node))
    g.add((node, RDF.type, SPDX.Checksum))
    g.add((node, SPDX.checksumValue, Literal(digest, datatype=XSD.hexBinary, normalize=False)))
    g.add((node, SPDX.algorithm, kind))
    g.add((kind, RDF.type, SPDX.ChecksumAlgorithm))


def _text(g: Graph, subject: Node, predicate: URIRef) -> str:
    return next((str(found).strip() for found in ordered(g.objects(subject, predicate))), "")


def checksum_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> tuple[str, str] | None:
    """The pair (value, algorithm). Reads GovData's old list too (…/hashAlgorithms/md/5)."""
    for node in g.objects(subject, prop.predicate):
        digest = _text(g, node, SPDX.checksumValue).lower()
        algorithm = re.sub(
            r"[^a-z0-9]",
            "",
            re.split(r"checksumalgorithm_|hashalgorithms/", _text(g, node, SPDX.algorithm).lower())[-1],
        )
        if digest:
            return digest, algorithm or _ALGORITHMS.get(len(digest), "")
    return None


LICENCE = Codec(licence_to_graph, licence_from_graph)
MEDIA_TYPE = Codec(media_type_to_graph, media_type_from_graph)
CHECKSUM = Codec(checksum_to_graph, checksum_from_graph)
