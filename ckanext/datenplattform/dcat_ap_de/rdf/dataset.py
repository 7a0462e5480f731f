"""A whole dataset dict to graph and back."""

from __future__ import annotations

from typing import Any

from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from ckanext.datenplattform.core.i18n import translate as _

from .. import clean
from ..vocabulary import vocabulary
from . import legacy
from .distribution import distribution_from_graph, distribution_to_graph
from .fields import fields_from_graph, fields_to_graph
from .files import LICENCE
from .properties import DATASET, DATASET_KIND
from .rest import FIELD, joined, keywords_from_graph
from .series import all_series_from_graph, series_to_graph
from .terms import DCAT, DCATAP, DCATDE, DCT, FOAF, RDF, below
from .values import IDENTIFIERS, Notes, Property, date_literal, note, ordered

_IDENTIFIERS = Property("", DCT.identifier, IDENTIFIERS)
_LICENCE = Property("license_id", DCT.license, LICENCE, "licence")


class NotADataset(ValueError):
    """A record that cannot become a dataset. The message says why, for a person."""


def dataset_to_graph(g: Graph, node: URIRef, dataset: dict[str, Any], addresses: list[URIRef]) -> None:
    """Write a filled dataset dict (see `defaults.fill`); `addresses` are those of its resources, in their order."""
    g.add((node, RDF.type, DCAT.Dataset))
    rest = fields_to_graph(g, node, dataset, DATASET, DATASET_KIND)
    # Keywords.
    for keyword in rest.keywords(tag["name"] for tag in dataset.get("tags") or []):
        g.add((node, DCAT.keyword, keyword))
    for series in dataset.get("in_series") or []:
        series_to_graph(g, node, series)
    for resource, address in zip(dataset.get("resources") or [], addresses, strict=True):
        distribution_to_graph(g, node, address, resource)


def record_to_graph(g: Graph, catalogue: URIRef, node: URIRef, dataset: dict[str, Any]) -> None:
    """dcat:CatalogRecord: when the entry in our catalogue was made and changed (the dataset's own dates tell of the
    data). A dataset that is not stored yet has none.
    """
    modified = date_literal(clean.utc(dataset.get("metadata_modified")))
    if modified is None or not dataset.get("id"):
        return
    record = below(catalogue, "record", dataset["id"])
    g.add((catalogue, DCAT.record, record))
    g.add((record, RDF.type, DCAT.CatalogRecord))
    # The dataset that it is about, mandatory.
    g.add((record, FOAF.primaryTopic, node))
    # The shapes ask for a dcat:Resource and do not know that a dcat:Dataset is one.
    g.add((node, RDF.type, DCAT.Resource))
    # When the entry changed last, mandatory.
    g.add((record, DCT.modified, modified))
    # When the entry was made.
    issued = date_literal(clean.utc(dataset.get("metadata_created")))
    if issued is not None:
        g.add((record, DCT.issued, issued))


def dataset_from_graph(g: Graph, node: Node, notes: Notes) -> dict[str, Any]:
    """Read a dataset dict that fits our form, without id, name, organisation. Raises NotADataset.

    The graph is completed on the way: old terms get today's names.
    """
    legacy.modernise(g, node)
    _availability(g, node, notes)
    themes = legacy.own_themes(g, node, notes)
    dataset = {"type": "dataset", **fields_from_graph(g, node, DATASET, DATASET_KIND, notes)}
    legacy.read_old_terms(g, node, dataset, notes)
    if not dataset.get("title"):
        raise NotADataset(_("The record has no title (dct:title)."))
    _one_publisher(dataset, notes)
    others = [text for text in _IDENTIFIERS.codec.from_graph(g, node, _IDENTIFIERS, notes) or [] if text != dataset["identifier"]]
    if others:
        # The first identifies the dataset, the others are kept beside it.
        dataset["alternate_identifier"] = sorted({*dataset.get("alternate_identifier", []), *others})
    series = all_series_from_graph(g, node, notes)
    if series:
        dataset["in_series"] = series
    keywords, kept = keywords_from_graph(g, node)
    if kept:
        dataset[FIELD] = joined(dataset.get(FIELD), more=kept)
    dataset["tags"] = [{"name": tag} for tag in clean.clean_tags(keywords + themes)]
    dataset["resources"] = _resources(g, node, notes)
    _licence_in_one_place(g, node, dataset)
    iri = clean.clean_url(node) if isinstance(node, URIRef) else ""
    if iri:
        dataset["uri"] = iri
    return dataset


def _one_publisher(dataset: dict[str, Any], notes: Notes) -> None:
    """DCAT-AP.de allows one publisher: of several the first stays, the others become creators, so that nobody is
    lost.
    """
    publishers = dataset.get("publisher") or []
    if len(publishers) > 1:
        dataset["publisher"] = publishers[:1]
        dataset["creator"] = [*dataset.get("creator", []), *publishers[1:]]
        note(
            notes,
            _("dct:publisher: only one publisher is allowed; “%(name)s” was kept, the others became creators.")
            % {"name": publishers[0].get("name") or publishers[0].get("uri", "")},
        )


def _resources(g: Graph, node: Node, notes: Notes) -> list[dict[str, Any]]:
    resources, keys = [], set()
    for found in ordered(g.objects(node, DCAT.distribution)):
        if not isinstance(found, Literal):
            legacy.modernise(g, found)
            _availability(g, found, notes)
            resource = distribution_from_graph(g, node, found, notes)
            while resource["key"] in keys:
                resource["key"] += "+"
            keys.add(resource["key"])
            resources.append(resource)
    return resources


def _availability(g: Graph, node: Node, notes: Notes) -> None:
    """plannedAvailability of 2.0 where there is no dcatap:availability."""
    old = legacy.old_availability(g, node)
    code = vocabulary("availability").code(str(old)) if old is not None else None
    if code and not list(g.objects(node, DCATAP.availability)):
        g.add((node, DCATAP.availability, URIRef(vocabulary("availability").iri(code) or "")))


def _licence_in_one_place(g: Graph, node: Node, dataset: dict[str, Any]) -> None:
    """A licence, or a text on how to name the source, that all files share is kept once, at the dataset."""
    own = {
        "license": ("license_id", LICENCE.from_graph(g, node, _LICENCE, [])),
        "license_attribution_by_text": (
            "license_attribution_by_text",
            next((str(text) for text in ordered(g.objects(node, DCATDE.licenseAttributionByText))), None),
        ),
    }
    for under, (above, given) in own.items():
        values = {resource.get(under) for resource in dataset["resources"]}
        shared = values.pop() if len(values) == 1 else None
        if shared:
            for resource in dataset["resources"]:
                del resource[under]
        if shared or given:
            dataset[above] = shared or given
