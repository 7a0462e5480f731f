"""The catalogue as RDF: whoever asks, only what is published; and not one violation."""

import copy
import itertools
import json
import re

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories as stock
from ckanext.dcat.processors import RDFParser
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core import municipality
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCT, FOAF, RDF

from .. import factories
from .examples import POOR, RICH
from .shapes import needs_shared, verdict

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")

FORMATS = {"ttl": "turtle", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}
CANARY = "Kanarienvogel"
HOSTILE = (
    "",
    "q=Kanarienvogel",
    "q=*:*&fq=capacity:private",
    "fq=capacity:*",
    "fq=capacity:private)+OR+(*:*",
    "fq=-capacity:public&include_private=true&include_drafts=true",
    "fq=state:draft",
    "fq=%2Bstate:(active+OR+draft+OR+deleted)",
    "modified_since=2000-01-01",
    "page=2",
    "q={!lucene}*:*",
    "fq={!type=edismax}*:*",
    "q=_query_:%22*:*%22",
    "profiles=schemaorg",
    "profiles=croissant,euro_dcat_ap_3",
    "profiles=gibtesnicht",
    "page=0",
    "page=-1",
    "page=eins",
    "modified_since=gestern",
)


def content(source, **changes):
    """An example without what only a stored dataset has."""
    given = {
        key: copy.deepcopy(value) for key, value in source.items() if key not in ("id", "metadata_modified", "uri")
    }
    for resource in given.get("resources", []):
        for key in ("id", "package_id", "url_type", "uri", "key", "size", "hash", "hash_algorithm"):
            resource.pop(key, None)
    return {**given, **changes}


def public_dataset(unit, **data):
    """A dataset that is public, without the board's way there, which is tested elsewhere."""
    made = factories.dataset(unit, **data)
    access.publish(made["id"], str(access.content_hash(made["id"])), "test")
    model.Session.commit()
    access.reindex([made["id"]])
    return factories.anonymous("package_show", id=made["id"])


@pytest.fixture
def catalogue():
    """A rich and a poor published dataset, and one that nobody may see."""
    unit = factories.unit()
    rich = public_dataset(unit, **content(RICH))
    poor = public_dataset(unit, **content(POOR))
    secret = factories.dataset(unit, title=CANARY, name="kanarienvogel", tags=[{"name": CANARY}], notes=CANARY)
    return {"rich": rich, "poor": poor, "secret": secret}


@pytest.fixture
def root():
    return {"Authorization": stock.SysadminWithToken()["token"]}


def graph(app, ending, **given):
    answer = app.get(f"/catalog.{ending}", **given)
    assert answer.status_code == 200
    return Graph().parse(data=answer.body, format=FORMATS[ending])


def test_anonymous_and_sysadmin_get_the_same_published_datasets(app, catalogue, root):
    for ending, headers in itertools.product(FORMATS, ({}, root)):
        found = graph(app, ending, headers=headers)
        names = {
            str(title) for node in found.subjects(RDF.type, DCAT.Dataset) for title in found.objects(node, DCT.title)
        }
        assert names == {"Baumkataster", "Arm"}


def test_no_parameter_opens_a_door(app, catalogue, root):
    for query, headers in itertools.product(HOSTILE, ({}, root)):
        answer = app.get(f"/catalog.ttl?{query}", headers=headers)
        assert answer.status_code in (200, 409), query
        # The query itself comes back in the addresses of the pages.
        assert CANARY not in answer.body.replace("q=Kanarienvogel", ""), query
        assert catalogue["secret"]["id"] not in answer.body, query


@needs_shared
def test_no_violation_and_no_warning_but_the_one_for_the_old_geocoding(app, catalogue):
    for ending in FORMATS:
        found = verdict(graph(app, ending))
        assert found["Violation"] == []
        paths = {message.split(" | ")[1].rsplit("/", 1)[-1] for message in found["Warning"]}
        # The poor one has no licence at all and no file either, so nothing to warn of.
        assert paths == {"politicalGeocodingURI"}


def test_the_catalogue_says_who_runs_it(app, catalogue):
    found = graph(app, "ttl")
    (node,) = found.subjects(RDF.type, DCAT.Catalog)
    publisher = found.value(node, DCT.publisher)
    assert publisher == URIRef(municipality.current().publisher.uri)
    assert str(found.value(publisher, FOAF.name)) == municipality.current().publisher.name
    assert str(found.value(node, DCT.modified)).startswith(catalogue["poor"]["metadata_modified"][:13])


def test_a_hidden_dataset_is_no_dataset(app, catalogue, root):
    hidden = app.get("/dataset/kanarienvogel.ttl")
    missing = app.get("/dataset/gibt-es-nicht.ttl")
    assert hidden.status_code == missing.status_code == 404
    # the form's token holds the second in which it was made
    said = [re.sub(r'content="[^"]{60,}"', "", answer.body) for answer in (hidden, missing)]
    assert said[0].replace("kanarienvogel", "x") == said[1].replace("gibt-es-nicht", "x")
    assert app.get("/dataset/kanarienvogel.ttl", headers=root).status_code == 200
    assert app.get(f"/dataset/{catalogue['rich']['name']}.ttl?profiles=schemaorg").status_code == 409
    assert "Baumkataster" in app.get(f"/dataset/{catalogue['rich']['name']}.jsonld").body


