"""Dataset dict to graph and back; the official shapes have nothing to say against it."""

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic

from ckanext.datenplattform.dcat_ap_de.defaults import fill
from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph, dataset_to_graph
from ckanext.datenplattform.dcat_ap_de.rdf.properties import DATASET, DISTRIBUTION
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCATAP, DCATDE, DCT, FOAF, RDF, SKOS
from ckanext.datenplattform.dcat_ap_de.read import parse

from .examples import BROKEN, NODE, POOR, RICH, TOWN
from .shapes import SHARED, needs_shared, verdict


def write(dataset, node=NODE):
    full = fill(dataset, TOWN)
    addresses = [
        URIRef(resource.get("uri") or f"{node}/resource/{resource.get('id', number)}")
        for number, resource in enumerate(full["resources"])
    ]
    graph = Graph()
    dataset_to_graph(graph, URIRef(node), full, addresses)
    return graph


@needs_shared
@pytest.mark.parametrize("dataset", [RICH, POOR, BROKEN], ids=["rich", "poor", "broken"])
def test_no_violation(dataset):
    found = verdict(write(dataset))
    assert found["Violation"] == []


@needs_shared
def test_a_complete_dataset_has_no_warning_but_the_one_for_the_old_geocoding():
    assert {message.split(" | ")[1] for message in verdict(write(RICH))["Warning"]} == {
        str(DCATDE.politicalGeocodingURI)
    }


@needs_shared
def test_the_shapes_do_judge():
    """The zero above means something: what we are careful about is a violation when done otherwise."""
    graph = write(RICH)
    graph.remove((None, DCT.publisher, None))
    graph.add((URIRef(NODE), DCAT.theme, URIRef("http://example.org/x")))
    graph.add((URIRef(NODE), DCATAP.availability, URIRef("http://example.org/x")))
    graph.add((URIRef(NODE), DCT.identifier, URIRef("http://example.org/x")))
    assert len(verdict(graph)["Violation"]) >= 5


def test_there_and_back_field_by_field():
    notes = []
    back = dataset_from_graph(write(RICH), URIRef(NODE), notes)
    assert notes == []
    for prop in DATASET:
        if prop.field == "contact":
            assert back["contact"] == [{**RICH["contact"][0], "telephone": "+495413230"}]
        elif isinstance(RICH[prop.field], list):
            assert sorted(map(str, back[prop.field])) == sorted(_without_order(RICH[prop.field])), prop.field
        else:
            assert back[prop.field] == RICH[prop.field], prop.field
    by_key = {resource["key"]: resource for resource in back["resources"]}
    for resource in RICH["resources"]:
        again = by_key[resource["key"]]
        for prop in DISTRIBUTION:
            # The EU's list has no entry for SensorThings: such a format stays in the catalogue and is not written.
            if resource.get(prop.field) not in (None, "SensorThings"):
                assert again[prop.field] == resource[prop.field], prop.field
    service = by_key[NODE + "/resource/r2"]["access_services"][0]
    for key, value in RICH["resources"][1]["access_services"][0].items():
        assert service[key] == value, key


def _without_order(items):
    import json

    clean = []
    for item in items:
        if isinstance(item, dict):
            item = dict(item)
            for key in ("geom", "centroid", "bbox"):
                if key in item:
                    item[key] = json.dumps(json.loads(item[key]), separators=(",", ":"), sort_keys=True)
            order = (
                "uri",
                "name",
                "email",
                "url",
                "type",
                "identifier",
                "text",
                "geom",
                "bbox",
                "centroid",
                "start",
                "end",
            )
            item = {key: item[key] for key in order if key in item}
        clean.append(str(item))
    return clean


def test_written_read_and_written_again_is_the_same_graph():
    first = write(RICH)
    again = write({**dataset_from_graph(write(RICH), URIRef(NODE), []), "id": RICH["id"]})
    assert isomorphic(first, again)


