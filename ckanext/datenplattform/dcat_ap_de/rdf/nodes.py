"""Things with parts of their own: agents, contacts, periods, places. Paired like in `values`."""

from __future__ import annotations

import json
import re
from typing import Any

from geomet import InvalidGeoJSONException, wkt
from rdflib import Graph, Literal, URIRef
from rdflib.term import BNode, Node

from .. import clean
from ..vocabulary import vocabulary
from .rest import FIELD, Kind, Rest, joined, kind, load, rest_from_graph
from .terms import (
    DCAT,
    DCT,
    FOAF,
    GEOCODING_KEYS,
    GEOJSON,
    GEOJSON_OLD,
    GSP,
    LOCN,
    RDF,
    RDFS,
    SCHEMA,
    SCHEMAS,
    SKOS,
    TIME,
    VCARD,
    XSD,
    below,
    is_below,
)
from .values import Codec, Notes, Property, concept_to_graph, date_literal, find_code, label_of, ordered, read_date


def _filled(items: Any) -> list[dict[str, Any]]:
    """The entries of a repeating field that say something."""
    return [item for item in items or [] if isinstance(item, dict) and any(value for value in item.values())]


def _first(g: Graph, subject: Node, *predicates: URIRef) -> str:
    """The first text or IRI below one of the properties."""
    for predicate in predicates:
        for node in ordered(g.objects(subject, predicate)):
            text = (
                str(node).strip()
                if not isinstance(node, BNode)
                else str(g.value(node, VCARD.hasValue) or label_of(g, node))
            )
            if text:
                return text
    return ""


# --- agents ---------------------------------------------------------------------------------------------------------


_AGENT = kind(
    (
        *(FOAF.name, FOAF.mbox, FOAF.homepage, FOAF.page, DCT.identifier, DCT.type, DCT.title, RDFS.label),
        *(VCARD.fn, VCARD.hasEmail, VCARD.hasURL),
    ),
    texts=(FOAF.name,),
)


def agents_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """foaf:Agent; a name is a must, so an agent without one gets its address as name."""
    for agent in _filled(value):
        iri = clean.clean_iri(agent.get("uri"))
        name = agent.get("name") or agent.get("email") or agent.get("url") or iri
        if not name:
            continue
        node = URIRef(iri) if iri else below(subject, "agent", name, agent.get("email"), agent.get("url"))
        g.add((subject, prop.predicate, node))
        g.add((node, RDF.type, FOAF.Agent))
        rest = Rest(agent.get(FIELD))
        for text in rest.texts(FOAF.name, name):
            g.add((node, FOAF.name, text))
        if clean.clean_email(agent.get("email")):
            g.add((node, FOAF.mbox, URIRef(clean.clean_iri("mailto:" + clean.clean_email(agent["email"])))))
        if clean.clean_url(agent.get("url")):
            g.add((node, FOAF.homepage, URIRef(clean.clean_url(agent["url"]))))
        if agent.get("identifier"):
            g.add((node, DCT.identifier, Literal(agent["identifier"])))
        words = vocabulary("publisher_type")
        found = words.find(agent.get("type"))
        if found:
            g.add((node, DCT.type, concept_to_graph(g, found, words.scheme)))
        rest.to_graph(g, node, _AGENT)


# Bremen writes name and mail address of an agent into one text.
_NAME_AND_MAIL = re.compile(r"(?P<name>.*?)\s*e-?mail:\s*(?P<email>\S+@\S+)", re.IGNORECASE | re.DOTALL)


def agents_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[dict[str, str]] | None:
    agents = []
    for node in ordered(g.objects(subject, prop.predicate)):
        name = _first(g, node, FOAF.name, RDFS.label, DCT.title, VCARD.fn)
        email = clean.clean_email(_first(g, node, FOAF.mbox, VCARD.hasEmail))
        if isinstance(node, Literal):
            name = str(node).strip()
        split = _NAME_AND_MAIL.fullmatch(name)
        if split:
            name, email = split["name"], email or clean.clean_email(split["email"])
        agent = {
            "uri": clean.clean_iri(node) if isinstance(node, URIRef) and not is_below(subject, node) else "",
            "name": clean.clean_text(name),
            "email": email,
            "url": clean.clean_url(_first(g, node, FOAF.homepage, FOAF.page, VCARD.hasURL)),
            "type": "",
            "identifier": _first(g, node, DCT.identifier),
        }
        for found in g.objects(node, DCT.type):
            agent["type"] = find_code(g, found, vocabulary("publisher_type")) or ""
        if agent["name"] in (agent["email"], agent["url"], agent["uri"]):
            # A name is a must, so who has none goes by the address.
            agent["name"] = ""
        agent[FIELD] = rest_from_graph(g, node, _AGENT) or ""
        agent = {key: text for key, text in agent.items() if text}
        if agent and agent not in agents:
            agents.append(agent)
    return agents or None


