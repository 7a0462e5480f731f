"""The addresses of catalogue, datasets and files as ckanext-dcat gives them; its settings and plugins are asked once for
all that is written together."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
from ckanext.dcat.interfaces import IDCATURIGenerator
from ckanext.dcat.utils import catalog_uri, dataset_uri, resource_uri
from rdflib import URIRef

from .clean import clean_iri
from .rdf.terms import below


class Addresses:
    """What has an address of its own keeps it. `catalogue`: the catalogue's address, without final slash in `base`."""

    def __init__(self) -> None:
        self.catalogue = catalog_uri()
        self.base = self.catalogue.rstrip("/")
        # an operator's plugin may give others
        self._plain = not list(p.PluginImplementations(IDCATURIGenerator))

    def dataset(self, dataset: dict[str, Any]) -> URIRef:
        """The address of a dataset in the export; before it is stored, one that is the same each time."""
        own = clean_iri(dataset.get("uri"))
        if own:
            return URIRef(own)
        key = dataset.get("id") or dataset.get("name") or "neu"
        return URIRef(f"{self.base}/dataset/{key}" if self._plain else dataset_uri({"id": key}))

    def resources(self, dataset: dict[str, Any], node: URIRef) -> list[URIRef]:
        """The addresses of a dataset's files, in their order."""
        return [
            URIRef(self._resource(resource, number, dataset, node)) for number, resource in enumerate(dataset.get("resources") or [])
        ]

    def _resource(self, resource: dict[str, Any], number: int, dataset: dict[str, Any], node: URIRef) -> str:
        owner = resource.get("package_id") or dataset.get("id")
        if not resource.get("uri") and not (resource.get("id") and owner):
            return f"{node}#{number}"
        if self._plain:
            return resource.get("uri") or f"{self.base}/dataset/{owner}/resource/{resource['id']}"
        return resource_uri({**resource, "package_id": owner})

    def series(self, title: str) -> str:
        """The address of a series that our own datasets name: the same title is the same series."""
        return str(below(URIRef(self.catalogue), "series", title.strip()))

    def unit(self, name: str) -> str:
        """The address of an organisation's page."""
        return f"{self.base}/organization/{name}"
