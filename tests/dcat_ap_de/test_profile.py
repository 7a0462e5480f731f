"""The profile in the portal: what a harvester brings is stored, shown in German, and goes out whole."""

import copy

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers
from ckanext.dcat.processors import RDFSerializer
from rdflib import Graph, Literal, URIRef

from ckanext.datenplattform.dcat_ap_de.profile import defaults, graph_of
from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.properties import DATASET
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCATAP, DCATDE, DCT, FOAF, RDF

from .examples import POOR, RICH
from .shapes import needs_shared, verdict

SOURCE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix ex: <https://example.org/terms#> .
<https://e.org/d> a dcat:Dataset ; dct:title "Bäume"@de, "Trees"@en ; dct:description "Alle Bäume" ; ex:note "bleibt" ;
    dcat:keyword "Baum"@de, "tree"@en ; dct:publisher [ foaf:name "Amt"@de, "Office"@en ; ex:room "7" ] ;
    dcat:inSeries <https://e.org/s> ;
    dcat:distribution <https://e.org/f> .
<https://e.org/f> a dcat:Distribution ; dct:title "Datei"@de, "File"@en ; dcat:accessURL <https://e.org/a.csv> ;
    dct:license <http://dcat-ap.de/def/licenses/cc-zero> ; ex:note "auch" .
<https://e.org/s> a dcat:DatasetSeries ; dct:title "Reihe"@de, "Series"@en ; dct:description "Jedes Jahr" ;
    dct:publisher [ foaf:name "Amt" ] ; ex:note "Reihe" .