# --- contacts -------------------------------------------------------------------------------------------------------


_CONTACT = kind(
    (
        *(VCARD.fn, VCARD.hasFN, VCARD["organization-name"], VCARD.hasEmail, VCARD.email, VCARD.hasURL, VCARD.url),
        *(VCARD.hasTelephone, VCARD.tel, FOAF.name, FOAF.mbox, FOAF.homepage),
    )
)


def contacts_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """vcard:Kind with mail, web address or telephone; one that has none of them may not be written."""
    for contact in _filled(value):
        email = clean.clean_email(contact.get("email"))
        url = clean.clean_url(contact.get("url"))
        telephone = re.sub(r"[^0-9+]", "", str(contact.get("telephone") or ""))
        if not (email or url or telephone):
            continue
        iri = clean.clean_iri(contact.get("uri"))
        node = URIRef(iri) if iri else below(subject, "contact", contact.get("name"), email, url, telephone)
        g.add((subject, prop.predicate, node))
        g.add((node, RDF.type, VCARD.Kind))
        g.add((node, RDF.type, VCARD.Organization))
        if contact.get("name"):
            g.add((node, VCARD.fn, Literal(contact["name"])))
        if email:
            g.add((node, VCARD.hasEmail, URIRef(clean.clean_iri("mailto:" + email))))
        if url:
            g.add((node, VCARD.hasURL, URIRef(url)))
        if telephone:
            g.add((node, VCARD.hasTelephone, URIRef("tel:" + telephone)))
        Rest(contact.get(FIELD)).to_graph(g, node, _CONTACT)


def contacts_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[dict[str, str]] | None:
    contacts = []
    for node in ordered(g.objects(subject, prop.predicate)):
        contact = {
            "uri": clean.clean_url(node) if isinstance(node, URIRef) and not is_below(subject, node) else "",
            "name": clean.clean_text(_first(g, node, VCARD.fn, VCARD.hasFN, VCARD["organization-name"], FOAF.name)),
            "email": clean.clean_email(_first(g, node, VCARD.hasEmail, VCARD.email, FOAF.mbox)),
            "url": clean.clean_url(_first(g, node, VCARD.hasURL, VCARD.url, FOAF.homepage)),
            "telephone": re.sub(r"^tel:", "", _first(g, node, VCARD.hasTelephone, VCARD.tel)),
            FIELD: rest_from_graph(g, node, _CONTACT) or "",
        }
        contact = {key: text for key, text in contact.items() if text}
        if contact and contact not in contacts:
            contacts.append(contact)
    return contacts or None


# --- periods --------------------------------------------------------------------------------------------------------


def periods_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """dct:PeriodOfTime with at least one end."""
    for period in _filled(value):
        ends = [
            (DCAT.startDate, date_literal(str(period.get("start") or ""))),
            (DCAT.endDate, date_literal(str(period.get("end") or ""))),
        ]
        if not any(literal is not None for _predicate, literal in ends):
            continue
        node = below(subject, "period", *(literal for _predicate, literal in ends))
        g.add((subject, prop.predicate, node))
        g.add((node, RDF.type, DCT.PeriodOfTime))
        for predicate, literal in ends:
            if literal is not None:
                g.add((node, predicate, literal))


def _period_end(g: Graph, node: Node, direct: tuple[URIRef, ...], instant: URIRef, notes: Notes) -> str | None:
    for predicate in direct:
        found = read_date(g, node, predicate, notes)
        if found:
            return found
    for moment in g.objects(node, instant):
        for predicate in (TIME.inXSDDateTimeStamp, TIME.inXSDDateTime, TIME.inXSDDate, TIME.inXSDgYear):
            found = read_date(g, moment, predicate, notes)
            if found:
                return found
    return None


def periods_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[dict[str, str]] | None:
    periods = []
    for node in ordered(g.objects(subject, prop.predicate)):
        start = _period_end(g, node, (DCAT.startDate, SCHEMA.startDate, SCHEMAS.startDate), TIME.hasBeginning, notes)
        end = _period_end(g, node, (DCAT.endDate, SCHEMA.endDate, SCHEMAS.endDate), TIME.hasEnd, notes)
        period = {key: text for key, text in (("start", start), ("end", end)) if text}
        if period and period not in periods:
            periods.append(period)
    return sorted(periods, key=lambda period: (period.get("start", ""), period.get("end", ""))) or None


# --- places ---------------------------------------------------------------------------------------------------------


# A place has one name; the first of these is the one that we write.
_PLACE = Kind(
    frozenset(
        (
            *(RDF.type, SKOS.prefLabel, RDFS.label, DCT.title, FOAF.name),
            *(DCAT.bbox, DCAT.centroid, GSP.hasGeometry, LOCN.geometry),
        )
    ),
    {SKOS.prefLabel: (RDFS.label, SKOS.prefLabel, DCT.title, FOAF.name)},
)


