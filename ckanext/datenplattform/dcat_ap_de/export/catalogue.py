"""Documents out of pieces: a page, the whole catalogue as a stream, a delta, a unit's catalogue, one dataset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckanext.dcat.processors import RDFSerializer
from ckanext.dcat.utils import catalog_uri
from rdflib import URIRef

from ..profile import DcatApDeProfile, defaults, own_publisher
from ..rdf.terms import DCAT
from . import pieces
from .formats import Format, document
from .public import Public
from .triples import Triples


@dataclass(frozen=True)
class Head:
    """What stands before the datasets: the catalogue's node, and all that is said of it."""

    node: URIRef
    triples: Triples


def head(modified: datetime | None, node: str = "", **given: Any) -> Head:
    """The catalogue itself. `given`: title, description, publisher where they are not the portal's.

    `modified`: when one of its datasets changed last (UTC).
    """
    found = Triples()
    at = URIRef(node or catalog_uri())
    # a date that is none says nothing: an empty catalogue was never changed
    given["modified"] = modified.isoformat() if modified else "-"
    DcatApDeProfile(found).graph_from_catalog(given, at)
    return Head(at, found)


def of_unit(unit: Any) -> dict[str, Any]:
    """What `head` says of an organisation's catalogue; `unit` is the model's group."""
    return {
        "node": f"{catalog_uri().rstrip('/')}/organization/{unit.name}#catalog",
        "title": unit.title or unit.name,
        "description": unit.description or f"{defaults().publisher['name']}: {unit.title or unit.name}",
        "publisher": own_publisher(unit.name) or defaults().publisher,
    }


def alone(form: Format, found: Head) -> str:
    """The catalogue itself as a document, without its datasets."""
    return "".join(document(form, [form.piece(found.triples.nodes)], lambda: 0))


def add_pages(found: Head, pages: dict[str, Any]) -> Head:
    """The neighbouring pages (Hydra), written as ckanext-dcat writes them."""
    if pages:
        serializer = RDFSerializer(profiles=["dcat_ap_de"])
        serializer.g = found.triples
        serializer._add_pagination_triples(pages)
    return found


def stream(form: Format, found: Head, datasets: Iterable[Public]) -> Iterator[str]:
    """The document, part by part, never as a whole in memory.

    Who may see a dataset is asked again for each part. An error on the way is raised: the reader's connection breaks.
    """
    written: list[int] = []
    return document(form, _parts(form, found, list(datasets), written), lambda: sum(written))


def _parts(form: Format, found: Head, wanted: list[Public], written: list[int]) -> Iterator[str]:
    yield form.piece(found.triples.nodes)
    named: set[str] = set()
    for at in range(0, len(wanted), pieces.BATCH):
        batch = wanted[at : at + pieces.BATCH]
        described = pieces.standing(form, [dataset for dataset in batch if dataset.described])
        others = pieces.standing(form, [dataset for dataset in batch if not dataset.described], text=False)
        links = {(DCAT.dataset, URIRef(dataset.node)): None for dataset in (*described, *others)}
        if links:
            yield form.piece({found.node: links})
        written.append(len(described))
        for dataset in described:
            named.update(dataset.concepts)
            yield dataset.text
    yield from pieces.concepts(form, named) if named else ()


def one(form: Format, package_id: str) -> str | None:
    """A public dataset as a document; None when nobody but insiders may see it."""
    found = pieces.texts(form, [package_id])
    if not found:
        return None
    parts = [found[0].text, *pieces.concepts(form, found[0].concepts)]
    return "".join(document(form, parts, lambda: 1))
