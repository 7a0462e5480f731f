"""One resource: dcat:Distribution with its dcat:DataService."""

from __future__ import annotations

import hashlib
from typing import Any

from rdflib import Graph, URIRef
from rdflib.term import BNode, Node

from ckanext.datenplattform.core.i18n import translate as _

from .. import clean
from ..vocabulary import vocabulary
from .properties import DISTRIBUTION, SERVICE
from .terms import DCAT, DCT, RDF, below
from .values import Notes, find_code, label_of, note, ordered


def distribution_to_graph(g: Graph, dataset: URIRef, node: URIRef, resource: dict[str, Any]) -> None:
    """Write a resource. It must have `access_url` and `license` (see `defaults`)."""
    g.add((dataset, DCAT.distribution, node))
    g.add((node, RDF.type, DCAT.Distribution))
    for prop in DISTRIBUTION:
        value = resource.get(prop.field)
        if value in (None, "", [], {}):
            continue
        if prop.field == "hash":
            value = (value, resource.get("hash_algorithm"))
        prop.codec.to_graph(g, node, prop, value)
    for service in resource.get("access_services") or []:
        service_to_graph(g, dataset, node, service)


def service_to_graph(g: Graph, dataset: URIRef, distribution: URIRef, service: dict[str, Any]) -> None:
    """Write a data service; one without a usable endpoint address is none."""
    endpoints = [clean.clean_url(url) for url in service.get("endpoint_url") or []]
    if not any(endpoints):
        return
    iri = clean.clean_url(service.get("uri"))
    node = URIRef(iri) if iri else below(dataset, "service", *endpoints)
    g.add((distribution, DCAT.accessService, node))
    g.add((node, RDF.type, DCAT.DataService))
    g.add((node, DCAT.servesDataset, dataset))
    for prop in SERVICE:
        value = service.get(prop.field)
        if value not in (None, "", [], {}):
            prop.codec.to_graph(g, node, prop, value)


def distribution_from_graph(g: Graph, dataset: Node, node: Node, notes: Notes) -> dict[str, Any]:
    """Read a resource dict; `key` is stable from harvest to harvest."""
    resource: dict[str, Any] = {}
    for prop in DISTRIBUTION:
        if prop.field in ("hash", "format"):
            continue
        value = prop.codec.from_graph(g, node, prop, notes)
        if value is not None:
            resource[prop.field] = value
    checksum = next(prop for prop in DISTRIBUTION if prop.field == "hash")
    found = checksum.codec.from_graph(g, node, checksum, notes)
    if found:
        resource["hash"], resource["hash_algorithm"] = found
    form = format_from_graph(g, node, resource.get("mimetype"))
    if form:
        resource["format"] = form
    services = [
        service_from_graph(g, dataset, service, notes) for service in ordered(g.objects(node, DCAT.accessService))
    ]
    services = [service for service in services if service.get("endpoint_url")]
    if services:
        resource["access_services"] = services

    access, download = resource.pop("access_url", ""), resource.pop("download_url", "")
    resource["url"] = download or access
    if not resource["url"]:
        note(notes, _("A file has no usable address (dcat:accessURL)."))
    if access and access != resource["url"]:
        resource["access_url"] = access
    if download:
        resource["download_url"] = download
    iri = clean.clean_url(node) if isinstance(node, URIRef) else ""
    if iri:
        resource["uri"] = iri
    identifier = label_of(g, next(iter(ordered(g.objects(node, DCT.identifier))), BNode()))
    resource["key"] = iri or identifier or _key(resource)
    return resource


def _key(resource: dict[str, Any]) -> str:
    """A key for a file without address or id of its own: what it is called and where it lies."""
    text = "\x1f".join(str(resource.get(field) or "") for field in ("url", "name", "format"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def format_from_graph(g: Graph, node: Node, mimetype: str | None) -> str | None:
    """The short name of the format ("CSV"): from dct:format, else from the media type; a text that no list knows is
    kept.
    """
    words = vocabulary("file_type")
    nodes = ordered([*g.objects(node, DCT["format"]), *g.objects(node, DCAT.mediaType)])
    for found in nodes:
        code = find_code(g, found, words)
        if not code and "media-types/" in str(found):
            code = words.code(str(found).split("media-types/", 1)[1])
        if code:
            return code
    if mimetype and words.code(mimetype):
        return words.code(mimetype)
    for found in nodes:
        text = label_of(g, found)
        if text and "/" not in text:
            return text[:30]
    return None


def service_from_graph(g: Graph, dataset: Node, node: Node, notes: Notes) -> dict[str, Any]:
    """Read a data service."""
    service: dict[str, Any] = {}
    for prop in SERVICE:
        value = prop.codec.from_graph(g, node, prop, notes)
        if value is not None:
            service[prop.field] = value
    if isinstance(node, URIRef) and not is_service_of(dataset, node):
        service["uri"] = clean.clean_url(node)
    return service


def is_service_of(dataset: Node, node: Node) -> bool:
    """Whether the service has no address but the one that we gave it."""
    from .terms import is_below

    return is_below(dataset, node)
