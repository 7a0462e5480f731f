"""Namespaces, prefixes and the addresses of helper nodes."""

from __future__ import annotations

import hashlib
import re

from rdflib import Graph, Namespace, URIRef


class Space(Namespace):
    """A namespace that makes each of its terms once: a catalogue names them a hundred thousand times."""

    def term(self, name: str) -> URIRef:
        found = self.__dict__.get(name)
        if found is None:
            found = self.__dict__[name] = super().term(name)
        return found

    @property
    def title(self) -> URIRef:  # type: ignore[override]
        return self.term("title")


RDF = Space("http://www.w3.org/1999/02/22-rdf-syntax-ns#")
RDFS = Space("http://www.w3.org/2000/01/rdf-schema#")
XSD = Space("http://www.w3.org/2001/XMLSchema#")
SKOS = Space("http://www.w3.org/2004/02/skos/core#")
FOAF = Space("http://xmlns.com/foaf/0.1/")
ORG = Space("http://www.w3.org/ns/org#")
OWL = Space("http://www.w3.org/2002/07/owl#")
PROV = Space("http://www.w3.org/ns/prov#")
DCT = Space("http://purl.org/dc/terms/")
DCAT = Space("http://www.w3.org/ns/dcat#")
DCATAP = Space("http://data.europa.eu/r5r/")
# The namespace of DCAT-AP.de 1.1 to 3.0; older catalogues put a version behind it, see `legacy`.
DCATDE = Space("http://dcat-ap.de/def/dcatde/")
GEODCATAP = Space("http://data.europa.eu/930/")
ADMS = Space("http://www.w3.org/ns/adms#")
VCARD = Space("http://www.w3.org/2006/vcard/ns#")
SCHEMA = Space("http://schema.org/")
SCHEMAS = Space("https://schema.org/")
TIME = Space("http://www.w3.org/2006/time#")
LOCN = Space("http://www.w3.org/ns/locn#")
GSP = Space("http://www.opengis.net/ont/geosparql#")
SPDX = Space("http://spdx.org/rdf/terms#")
ELI = Space("http://data.europa.eu/eli/ontology#")
ODRL = Space("http://www.w3.org/ns/odrl/2/")

PREFIXES = {
    "adms": ADMS,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dcatde": DCATDE,
    "dct": DCT,
    "eli": ELI,
    "foaf": FOAF,
    "geodcatap": GEODCATAP,
    "gsp": GSP,
    "locn": LOCN,
    "owl": OWL,
    "prov": PROV,
    "rdfs": RDFS,
    "schema": SCHEMA,
    "skos": SKOS,
    "spdx": SPDX,
    "vcard": VCARD,
    "xsd": XSD,
}

GEOJSON = URIRef("https://www.iana.org/assignments/media-types/application/geo+json")
GEOJSON_OLD = URIRef("https://www.iana.org/assignments/media-types/application/vnd.geo+json")
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
GEOCODING_KEYS = "dcat-ap.de/def/politicalGeocoding/"

__all__ = [
    "ADMS",
    "DCAT",
    "DCATAP",
    "DCATDE",
    "DCT",
    "ELI",
    "FOAF",
    "GEOCODING_KEYS",
    "GEODCATAP",
    "GEOJSON",
    "GEOJSON_OLD",
    "GSP",
    "LOCN",
    "MEDIA_TYPES",
    "ODRL",
    "ORG",
    "OWL",
    "PREFIXES",
    "PROV",
    "RDF",
    "RDFS",
    "SCHEMA",
    "SCHEMAS",
    "SKOS",
    "SPDX",
    "TIME",
    "VCARD",
    "XSD",
    "below",
    "bind",
    "is_below",
    "short",
]


def bind(g: Graph) -> None:
    """Give the graph our prefixes, once."""
    if g.store.prefix(URIRef(DCATDE)) == "dcatde":
        return
    for prefix, namespace in PREFIXES.items():
        g.bind(prefix, namespace, replace=True)


def short(term: URIRef) -> str:
    """A property as its documentation writes it ("dct:issued")."""
    for prefix, namespace in PREFIXES.items():
        if str(term).startswith(str(namespace)):
            return f"{prefix}:{str(term)[len(str(namespace)) :]}"
    return str(term)


def below(owner: URIRef, kind: str, *content: object) -> URIRef:
    """A stable address for a node that has none of its own: the same content below the same owner gives the same
    address.

    Harvesters that compare our catalogue from day to day see a change only where something changed; blank nodes would
    always differ.
    """
    digest = hashlib.sha256("\x1f".join(str(part) for part in content).encode()).hexdigest()[:12]
    mark = "-" if "#" in owner else "#"
    return URIRef(f"{owner}{mark}{kind}-{digest}")


_BELOW = re.compile(r"[#-][a-z-]+-[0-9a-f]{12}")


def is_below(owner: object, node: object) -> bool:
    """Whether a node has no address of its own but one that `below` made for this owner."""
    text = str(node)
    return isinstance(owner, URIRef) and text.startswith(owner) and bool(_BELOW.fullmatch(text, len(owner)))
