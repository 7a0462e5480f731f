"""The whole catalogue as one stream: the same graph in every format, told only when it changed, never a torn one."""

import gzip
import itertools
import zlib

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckanext.dcat.processors import RDFSerializer
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core import municipality
from ckanext.datenplattform.dcat_ap_de import views
from ckanext.datenplattform.dcat_ap_de.export import pieces
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCT, RDF

from .. import factories
from .examples import POOR, RICH
from .test_export import content, public_dataset

pytestmark = pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")

FORMATS = {"ttl": "turtle", "xml": "xml", "jsonld": "json-ld", "nt": "nt"}
MEDIA = {"ttl": "text/turtle", "xml": "application/rdf+xml", "jsonld": "application/ld+json", "nt": "application/n-triples"}
HEAD = (DCT.title, DCT.description, DCT.publisher, DCT.modified)


@pytest.fixture
def unit():
    return factories.unit()


@pytest.fixture
def both(unit):
    return [public_dataset(unit, **content(source)) for source in (RICH, POOR)]


def read(text, ending):
    return Graph().parse(data=text, format=FORMATS[ending])


def get(app, path, method="GET", **given):
    """An answer, read to its end, as clients do."""
    answer = app.flask_app.test_client().open(path, method=method, **given)
    assert answer.data is not None
    return answer


def titles(graph):
    return {str(title) for node in graph.subjects(RDF.type, DCAT.Dataset) for title in graph.objects(node, DCT.title)}


def withdraw(dataset):
    """Take back, as a process does that dies right after the decision: nobody is told."""
    access.unpublish(dataset["id"])
    model.Session.commit()


def test_every_format_is_the_same_graph_and_that_of_the_stock_serialiser(app, both):
    graphs = {ending: read(get(app, f"/catalog/full.{ending}").text, ending) for ending in FORMATS}
    assert all(isomorphic(graphs["nt"], found) for found in graphs.values())
    datasets = [factories.act("package_show", id=dataset["id"]) for dataset in both]
    stock = Graph().parse(data=RDFSerializer(profiles=["dcat_ap_de"]).serialize_catalog({}, datasets, _format="nt"), format="nt")
    assert set(graphs["nt"]) == set(stock)


def test_the_packed_one_is_the_same(app, both):
    for ending in FORMATS:
        packed = get(app, f"/catalog/full.{ending}.gz")
        assert packed.headers["Content-Type"] == "application/gzip"
        assert gzip.decompress(packed.data) == get(app, f"/catalog/full.{ending}").data


