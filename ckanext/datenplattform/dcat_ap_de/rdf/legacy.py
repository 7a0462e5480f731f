"""Terms of DCAT-AP.de 1.x and 2.0: read, never written. They map to their successors."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from rdflib import Graph, URIRef
from rdflib.namespace import OWL
from rdflib.term import BNode, Node

from ckanext.datenplattform.core.i18n import translate as _

from .. import clean
from ..vocabulary import vocabulary
from .nodes import AGENTS, geocoding_in_places
from .terms import ADMS, DCAT, DCATDE, DCT, SCHEMA, SCHEMAS
from .values import IRIS, NAMEDS, Notes, Property, note, ordered

# Older catalogues put the version into the namespace, some forget the slash ("…/dcatde/1_0politicalGeocodingURI").
_DCATDE = re.compile(r"https?://(?:www\.)?dcat-ap\.de/def/dcatde/(?:\d+(?:[._]\d+)*/?)?(?P<term>[A-Za-z]+)$")

# Relations to other datasets that are deprecated, discouraged (convention 21) or would drag the other dataset into our
# graph (the shapes ask for its title, its publisher…): their addresses become related things (dct:relation).
RELATIONS = (
    *(DCT.hasVersion, DCT.isVersionOf, DCT.hasPart, DCT.isPartOf, DCT.source),
    *(DCAT.hasVersion, DCAT.isVersionOf, ADMS.sample),
)
# Old terms outside the German namespace.
OLD = (
    *(OWL.versionInfo, ADMS.version, DCAT.granularity),
    *(SCHEMA.startDate, SCHEMA.endDate, SCHEMAS.startDate, SCHEMAS.endDate),
)


def modernise(g: Graph, subject: Node) -> None:
    """Add to each dcatde: statement of an older version the same one in today's namespace."""
    for predicate, found in list(g.predicate_objects(subject)):
        match = _DCATDE.match(str(predicate))
        if match and predicate != DCATDE[match["term"]]:
            g.add((subject, DCATDE[match["term"]], found))


def read_old_terms(g: Graph, subject: Node, dataset: dict[str, Any], notes: Notes) -> None:
    """Fill the fields that today's terms left empty from their predecessors."""
    for field, predicate in (("originator", DCATDE.originator), ("custodian", DCATDE.maintainer)):
        agents = AGENTS.from_graph(g, subject, Property(field, predicate, AGENTS), notes)
        if agents:
            dataset.setdefault(field, agents)
    laws = NAMEDS.from_graph(g, subject, Property("applicable_legislation", DCATDE.legalBasis, NAMEDS), notes)
    if laws:
        dataset["applicable_legislation"] = sorted({*dataset.get("applicable_legislation", []), *laws})
    pages = IRIS.from_graph(g, subject, Property("documentation", DCATDE.qualityProcessURI, IRIS), notes)
    if pages:
        dataset["documentation"] = sorted({*dataset.get("documentation", []), *pages})
    for text in ordered(g.objects(subject, DCATDE.geocodingDescription)):
        place = {"text": clean.clean_text(text)}
        if place["text"] and place not in dataset.setdefault("spatial_coverage", []):
            dataset["spatial_coverage"].append(place)
    for predicate in (OWL.versionInfo, ADMS.version):
        for text in ordered(g.objects(subject, predicate)):
            dataset.setdefault("version", str(text).strip())
    others: set[str] = set()
    present = {predicate for predicate, _value in g.predicate_objects(subject)}
    for relation in present.intersection(RELATIONS):
        others.update(IRIS.from_graph(g, subject, Property("", URIRef(str(relation)), IRIS), notes) or [])
    if others:
        dataset["related_resource"] = sorted({*dataset.get("related_resource", []), *others})
    keys = geocoding_in_places(g, subject)
    if keys:
        dataset["political_geocoding_uri"] = sorted({*dataset.get("political_geocoding_uri", []), *keys})


def old_availability(g: Graph, node: Node) -> Node | None:
    """The value of dcatde:plannedAvailability."""
    return next(iter(ordered(g.objects(node, DCATDE.plannedAvailability))), None)


def own_themes(g: Graph, subject: Node, notes: Notes) -> list[str]:
    """Names of categories that a portal made for itself, to be kept as keywords; the statements are taken out of the
    graph.
    """
    words = []
    for node in list(g.objects(subject, DCAT.theme)):
        if isinstance(node, BNode) or vocabulary("theme").find(str(node)) or "publications.europa.eu" in str(node):
            continue
        label = next(
            (str(text) for text in ordered(g.objects(node, URIRef("http://www.w3.org/2004/02/skos/core#prefLabel")))),
            "",
        )
        name = label or unquote(re.split(r"[/#]", str(node).rstrip("/"))[-1]).replace("_", " ")
        if name:
            g.remove((subject, DCAT.theme, node))
            words.append(name)
            note(
                notes,
                _("dcat:theme: “%(value)s” is no EU data theme. It was kept as a keyword.") % {"value": name[:80]},
            )
    return sorted(words)
