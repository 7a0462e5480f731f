"""Terms of DCAT-AP.de 1.x and 2.0 come in under today's names and never go out."""

import pytest
from rdflib import Graph, URIRef

from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, RDF

from .examples import NODE
from .shapes import SHARED, needs_shared, verdict
from .test_beyond_fields import HEAD, again

OLD = """
@prefix alt: <http://dcat-ap.de/def/dcatde/1_0/> . @prefix alt2: <http://dcat-ap.de/def/dcatde/1.0.1/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix schema: <http://schema.org/> .
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix spdx: <http://spdx.org/rdf/terms#> .
"""
# what stands in the source: statements of the dataset, the field, its value
DATASET = [
    ('dcatde:originator [ foaf:name "Amt" ]', "originator", [{"name": "Amt"}]),
    ('alt:originator [ foaf:name "Amt" ]', "originator", [{"name": "Amt"}]),
    ('dcatde:maintainer [ foaf:name "Amt" ]', "custodian", [{"name": "Amt"}]),
    ('dcatde:legalBasis "Transparenzgesetz"', "applicable_legislation", ["Transparenzgesetz"]),
    ("dcatde:qualityProcessURI <https://e.org/q>", "documentation", ["https://e.org/q"]),
    ('dcatde:geocodingDescription "Verbandsgebiet"@de', "spatial_coverage", [{"text": "Verbandsgebiet"}]),
    ("dcatde:plannedAvailability <http://dcat-ap.de/def/plannedAvailability/stable>", "availability", "STABLE"),
    ("alt2:contributorID <http://dcat-ap.de/def/contributors/landBremen>", "contributor_id", ["landBremen"]),
    ('owl:versionInfo "3.1"', "version", "3.1"),
    ("dct:hasVersion <https://e.org/1>", "related_resource", ["https://e.org/1"]),
    ("dct:isVersionOf <https://e.org/2>", "related_resource", ["https://e.org/2"]),
    ("dct:source <https://e.org/3>", "related_resource", ["https://e.org/3"]),
    ('dct:temporal [ schema:startDate "2020-01-01" ; schema:endDate "2020-12-31" ]', "temporal_coverage",
     [{"start": "2020-01-01", "end": "2020-12-31"}]),
]  # fmt: skip
DISTRIBUTION = [
    ("dcatde:plannedAvailability <http://dcat-ap.de/def/plannedAvailability/temporary>", "availability", "TEMPORARY"),
    ("adms:status <http://purl.org/adms/status/Withdrawn>", "status", "WITHDRAWN"),
    ("adms:status <http://purl.org/adms/status/UnderDevelopment>", "status", "DEVELOP"),
    (
        'spdx:checksum [ spdx:checksumValue "ab" ; spdx:algorithm <http://dcat-ap.de/def/hashAlgorithms/md/5> ]',
        "hash_algorithm",
        "md5",
    ),
    (
        'spdx:checksum [ spdx:checksumValue "ab" ; spdx:algorithm <http://dcat-ap.de/def/hashAlgorithms/sha/256> ]',
        "hash_algorithm",
        "sha256",
    ),
]


def read(statements):
    graph = Graph().parse(data=HEAD.replace("\n<", OLD + "\n<", 1) + f'dct:title "Alt" ; {statements} .', format="turtle")
    return dataset_from_graph(graph, URIRef(NODE), [])


def old_words(graph):
    terms = {term for _, predicate, value in graph for term in (predicate, value) if isinstance(term, URIRef)}
    # The official example uses the words in its own addresses.
    text = " ".join(term for term in terms if not term.startswith("http://example.org/"))
    words = ("dcatde/1", "dcatde/originator", "maintainer", "legalBasis", "qualityProcessURI", "geocodingDescription")
    words += ("plannedAvailability", "versionInfo", "terms/hasVersion", "isVersionOf", "terms/source", "schema.org")
    return [word for word in (*words, "adms/status", "hashAlgorithms") if word in text]


@pytest.mark.parametrize(("statement", "field", "expected"), DATASET)
def test_of_a_dataset(statement, field, expected):
    dataset = read(statement)
    assert dataset[field] == expected
    assert old_words(again(dataset)) == []


@pytest.mark.parametrize(("statement", "field", "expected"), DISTRIBUTION)
def test_of_a_file(statement, field, expected):
    dataset = read(f"dcat:distribution [ dcat:accessURL <https://e.org/f> ; {statement} ]")
    assert dataset["resources"][0][field] == expected
    assert old_words(again(dataset)) == []


def test_todays_term_wins_over_its_predecessor():
    geo = "http://data.europa.eu/930/originator"
    dataset = read(f'dcatde:originator [ foaf:name "Alt" ] ; <{geo}> [ foaf:name "Neu" ]')
    assert dataset["originator"] == [{"name": "Neu"}]


@needs_shared
def test_the_official_example_of_old_terms_draws_a_warning_only_for_the_geocoding():
    whole = Graph().parse(SHARED / "examples" / "official-testcase-deprecated.ttl")
    nodes = sorted(set(whole.subjects(RDF.type, DCAT.Dataset)), key=str)
    assert nodes
    for node in nodes:
        graph = again({**dataset_from_graph(whole, node, []), "title": "Alt"})
        assert old_words(graph) == []
        found = verdict(graph)
        assert found["Violation"] == []
        assert {message.split(" | ")[1].rsplit("/", 1)[-1] for message in found["Warning"]} <= {"politicalGeocodingURI"}