"""
HVD = "http://data.europa.eu/eli/reg_impl/2023/138/oj"


@pytest.fixture
def stored(with_plugins, clean_db, clean_index):
    """A dataset as it came from another catalogue, in the database."""
    graph = Graph().parse(data=SOURCE, format="turtle")
    read = dataset_from_graph(graph, URIRef("https://e.org/d"), [])
    for resource in read["resources"]:
        resource["dp_key"] = resource.pop("key")
    unit = factories.Organization(name="geo")
    made = helpers.call_action("package_create", **read, name="baeume", owner_org=unit["id"], private=True)
    return helpers.call_action("package_show", id=made["id"])


def test_languages_and_statements_survive_the_database(stored):
    assert (stored["title"], stored["publisher"][0]["name"]) == ("Bäume", "Amt")
    graph = graph_of(stored)
    for triple in Graph().parse(data=SOURCE, format="turtle"):
        if isinstance(triple[0], URIRef) and isinstance(triple[2], Literal | URIRef):
            assert triple in graph, triple
    literals = {str(value) for value in graph.objects() if isinstance(value, Literal)}
    assert {"Trees", "Office", "Series", "7", "tree"} <= literals


def test_saving_the_form_loses_nothing_of_it(app, stored):
    before = set(graph_of(stored))
    root = {"Authorization": factories.SysadminWithToken()["token"]}
    from bs4 import BeautifulSoup

    page = BeautifulSoup(app.get(f"/dataset/edit/{stored['name']}", headers=root).body, "html.parser")
    fields = {}
    for field in page.select("form.dataset-form [name]"):
        if field.name == "select":
            fields[field["name"]] = [option["value"] for option in field.select("option[selected]")]
        elif field.name == "textarea":
            fields[field["name"]] = field.text.removeprefix("\n")
        elif field.get("type") not in ("checkbox", "radio", "submit") or field.has_attr("checked"):
            fields[field["name"]] = field.get("value", "")
    app.post(f"/dataset/edit/{stored['name']}", data={**fields, "save": "save"}, headers=root, follow_redirects=False)
    after = set(graph_of(helpers.call_action("package_show", id=stored["id"])))
    changed = {str(predicate) for _, predicate, _ in before ^ after}
    assert changed <= {str(DCT.modified)}


def test_the_page_does_not_show_what_is_kept_for_the_export(app, stored):
    root = {"Authorization": factories.SysadminWithToken()["token"]}
    body = app.get(f"/dataset/{stored['name']}", headers=root).body
    assert "Reihe" in body
    assert "example.org/terms" not in body
    assert "Weitere Angaben der Quelle" not in body


def test_one_dataset_has_the_same_graph_as_in_the_catalogue(with_plugins):
    dataset = {**copy.deepcopy(RICH), "metadata_modified": "2026-11-20T08:00:00"}
    serializer = RDFSerializer(profiles=["dcat_ap_de"])
    node = serializer.graph_from_dataset(dataset)
    assert node == defaults().dataset_uri(dataset)
    assert set(graph_of(dataset)) == set(serializer.g)


def test_a_dataset_that_is_not_stored_yet_has_a_graph_too(with_plugins):
    dataset = {"title": "Neu", "resources": [{"url": "https://e.org/a.csv"}, {"url": "https://e.org/b.csv"}]}
    assert set(graph_of(dataset)) == set(graph_of(dataset))
    assert len(set(graph_of(dataset).objects(None, DCAT.distribution))) == 2


def test_the_entry_of_the_catalogue(with_plugins):
    graph = graph_of({**POOR, "metadata_created": "2026-11-01T08:00:00"})
    (record,) = graph.subjects(RDF.type, DCAT.CatalogRecord)
    assert graph.value(record, FOAF.primaryTopic) == defaults().dataset_uri(POOR)
    assert str(graph.value(record, DCT.modified)) == "2026-11-20T08:00:00.123456+00:00"
    assert (None, DCAT.record, record) in graph


def test_the_old_geocoding_can_be_turned_off(with_plugins, ckan_config, monkeypatch):
    with_it = graph_of(POOR)
    monkeypatch.setitem(ckan_config, "ckanext.datenplattform.dcat_ap_de.political_geocoding_uri", "false")
    without = graph_of(POOR)
    assert {predicate for _, predicate, _ in set(with_it) - set(without)} == {DCATDE.politicalGeocodingURI}
    assert not defaults().geocoding_uri
    assert tk.asbool(ckan_config["ckanext.datenplattform.dcat_ap_de.political_geocoding_uri"]) is False


@needs_shared
def test_a_high_value_dataset_names_law_and_narrowest_category_everywhere(with_plugins):
    service = {"endpoint_url": ["https://e.org/wfs"], "endpoint_description": "https://e.org/wfs?request=GetCapabilities"}
    files = [{"id": "1", "url": "https://e.org/a.csv"}, {"id": "2", "url": "https://e.org/wfs", "access_services": [service]}]
    graph = graph_of({**POOR, "hvd_category": ["c_ac64a52d", "c_c3de25e4"], "resources": files, "license_id": "cc-zero"})
    for cls in (DCAT.Dataset, DCAT.Distribution, DCAT.DataService):
        for node in graph.subjects(RDF.type, cls):
            assert URIRef(HVD) in set(graph.objects(node, DCATAP.applicableLegislation))
            categories = {URIRef("http://data.europa.eu/bna/c_c3de25e4")} if cls != DCAT.Distribution else set()
            assert set(graph.objects(node, DCATAP.hvdCategory)) == categories
    (node,) = graph.subjects(RDF.type, DCAT.DataService)
    assert graph.value(node, DCAT.contactPoint)
    assert graph.value(node, FOAF.page)
    assert verdict(graph)["Violation"] == []


def test_with_a_service_there_is_an_endpoint_and_no_download(with_plugins):
    services = [{"endpoint_url": ["https://e.org/wfs"]}]
    resource = {"id": "1", "url": "https://e.org/seite", "download_url": "https://e.org/a.gml", "access_services": services}
    graph = graph_of({**POOR, "resources": [resource]})
    assert not list(graph.objects(None, DCAT.downloadURL))
    assert {str(url) for url in graph.objects(None, DCAT.accessURL)} == {"https://e.org/seite", "https://e.org/a.gml", "https://e.org/wfs"}


def test_every_property_of_a_dataset_can_be_stored(stored):
    changes = {prop.field: RICH[prop.field] for prop in DATASET if prop.field in RICH and prop.field != "hvd_category"}
    more = {"in_series": RICH["in_series"], "available_formats": ["csv", "GeoJSON"]}
    saved = helpers.call_action("package_patch", id=stored["id"], **changes, **more)
    assert saved["available_formats"] == ["CSV", "GeoJSON"]
    assert saved["in_series"][0]["publisher"] == RICH["in_series"][0]["publisher"]
    assert {field for field in changes if not saved.get(field)} == set()
