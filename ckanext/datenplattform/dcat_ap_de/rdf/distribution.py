"""One resource: dcat:Distribution with its dcat:DataService."""

from __future__ import annotations

import hashlib
from typing import Any

from rdflib import Graph, URIRef
from rdflib.term import BNode, Node

from ckanext.datenplattform.core.i18n import translate as _

from .. import clean
from ..vocabulary import vocabulary
from .fields import fields_from_graph, fields_to_graph
from .properties import DISTRIBUTION, DISTRIBUTION_KIND, SERVICE, SERVICE_KIND
from .rest import FIELD, joined, load
from .terms import DCAT, DCT, RDF, below, is_below
from .values import IRIS, Notes, Property, find_code, label_of, note, ordered

# A checksum is two fields, a format may come from the media type.
_CHECKSUM = next(prop for prop in DISTRIBUTION if prop.field == "hash")
_READ_ALIKE = tuple(prop for prop in DISTRIBUTION if prop.field not in ("hash", "format"))


def distribution_to_graph(g: Graph, dataset: URIRef, node: URIRef, resource: dict[str, Any]) -> None:
    """Write a resource. It must have `access_url` and `license` (see `defaults`)."""
    g.add((dataset, DCAT.distribution, node))
    g.add((node, RDF.type, DCAT.Distribution))
    if resource.get("hash"):
        resource = {**resource, "hash": (resource["hash"], resource.get("hash_algorithm"))}
    fields_to_graph(g, node, resource, DISTRIBUTION, DISTRIBUTION_KIND)
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
    fields_to_graph(g, node, service, SERVICE, SERVICE_KIND)


def distribution_from_graph(g: Graph, dataset: Node, node: Node, notes: Notes) -> dict[str, Any]:
    """Read a resource dict; `key` is stable from harvest to harvest."""
    resource = fields_from_graph(g, node, _READ_ALIKE, DISTRIBUTION_KIND, notes)
    found = _CHECKSUM.codec.from_graph(g, node, _CHECKSUM, notes)
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

    _access_urls(g, node, resource)

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


def _access_urls(g: Graph, node: Node, resource: dict[str, Any]) -> None:
    """The endpoints of its services are among the access addresses (convention 41): the others are the file's own."""
    addresses = IRIS.from_graph(g, node, Property("", DCAT.accessURL, IRIS), []) or []
    endpoints = {url for service in resource.get("access_services") or [] for url in service["endpoint_url"]}
    own = [url for url in addresses if url not in endpoints] or addresses[:1]
    more = [[str(DCAT.accessURL), {"iri": url}] for url in own[1:]]
    kept = [item for item in load(resource.pop(FIELD, None)) if item[0] != str(DCAT.accessURL)]
    resource["access_url"] = own[0] if own else ""
    rest = joined(more=kept + more)
    if rest:
        resource[FIELD] = rest


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
    service = fields_from_graph(g, node, SERVICE, SERVICE_KIND, notes)
    # An address that we gave it is none.
    if isinstance(node, URIRef) and not is_below(dataset, node) and clean.clean_url(node):
        service["uri"] = clean.clean_url(node)
    return service