def test_who_asks_again_learns_that_nothing_has_changed(app, both, monkeypatch):
    for path in ("/catalog/full.ttl", "/catalog/full.xml.gz", "/catalog.jsonld", f"/dataset/{both[0]['name']}.nt"):
        first = get(app, path)
        tag = first.headers["ETag"]
        again = get(app, path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data) == (304, b""), path
        assert get(app, path, method="HEAD", headers={"If-None-Match": tag}).status_code == 304
        head = get(app, path, method="HEAD")
        assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)
        other = get(app, path, headers={"If-None-Match": 'W/"etwas anderes"'})
        assert other.data == first.data
    factories.act("package_patch", id=both[1]["id"], modified="2026-01-02")  # needs no decision
    changed = get(app, "/catalog/full.ttl", headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert "2026-01-02" in changed.text


def test_last_modified_moves_with_every_change(app, both, monkeypatch):
    from ckanext.datenplattform.dcat_ap_de.export import state

    assert "Last-Modified" not in get(app, "/catalog/full.ttl").headers  # it may still change in this second
    with model.Session.get_bind().begin() as at:
        at.execute(sa.text("UPDATE dp_dcat_state SET since = since - interval '1 hour'"))
    told = get(app, "/catalog/full.ttl").headers["Last-Modified"]
    assert get(app, "/catalog/full.ttl", headers={"If-Modified-Since": told}).status_code == 304
    withdraw(both[0])
    after = get(app, "/catalog/full.ttl", headers={"If-Modified-Since": told})
    assert after.status_code == 200
    assert titles(read(after.text, "ttl")) == {"Arm"}
    assert state.SETTLED.total_seconds() >= 1


def test_the_client_gets_what_it_likes_best(app, both):
    for ending, media in MEDIA.items():
        answer = get(app, "/catalog", headers={"Accept": f"{media}, */*;q=0.1"})
        assert answer.headers["Content-Type"].startswith(media)
        assert titles(read(answer.text, ending)) == {"Baumkataster", "Arm"}
        assert "Accept" in answer.headers["Vary"]
        assert get(app, f"/catalog.{ending}").headers["Content-Type"].startswith(media)
    browser = get(app, "/catalog", headers={"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}, follow_redirects=False)
    assert browser.headers["Location"].endswith("/dataset/")
    assert get(app, "/catalog", headers={"Accept": "image/png"}).status_code == 406


def test_a_delta_describes_what_changed_and_names_all_that_is_there(app, both):
    old = model.Session.get(model.Package, both[0]["id"])
    since = "2026-11-01T12:00:00+01:00"
    moved = {"old": "2026-11-01 10:59:59", "id": old.id}
    with model.Session.get_bind().begin() as at:
        at.execute(sa.text("UPDATE package SET metadata_modified = :old WHERE id = :id"), moved)
    for ending in FORMATS:
        found = read(get(app, f"/catalog/full.{ending}", query_string={"modified_since": since}).text, ending)
        assert titles(found) == {"Arm"}
        (catalogue,) = found.subjects(RDF.type, DCAT.Catalog)
        assert {str(node).rsplit("/", 1)[-1] for node in found.objects(catalogue, DCAT.dataset)} == {both[0]["id"], both[1]["id"]}
    withdraw(both[0])
    found = read(get(app, "/catalog/full.nt", query_string={"modified_since": since}).text, "nt")
    assert [str(node).rsplit("/", 1)[-1] for node in found.objects(None, DCAT.dataset)] == [both[1]["id"]]
    assert get(app, "/catalog/full.nt?modified_since=gestern").status_code == 409


def test_a_unit_has_a_catalogue_of_its_own(app, both, unit):
    other = public_dataset(factories.unit(), title="Anderswo")
    for key, ending in itertools.product(("id", "name"), FORMATS):
        found = read(get(app, f"/organization/{unit[key]}.{ending}").text, ending)
        assert titles(found) == {"Baumkataster", "Arm"}
        (catalogue,) = found.subjects(RDF.type, DCAT.Catalog)
        assert str(found.value(catalogue, DCT.title)) == unit["title"]
        assert all(found.value(catalogue, predicate) is not None for predicate in HEAD)
        assert str(catalogue).endswith(f"/organization/{unit['name']}#catalog")
    assert other["id"] not in get(app, f"/organization/{unit['id']}.nt").text
    assert get(app, "/organization/gibt-es-nicht.ttl").status_code == 404
    page = get(app, f"/organization/{unit['name']}").text
    assert f"/organization/{unit['name']}.ttl" in page


def test_the_index_is_not_asked(app, both, unit, monkeypatch):
    monkeypatch.setitem(tk.config, "solr_url", "http://127.0.0.1:9/solr/ckan")
    for path in ("/catalog/full.ttl", f"/organization/{unit['name']}.ttl", "/catalog/full.ttl?modified_since=2020-01-01"):
        assert titles(read(get(app, path).text, "ttl")) == {"Baumkataster", "Arm"}


def test_code_lists_stand_once(app, both):
    found = get(app, "/catalog/full.nt").text.splitlines()
    assert found[-1] == "# complete: 2"
    lines = [line for line in found if "publications.europa.eu/resource/authority/access-right/PUBLIC> " in line.split(" ", 1)[0] + " "]
    assert lines
    assert len(lines) == len(set(lines))


def broken(app, path):
    """What a client gets until the connection breaks, and the error that broke it."""
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    got = []
    with pytest.raises(Exception) as error:  # noqa: PT011 - whatever the server meets
        parts, _status, _headers = run_wsgi_app(app.flask_app.wsgi_app, EnvironBuilder(path).get_environ(), buffered=False)
        for part in parts:
            got.append(part)
    return b"".join(got), error.value


def test_an_error_in_the_middle_breaks_the_connection(app, both, monkeypatch):
    """A part must never look like the whole."""
    monkeypatch.setattr(views, "CHUNK", 1)
    for ending in FORMATS:
        assert get(app, f"/catalog/full.{ending}").status_code == 200
    with model.Session.get_bind().begin() as at:
        at.execute(sa.text("DELETE FROM dp_dcat_concept"))
    for ending in FORMATS:
        got, error = broken(app, f"/catalog/full.{ending}")
        assert isinstance(error, LookupError)
        assert len(got) > 2000
        assert b"complete" not in got
        packed, _error = broken(app, f"/catalog/full.{ending}.gz")
        with pytest.raises((EOFError, zlib.error)):
            gzip.decompress(packed + b" ")


def test_only_so_many_at_once(app, both, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.datenplattform.dcat_ap_de.streams_at_once", 1)
    from werkzeug.test import EnvironBuilder, run_wsgi_app

    def start(path):
        return run_wsgi_app(app.flask_app.wsgi_app, EnvironBuilder(path).get_environ(), buffered=False)

    first, status, _headers = start("/catalog/full.ttl")
    assert status.startswith("200")
    _parts, status, headers = start("/catalog/full.ttl")
    assert (status[:3], headers["Retry-After"]) == ("503", "60")
    assert get(app, "/catalog/full.ttl", method="HEAD").status_code == 200
    first.close()  # the client has gone before it read a byte
    for _ in range(3):
        assert get(app, "/catalog/full.ttl").status_code == 200


def test_a_batch_more_or_less_changes_nothing(app, both, monkeypatch):
    whole = {ending: read(get(app, f"/catalog/full.{ending}").text, ending) for ending in FORMATS}
    monkeypatch.setattr(pieces, "BATCH", 1)
    for ending, found in whole.items():
        assert isomorphic(read(get(app, f"/catalog/full.{ending}").text, ending), found)


def test_an_empty_catalogue_is_a_catalogue(app):
    for ending, path in itertools.product(FORMATS, ("/catalog/full.", "/catalog.")):
        found = read(get(app, f"{path}{ending}").text, ending)
        (catalogue,) = found.subjects(RDF.type, DCAT.Catalog)
        assert found.value(catalogue, DCT.publisher) == URIRef(municipality.current().publisher.uri)
        assert not list(found.objects(catalogue, DCAT.dataset))
