"""Namespaces, prefixes and the addresses of helper nodes."""

from __future__ import annotations

import hashlib
import re

from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import FOAF, ORG, OWL, PROV, RDF, RDFS, SKOS, XSD

DCT = Namespace("http://purl.org/dc/terms/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
# The namespace of DCAT-AP.de 1.1 to 3.0; older catalogues put a version behind it, see `legacy`.
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
GEODCATAP = Namespace("http://data.europa.eu/930/")
ADMS = Namespace("http://www.w3.org/ns/adms#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SCHEMA = Namespace("http://schema.org/")
SCHEMAS = Namespace("https://schema.org/")
TIME = Namespace("http://www.w3.org/2006/time#")
LOCN = Namespace("http://www.w3.org/ns/locn#")
GSP = Namespace("http://www.opengis.net/ont/geosparql#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
ELI = Namespace("http://data.europa.eu/eli/ontology#")
ODRL = Namespace("http://www.w3.org/ns/odrl/2/")

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
