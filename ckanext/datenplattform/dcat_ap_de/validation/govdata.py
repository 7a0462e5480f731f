"""What GovData itself counts of a catalogue, predicted: five questions to each dataset, and what answers them.

Source: https://www.govdata.de/metadatenqualitaet/qualitaetsmerkmale with its explanations (as of 2026-11-23). GovData counts files
where it asks for licences; here a dataset has what all of its files have. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rdflib import Literal
from rdflib.term import Node

from ckanext.datenplattform.core.i18n import N_, translate

from ..rdf.terms import DCAT, DCT, FOAF
from ..vocabulary import Concept, is_open, vocabulary
from .index import Index


@dataclass(frozen=True)
class Answer:
    """One question to one dataset. `remedy` says what to do about it, "" where it is met; `field` is the form's field."""

    name: str
    met: bool
    remedy: str
    field: str


@dataclass(frozen=True)
class _Question:
    name: str
    title: str
    field: str
    remedy: str
    met: Callable[[Index, Node], bool]


def _words(index: Index, node: Node, predicate: Node) -> bool:
    return any(isinstance(value, Literal) and str(value).strip() for value in index.values(node, predicate))


def _of_files(test: Callable[[Node], bool]) -> Callable[[Index, Node], bool]:
    def met(index: Index, node: Node) -> bool:
        files = index.values(node, DCAT.distribution)
        return bool(files) and all(any(test(value) for value in index.values(file, DCT.license)) for file in files)

    return met


def _listed(value: Node) -> Concept | None:
    """The licence of the list with exactly this address."""
    found = vocabulary("licence").find(str(value))
    return found if found and found.iri == str(value) else None


QUESTIONS = (
    _Question("keyword", N_("Keywords"), "tags", N_("Give keywords."), lambda index, node: _words(index, node, DCAT.keyword)),
    _Question("license", N_("Licence"), "license_id", N_("Choose a licence."), _of_files(lambda value: bool(str(value).strip()))),
    _Question(
        "license_listed", N_("Licence of the list"), "license_id", N_("Choose a licence of the list."),
        _of_files(lambda value: _listed(value) is not None),
    ),
    _Question(
        "license_open", N_("Open licence"), "license_id", N_("Choose an open licence of the list."),
        _of_files(lambda value: is_open(_listed(value))),
    ),
    _Question(
        "publisher", N_("Publisher"), "publisher", N_("Name the publisher."),
        lambda index, node: any(_words(index, each, FOAF.name) for each in index.values(node, DCT.publisher)),
    ),
)  # fmt: skip


def answers(index: Index, node: Node) -> tuple[Answer, ...]:
    """The answers of the dataset `node`, in the order of `QUESTIONS`, in the reader's language."""
    found = []
    for each in QUESTIONS:
        met = each.met(index, node)
        found.append(Answer(each.name, met, "" if met else translate(each.remedy), each.field))
    return tuple(found)


def of_catalogue(given: Iterable[Sequence[Answer]]) -> list[dict[str, Any]]:
    """Of many datasets: [{"name", "title", "share": per cent of the datasets, "datasets": how many lack it, "remedy"}]."""
    count, lacking = 0, dict.fromkeys((each.name for each in QUESTIONS), 0)
    for dataset in given:
        count += 1
        for answer in dataset:
            lacking[answer.name] += not answer.met
    return [
        {
            "name": each.name,
            "title": translate(each.title),
            "share": round(100 * (count - lacking[each.name]) / count, 1) if count else 0.0,
            "datasets": lacking[each.name],
            "remedy": translate(each.remedy) if lacking[each.name] else "",
        }
        for each in QUESTIONS
    ]
