"""Other languages and statements without a field: kept from the source to the export, and nothing unsafe with them."""

import json

import pytest
from rdflib import Graph, Literal, URIRef

from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.rest import FIELD, MAX_STATEMENTS, load
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCT, FOAF

from .examples import NODE
from .test_rdf import write

HEAD = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix dcatde: <http://dcat-ap.de/def/dcatde/> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix ex: <https://example.org/terms#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://daten.beispielstadt.de/dataset/6d8a2b0e> a dcat:Dataset ;
"""


def read(turtle):
    graph = Graph().parse(data=HEAD + turtle, format="turtle")
    return dataset_from_graph(graph, URIRef(NODE), [])


def again(dataset):
    return write({**dataset, "id": "6d8a2b0e"})


def objects(graph, *path):
    nodes = {URIRef(NODE)}
    for predicate in path:
        nodes = {value for node in nodes for value in graph.objects(node, predicate)}
    return nodes


def test_the_form_shows_german_and_the_export_all_languages():
    dataset = read(
        """dct:title "Bäume"@de, "Trees"@en, "Arbres"@fr ; dct:description "Alle"@de, "<p>All of them</p>"@en ;
        dct:publisher [ a foaf:Agent ; foaf:name "Stadt"@de, "City"@en ] ;
        dcat:distribution [ dct:title "Datei"@de, "File"@en ; dcat:accessURL <https://example.org/a.csv> ] ."""
    )
    assert (dataset["title"], dataset["notes"]) == ("Bäume", "Alle")
    assert (dataset["publisher"][0]["name"], dataset["resources"][0]["name"]) == ("Stadt", "Datei")
    graph = again(dataset)
    assert objects(graph, DCT.title) == {Literal("Bäume", "de"), Literal("Trees", "en"), Literal("Arbres", "fr")}
    assert objects(graph, DCT.description) == {Literal("Alle", "de"), Literal("All of them", "en")}
    assert objects(graph, DCT.publisher, FOAF.name) == {Literal("Stadt", "de"), Literal("City", "en")}
    assert objects(graph, DCAT.distribution, DCT.title) == {Literal("Datei", "de"), Literal("File", "en")}


def test_keywords_keep_language_and_spelling():
    dataset = read('dct:title "Bäume" ; dcat:keyword "Bäume"@de, "trees"@en, "Rad/Fuß"@de, "Stadt, Land", "Park" .')
    assert [tag["name"] for tag in dataset["tags"]] == ["Bäume", "Land", "Park", "Rad Fuß", "Stadt"]
    expected = {Literal("Bäume", "de"), Literal("trees", "en"), Literal("Rad/Fuß", "de")}
    expected |= {Literal("Stadt"), Literal("Land"), Literal("Park")}
    assert objects(again(dataset), DCAT.keyword) == expected
    fewer = {**dataset, "tags": [tag for tag in dataset["tags"] if tag["name"] != "Rad Fuß"]}
    assert objects(again(fewer), DCAT.keyword) == expected - {Literal("Rad/Fuß", "de")}


def test_only_other_languages_are_shown_rather_than_nothing():
    dataset = read('dct:title "Trees"@en ; dcat:keyword "tree"@en .')
    assert (dataset["title"], dataset["tags"]) == ("Trees", [{"name": "tree"}])
    assert objects(again(dataset), DCT.title) == {Literal("Trees", "en")}


def test_a_changed_title_replaces_the_german_one_and_leaves_the_others():
    dataset = {**read('dct:title "Bäume"@de, "Trees"@en .'), "title": "Stadtbäume"}
    assert objects(again(dataset), DCT.title) == {Literal("Stadtbäume"), Literal("Trees", "en")}


