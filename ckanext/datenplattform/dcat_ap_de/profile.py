"""The RDF profile that ckanext-dcat loads: `ckanext.dcat.rdf.profiles = dcat_ap_de`.

It stands on ckanext-dcat's DCAT-AP 3 and scheming profile (its place in serialiser, parser, endpoints and command
line) and writes and reads every property itself, see `rdf/properties.py`: what the parent writes breaks the SEMIC and
the German shapes in some two hundred places per hundred datasets (literals where nodes are asked for, code-list
values without their list, UnknownIPR as a type of each licence, blank nodes that differ from export to export), and
what it reads stops at the first geometry that is a node.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from rdflib import Graph, Literal, URIRef

from ckanext.datenplattform.core import municipality
from ckanext.datenplattform.core.i18n import N_, translate

from . import config
from .addresses import Addresses
from .defaults import Defaults, fill, geocoding
from .rdf.dataset import dataset_from_graph, dataset_to_graph, record_to_graph
from .rdf.nodes import AGENTS
from .rdf.terms import DCAT, DCT, FOAF, RDF, SKOS, bind
from .rdf.values import Property, concept_to_graph, date_literal
from .vocabulary import vocabulary


class DcatApDeProfile(EuropeanDCATAP3Profile):
    """DCAT-AP.de 3.0, in and out."""

    def __init__(self, graph: Any, dataset_type: str = "dataset", compatibility_mode: bool = False) -> None:
        # The parent asks an action for the form's schema for each dataset anew; we need only the graph.
        self.g = graph
        self.compatibility_mode = compatibility_mode

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: Any) -> None:
        bind(self.g)
        _write(self.g, dataset_dict, URIRef(dataset_ref), defaults())

    def graph_from_catalog(self, catalog_dict: dict[str, Any] | None, catalog_ref: Any) -> None:
        bind(self.g)
        node = URIRef(catalog_ref)
        given = catalog_dict or {}
        town = municipality.current()
        self.g.add((node, RDF.type, DCAT.Catalog))
        # Name of the catalogue, mandatory.
        self.g.add((node, DCT.title, Literal(given.get("title") or tk.config.get("ckan.site_title") or town.title)))
        # What it holds, mandatory.
        text = given.get("description") or tk.config.get("ckan.site_description")
        self.g.add((node, DCT.description, Literal(text or _in_its_language(N_("Open data of %(name)s")) % {"name": town.title})))
        # Who runs it, mandatory.
        publisher = given.get("publisher") or defaults().publisher
        AGENTS.to_graph(self.g, node, Property("publisher", DCT.publisher, AGENTS), [publisher])
        # The portal.
        home = URIRef(tk.config["ckan.site_url"].rstrip("/") + "/")
        self.g.add((node, FOAF.homepage, home))
        self.g.add((home, RDF.type, FOAF.Document))
        # Language of the metadata.
        words = vocabulary("language")
        language = words.find(tk.config.get("ckan.locale_default") or "de")
        if language:
            self.g.add((node, DCT.language, concept_to_graph(self.g, language, words.scheme, DCT.LinguisticSystem)))
        # Its categories: the EU's data themes.
        themes = URIRef(vocabulary("theme").scheme)
        self.g.add((node, DCAT.themeTaxonomy, themes))
        self.g.add((themes, RDF.type, SKOS.ConceptScheme))
        self.g.add((themes, DCT.title, Literal("Data theme", lang="en")))
        # The place that it covers.
        for place in geocoding(town.ags, town.ars)[1] if town.ags else []:
            self.g.add((node, DCT.spatial, URIRef(place)))
            self.g.add((URIRef(place), RDF.type, DCT.Location))
        # When anything public in it changed last.
        modified = date_literal(given.get("modified") or f"{last_public_change()}+00:00")
        if modified is not None:
            self.g.add((node, DCT.modified, modified))

    def parse_dataset(self, dataset_dict: dict[str, Any], dataset_ref: Any) -> dict[str, Any]:
        """Read a dataset; raises `rdf.dataset.NotADataset`. What was left out is in `notes` of the profile object."""
        self.notes: list[str] = []
        dataset_dict.update(dataset_from_graph(self.g, dataset_ref, self.notes))
        return dataset_dict


def graph_of(dataset: dict[str, Any], given: Defaults | None = None, into: Any = None) -> Graph:
    """One dataset with everything of it, addressed as in the export: what the catalogue holds for it, and what is
    validated.

    `dataset` is a package dict as `package_show` gives it, or one from a form that has no id yet; it is not changed.
    `given`: what fills the gaps, for a caller who writes many; None takes `defaults()`. `into`: a graph, or what takes
    triples like one (`export.triples`), that is written to and returned. Reads no database; who may see the dataset is
    the caller's to ask.
    """
    graph = Graph(bind_namespaces="none") if into is None else into
    bind(graph)
    given = given or defaults()
    _write(graph, dataset, URIRef(given.dataset_uri(dataset)), given)
    return graph


def _write(graph: Graph, dataset: dict[str, Any], node: URIRef, given: Defaults) -> None:
    full = fill(dataset, given)
    dataset_to_graph(graph, node, full, given.resource_uris(full, node))
    record_to_graph(graph, URIRef(given.catalogue), node, full)


def _in_its_language(text: str) -> str:
    """In the portal's language, whatever the reader's: the catalogue is the same for everybody."""
    return translate(text, str(tk.config.get("ckan.locale_default") or "de"))


def last_public_change() -> str:
    """Time stamp (UTC, no zone) of the last change to a dataset that anyone may see, "" if there is none."""
    context = {"user": "", "auth_user_obj": None, "ignore_auth": False}
    found = tk.get_action("package_search")(context, {"rows": 1, "sort": "metadata_modified desc"})  # type: ignore[arg-type]
    return found["results"][0]["metadata_modified"] if found["results"] else ""


# Companies, and who is no part of the municipality, publish under their own name. An Eigenbetrieb is no legal person:
# it publishes under the town's, as the administration does.
OWN_NAME_KINDS = frozenset({"municipal_company", "outside"})


def defaults() -> Defaults:
    """What fills gaps, from the municipality's file."""
    town = municipality.current()
    publisher, addresses = town.publisher, Addresses()
    return Defaults(
        publisher={
            "name": publisher.name,
            "uri": publisher.uri,
            "type": publisher.type,
            "email": publisher.email,
            "url": publisher.url,
        },
        contact={"name": town.title, "email": town.support_email, "url": publisher.url, **town.contact},
        contributor_id=town.contributor_id,
        ags=town.ags,
        ars=town.ars,
        geocoding_uri=config.political_geocoding_uri(),
        own_publisher=cache(lambda name: own_publisher(name, addresses)),
        dataset_uri=addresses.dataset,
        series_uri=addresses.series,
        resource_uris=addresses.resources,
        catalogue=addresses.catalogue,
    )


def own_publisher(name: str, addresses: Addresses | None = None) -> dict[str, str] | None:
    """The company that an organisation is, or is a part of, as publisher; None for the administration."""
    for unit in reversed(municipality.current().path(name)):
        if unit.kind in OWN_NAME_KINDS:
            kind = "Company" if unit.kind == "municipal_company" else ""
            address = (addresses or Addresses()).unit(unit.name)
            return {"name": unit.title, "uri": address, "url": unit.url, "type": kind}
    return None