def _wkt(text: Any) -> Literal | None:
    """GeoJSON as a WKT literal in WGS 84, longitude first (CRS 84, GeoSPARQL's default)."""
    try:
        return Literal(wkt.dumps(json.loads(text), decimals=7), datatype=GSP.wktLiteral)
    except (ValueError, TypeError, KeyError, IndexError, InvalidGeoJSONException):
        return None


def places_to_graph(g: Graph, subject: URIRef, prop: Property, value: Any) -> None:
    """dct:Location. The exact geometry goes to gsp:hasGeometry: SEMIC wants no literal at locn:geometry, and many
    readers no node.
    """
    for place in _filled(value):
        shapes = {key: _wkt(place[key]) for key in ("geom", "bbox", "centroid") if place.get(key)}
        iri = clean.clean_iri(place.get("uri"))
        node = URIRef(iri) if iri else below(subject, "place", place.get("text"), *shapes.values())
        g.add((subject, prop.predicate, node))
        g.add((node, RDF.type, DCT.Location))
        rest = Rest(place.get(FIELD))
        for text in rest.texts(SKOS.prefLabel, place["text"]) if place.get("text") else []:
            g.add((node, SKOS.prefLabel, text))
        for key, predicate in (("bbox", DCAT.bbox), ("centroid", DCAT.centroid)):
            literal = shapes.get(key)
            if literal is not None:
                g.add((node, predicate, literal))
        geometry = shapes.get("geom")
        if geometry is not None:
            shape = below(node, "geometry", geometry)
            g.add((node, GSP.hasGeometry, shape))
            g.add((shape, RDF.type, GSP.Geometry))
            g.add((shape, GSP.asWKT, geometry))
        rest.to_graph(g, node, _PLACE)


def _shape(g: Graph, node: Node, predicate: URIRef) -> str:
    """A geometry, given as GeoJSON or WKT literal or as a node with asWKT, as GeoJSON text."""
    for found in g.objects(node, predicate):
        literals = (
            [found] if isinstance(found, Literal) else [*g.objects(found, GSP.asWKT), *g.objects(found, GSP.asGeoJSON)]
        )
        for literal in literals:
            geojson = clean.clean_geometry(literal)
            datatype = getattr(literal, "datatype", None)
            if geojson and datatype in (None, GEOJSON, GEOJSON_OLD, XSD.string, GSP.geoJSONLiteral):
                return geojson
            try:
                # A leading <crs> names the reference system; only WGS 84 is taken, others would be on the wrong spot.
                crs, text = re.fullmatch(r"\s*(<[^>]*>)?\s*(.*)", str(literal), re.DOTALL).groups()  # type: ignore[union-attr]
                if not crs or re.search(r"CRS84|EPSG/0/4326", crs):
                    return clean.clean_geometry(wkt.loads(text))
            except Exception:  # noqa: S112 - geomet raises ValueError, KeyError, StopIteration and more on broken WKT
                continue
    return ""


def places_from_graph(g: Graph, subject: Node, prop: Property, notes: Notes) -> list[dict[str, str]] | None:
    places = []
    for node in ordered(g.objects(subject, prop.predicate)):
        place = {
            "uri": clean.clean_url(node) if isinstance(node, URIRef) and not is_below(subject, node) else "",
            "text": clean.clean_text(label_of(g, node)),
            "geom": _shape(g, node, GSP.hasGeometry) or _shape(g, node, LOCN.geometry),
            "bbox": _shape(g, node, DCAT.bbox),
            "centroid": _shape(g, node, DCAT.centroid),
            FIELD: _rest_of_place(g, node),
        }
        place = {key: text for key, text in place.items() if text}
        if place and place not in places:
            places.append(place)
    return places or None


def _rest_of_place(g: Graph, node: Node) -> str:
    """What has no field, without the keys that `geocoding_in_places` finds."""
    rest = rest_from_graph(g, node, _PLACE)
    return joined(more=[item for item in load(rest) if GEOCODING_KEYS not in str(item[1])]) or "" if rest else ""


def geocoding_in_places(g: Graph, subject: Node) -> list[str]:
    """Keys of the official regional code that older catalogues put into the place (locn:adminUnitL1/L2) or use as
    the place.
    """
    found = set()
    for node in g.objects(subject, DCT.spatial):
        for unit in (node, *g.objects(node, LOCN.adminUnitL2), *g.objects(node, LOCN.adminUnitL1)):
            if GEOCODING_KEYS in str(unit):
                found.add(clean.clean_iri(unit))
    return sorted(found - {""})


AGENTS = Codec(agents_to_graph, agents_from_graph)
CONTACTS = Codec(contacts_to_graph, contacts_from_graph)
PERIODS = Codec(periods_to_graph, periods_from_graph)
PLACES = Codec(places_to_graph, places_from_graph)