def test_statements_without_a_field_come_out_as_they_came_in():
    ours = """dct:title "Bäume" ; ex:note "neu"@de ; ex:count 7 ; ex:see <https://example.org/mehr> ;
        ex:parts [ ex:name "Teil" ; ex:inner [ ex:name "innen" ] ] ;
        dcat:contactPoint [ vcard:hasEmail <mailto:a@b.de> ; vcard:hasAddress [ vcard:locality "Ort" ] ] ;
        dcat:landingPage <https://example.org/1>, <https://example.org/2> ;
        dcat:distribution [ dcat:accessURL <https://example.org/a>, <https://example.org/b> ; ex:note "Datei" ] ."""
    dataset = read(ours)
    graph = again(dataset)
    ex = "https://example.org/terms#"
    assert objects(graph, URIRef(ex + "note")) == {Literal("neu", "de")}
    assert objects(graph, URIRef(ex + "count")) == {Literal(7)}
    assert objects(graph, URIRef(ex + "see")) == {URIRef("https://example.org/mehr")}
    assert objects(graph, *(URIRef(ex + name) for name in ("parts", "inner", "name"))) == {Literal("innen")}
    vcard = "http://www.w3.org/2006/vcard/ns#"
    assert objects(graph, DCAT.contactPoint, URIRef(vcard + "hasAddress"), URIRef(vcard + "locality")) == {Literal("Ort")}
    assert {str(page) for page in objects(graph, DCAT.landingPage)} == {"https://example.org/1", "https://example.org/2"}
    assert objects(graph, DCAT.distribution, URIRef(ex + "note")) == {Literal("Datei")}
    assert len(objects(graph, DCAT.distribution, DCAT.accessURL)) == 2
    back = dataset_from_graph(again(dataset), URIRef(NODE), [])
    assert set(again(back)) == set(graph)
    assert back[FIELD] == dataset[FIELD]


def test_nothing_unsafe_and_nothing_endless_is_kept():
    many = " ; ".join(f'ex:p{number} "{number}"' for number in range(500))
    dataset = read(
        f"""dct:title "Bäume" ; ex:script <javascript:alert(1)> ; ex:html "<script>alert(1)</script>gut" ;
        ex:loop [ ex:x [ ex:x [ ex:x [ ex:x [ ex:x [ ex:x "zu tief" ] ] ] ] ] ] ; dcatde:unbekannt "alt" ; {many} ."""
    )
    kept = dataset[FIELD]
    assert len(load(kept)) <= MAX_STATEMENTS
    assert not [word for word in ("javascript", "<script", "zu tief", "unbekannt") if word in kept]


def test_nameless_nodes_that_lead_to_each_other_end():
    graph = Graph().parse(
        data=HEAD + 'dct:title "Bäume" ; ex:a _:x . _:x ex:b _:y ; ex:t "x" . _:y ex:c _:x ; ex:t "y" .', format="turtle"
    )
    assert load(dataset_from_graph(graph, URIRef(NODE), [])[FIELD])


@pytest.mark.parametrize(
    "value",
    [
        "",
        "kein JSON",
        "{}",
        "[1, [2], [3, 4], [[], {}]]",
        json.dumps([["javascript:x", {"text": "x"}], ["https://e.org/p", {"iri": "javascript:x"}]]),
        json.dumps([["https://e.org/p", {"text": "x", "lang": "kein Code!"}], ["https://e.org/p", {"text": 7}]]),
        json.dumps([["https://e.org/p", {"node": [["https://e.org/q", {"node": "x"}]]}], ["https://e.org/a b", {"text": "x"}]]),
        json.dumps([[str(DCT.publisher), {"iri": "https://e.org/zweiter"}], [str(DCT.title), {"text": 5}]]),
    ],
)
def test_a_field_that_someone_wrote_by_hand_does_no_harm(value):
    graph = write({"id": "1", "title": "Bäume", FIELD: value, "contact": [{"email": "a@b.de", FIELD: value}]})
    written = graph.serialize(format="nt")
    assert "javascript" not in written
    assert len(objects(graph, DCT.publisher)) == 1
    assert objects(graph, DCT.title) == {Literal("Bäume")}
    assert set(Graph().parse(data=written, format="nt")) == set(graph)