def test_every_node_has_an_address_that_stays():
    first, second = write(RICH), write(RICH)
    assert set(first) == set(second)
    assert not [term for triple in first for term in triple if type(term).__name__ == "BNode"]


def test_writing_changes_nothing_in_the_dict():
    import copy

    before = copy.deepcopy(RICH)
    write(RICH)
    assert before == RICH


def test_gaps_are_filled_from_the_municipality():
    graph = write(
        {**POOR, "license_id": "cc-by/4.0", "resources": [{"id": "r", "url": "https://x.de/a.csv", "format": "CSV"}]}
    )
    node = URIRef(NODE)
    assert graph.value(node, DCT.publisher) == URIRef("https://beispielstadt.de/")
    assert graph.value(node, DCATDE.contributorID) == URIRef("http://dcat-ap.de/def/contributors/landNiedersachsen")
    assert URIRef("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/03404000") in set(
        graph.objects(node, DCT.spatial)
    )
    assert str(graph.value(node, DCT.modified)) == "2026-11-20T08:00:00.123456+00:00"
    assert graph.value(node, DCT.identifier) == Literal("6d8a2b0e")
    distribution = graph.value(node, DCAT.distribution)
    assert graph.value(distribution, DCATDE.licenseAttributionByText) == Literal("Stadt Beispielstadt")
    assert graph.value(distribution, DCAT.mediaType) == URIRef("https://www.iana.org/assignments/media-types/text/csv")


def test_a_company_publishes_under_its_own_name_the_administration_under_the_towns():
    for name, expected in (
        ("stadtwerke", "Stadtwerke Beispielstadt"),
        ("geo", "Stadt Beispielstadt"),
        ("unbekannt", "Stadt Beispielstadt"),
    ):
        graph = write({**POOR, "organization": {"id": "o1", "name": name, "title": "X"}})
        assert str(graph.value(graph.value(URIRef(NODE), DCT.publisher), FOAF.name)) == expected


def test_a_zero_licence_needs_no_name_and_a_service_no_download():
    graph = write(RICH)
    service = URIRef(NODE + "/resource/r2")
    assert graph.value(service, DCATDE.licenseAttributionByText) == Literal("Stadt Beispielstadt, Baumkataster")
    assert graph.value(service, DCAT.downloadURL) is None
    upload = URIRef(NODE + "/resource/r1")
    assert graph.value(upload, DCAT.downloadURL) == graph.value(upload, DCAT.accessURL)
    assert graph.value(upload, DCT["format"]) == URIRef(
        "http://publications.europa.eu/resource/authority/file-type/CSV"
    )


def test_no_deprecated_term_is_written():
    predicates = {str(predicate) for dataset in (RICH, POOR, BROKEN) for predicate in write(dataset).predicates()}
    for term in (
        "originator",
        "maintainer",
        "legalBasis",
        "geocodingDescription",
        "qualityProcessURI",
        "plannedAvailability",
    ):
        assert str(DCATDE[term]) not in predicates


@needs_shared
@pytest.mark.parametrize("name", ["bremen.rdf", "brandenburg.rdf"])
def test_a_real_catalogue_goes_out_without_violation_and_in_again_the_same(name):
    whole = Graph()
    for record in parse(SHARED / "catalogues" / name):
        dataset = {**record.dataset, "id": record.remote_id}
        graph = write(dataset, dataset["uri"])
        again = dataset_from_graph(write(dataset, dataset["uri"]), URIRef(dataset["uri"]), [])
        assert set(write({**again, "id": record.remote_id}, dataset["uri"])) == set(graph), record.remote_id
        for triple in graph:
            whole.add(triple)
    assert len(set(whole.subjects(RDF.type, DCAT.Dataset))) == {"bremen.rdf": 153, "brandenburg.rdf": 112}[name]
    assert verdict(whole)["Violation"] == []
    assert (None, SKOS.inScheme, None) in whole