def scripts(page):
    return re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)


def test_the_page_carries_its_json_ld(app, catalogue):
    """For programs: the dataset as in the export, and in the words of schema.org."""
    rich = catalogue["rich"]
    dcat, schema = scripts(app.get(tk.h.url_for("dataset.read", id=rich["name"])).body)
    export = Graph().parse(data=app.get(f"/dataset/{rich['id']}.jsonld").body, format="json-ld")
    assert isomorphic(Graph().parse(data=dcat, format="json-ld"), export)
    said = json.loads(schema)
    assert (said["@type"], said["name"], said["license"]) == ("Dataset", "Baumkataster", "http://dcat-ap.de/def/licenses/dl-by-de/2.0")
    assert {"@type": "DataDownload", "name": "Bäume (CSV)", "contentUrl": "https://daten.beispielstadt.de/baum.csv",
            "encodingFormat": "text/csv"} in said["distribution"]  # fmt: skip
    assert said["temporalCoverage"] == ["2019/2025-12", "2026-01-01/.."]


def test_no_text_gets_out_of_the_script(app):
    evil = "</script><script>alert(1)</script><!--<b>&amp;"
    made = public_dataset(factories.unit(), title=evil, notes=evil)
    page = app.get(tk.h.url_for("dataset.read", id=made["name"])).body
    assert "<script>alert" not in page
    dcat, schema = scripts(page)
    assert json.loads(schema)["name"] == evil
    assert evil in {str(text) for text in Graph().parse(data=dcat, format="json-ld").objects(None, DCT.title)}


def test_the_page_of_an_organisation_carries_its_catalogue(app, catalogue):
    evil = "</script><script>alert(1)</script>"
    unit = model.Group.get(catalogue["rich"]["owner_org"])
    unit.description = evil
    model.Session.commit()
    page = app.get(tk.h.url_for("organization.read", id=unit.name)).body
    assert "<script>alert" not in page
    dcat, schema = scripts(page)
    graph = Graph().parse(data=dcat, format="json-ld")
    (node,) = graph.subjects(RDF.type, DCAT.Catalog)
    assert str(graph.value(node, DCT.title)) == unit.title
    assert str(graph.value(node, DCT.description)) == evil
    said = json.loads(schema)
    assert (said["@type"], said["@id"], said["name"]) == ("DataCatalog", str(node), unit.title)
    assert said["url"].endswith(f"/organization/{unit.name}")


def test_a_page_that_not_everybody_sees_carries_none(app, catalogue, root):
    page = app.get(tk.h.url_for("dataset.read", id="kanarienvogel"), headers=root).body
    assert CANARY in page
    assert scripts(page) == []
    assert 'type="text/turtle"' not in page


def test_the_head_names_every_format(app, catalogue):
    page = app.get(tk.h.url_for("dataset.read", id=catalogue["rich"]["name"])).body
    links = re.findall(r'<link rel="alternate" type="([^"]+)" href="([^"]+)"', page)
    for media, ending in (("text/turtle", "ttl"), ("application/n-triples", "nt"), ("application/ld+json", "jsonld")):
        (address,) = [address for kind, address in links if kind == media]
        assert address.endswith(f"/dataset/{catalogue['rich']['id']}.{ending}")
        assert app.get("/" + address.split("/", 3)[3]).status_code == 200


def test_the_pages_of_the_catalogue_name_each_other(app, catalogue, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.dcat.datasets_per_page", 1)
    first = app.get("/catalog.ttl?q=*:*&fq=title:(Arm OR Baumkataster)")
    (following,) = set(re.findall(r'hydra:next(?:Page)? "([^"]+)"', first.body))
    second = app.get("/" + following.split("/", 3)[3])
    titles = [('"Arm"' in answer.body, '"Baumkataster"' in answer.body) for answer in (first, second)]
    assert sorted(titles) == [(False, True), (True, False)]


def test_stock_ckan_reads_our_catalogue(app, catalogue):
    parser = RDFParser(profiles=["euro_dcat_ap_3"])
    parser.parse(app.get("/catalog.xml").body, "xml")
    assert {dataset["title"] for dataset in parser.datasets()} == {"Baumkataster", "Arm"}


@pytest.mark.parametrize("ending", list(FORMATS))
def test_while_the_index_is_down_the_catalogue_is_unavailable_and_never_empty(app, monkeypatch, ending):
    monkeypatch.setitem(tk.config, "solr_url", "http://127.0.0.1:9/solr/ckan")
    answer = app.get(f"/catalog.{ending}", status=503)
    assert "in ein paar Minuten noch einmal" in answer.text
