"""Are our code lists in order, and do they hold what the official files hold? Pure but for reading the files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SKOS

from ckanext.datenplattform.core.i18n import N_, translate

from .read_formats import Triples, Unreadable, fill, recognise
from .vocabulary import Concept, Vocabulary, is_open, names, vocabulary

GOVDATA_OPEN = URIRef("http://govdata.de/mqa/#isOpenLicense")
TWICE = N_("%(list)s: the code “%(code)s” stands there twice.")
TAKEN = N_("%(list)s: “%(value)s” leads to “%(other)s”, not to “%(code)s”.")
FOREIGN = N_("%(list)s: the address of “%(code)s” does not lie below %(base)s: %(iri)s")
UNNAMED = N_("%(list)s: “%(code)s” has no label in both languages.")
NO_SOURCE = N_("%(list)s: source or date is missing.")
NOT_HERE = N_("%(list)s: “%(label)s” (%(iri)s) of the official list is missing here (%(file)s).")
NOT_THERE = N_("%(list)s: “%(code)s” (%(iri)s) is not in the official list (%(file)s).")
OPENNESS = N_("%(list)s: “%(code)s” is open here and not in the official list, or the other way round (%(file)s).")


def check(folder: Path | None = None) -> list[str]:
    """What is wrong with our code lists, in the reader's language; with a folder also against the official files in it
    (RDF of any kind; what is no code list of ours is passed over).
    """
    lists = [vocabulary(name) for name in names()]
    found = [problem for words in lists for problem in _own(words)]
    for path in sorted(folder.iterdir()) if folder else []:
        if path.suffix in (".rdf", ".xml", ".ttl", ".nt", ".jsonld"):
            found += _against(path, lists)
    return found


def _own(words: Vocabulary) -> Iterator[str]:
    """Codes unique, addresses below the base, labels in both languages, source and date; each way in leads home."""
    say = {"list": words.name, "base": words.base}
    seen: set[str] = set()
    if not words.source or not _is_date(words.date):
        yield translate(NO_SOURCE) % say
    for concept in words:
        say = {**say, "code": concept.code, "iri": concept.iri}
        if concept.code.lower() in seen:
            yield translate(TWICE) % say
        seen.add(concept.code.lower())
        if concept.iri and not concept.iri.startswith(words.base):
            yield translate(FOREIGN) % say
        if not (concept.de and concept.en):
            yield translate(UNNAMED) % say
        for value in (concept.code, concept.iri):
            home = words.find(value)
            if value and home != concept:
                yield translate(TAKEN) % {**say, "value": value, "other": home.code if home else ""}


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _against(path: Path, lists: list[Vocabulary]) -> Iterator[str]:
    """The entries of an official file, by the list whose scheme they bear."""
    graph = Triples()
    try:
        with path.open("rb") as stream:
            start = stream.read(4096)
            stream.seek(0)
            fill(graph, stream, recognise(start, path.name), path.absolute().as_uri())
    except Unreadable as error:
        yield f"{path.name}: {error.message}"
        return
    for words in lists:
        official = {str(node) for node in graph.subjects(SKOS.inScheme, URIRef(words.scheme))}
        if official:
            yield from _compare(words, official, graph, path.name)


def _compare(words: Vocabulary, official: set[str], graph: Graph, file: str) -> Iterator[str]:
    known = {_plain(concept.iri): concept for concept in words if concept.iri}
    for iri in sorted(official):
        kinds = set(graph.objects(URIRef(iri), RDF.type))
        if kinds and SKOS.Concept not in kinds:
            # a collection of entries, for example
            continue
        concept = known.get(_plain(iri))
        label = graph.value(URIRef(iri), SKOS.prefLabel)
        say = {"list": words.name, "label": label, "iri": iri, "file": file, "code": concept.code if concept else ""}
        if not concept:
            yield translate(NOT_HERE) % say
        elif _openness_differs(concept, graph, iri):
            yield translate(OPENNESS) % say
    there = {_plain(iri) for iri in official}
    for iri, concept in sorted(known.items()):
        if iri not in there:
            yield translate(NOT_THERE) % {"list": words.name, "code": concept.code, "iri": concept.iri, "file": file}


def _openness_differs(concept: Concept, graph: Graph, iri: str) -> bool:
    said = graph.value(URIRef(iri), GOVDATA_OPEN)
    return said is not None and (str(said).lower() in ("true", "1")) != is_open(concept)


def _plain(iri: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", iri).rstrip("/")
