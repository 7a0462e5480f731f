"""Series: a clerk names one, the export describes it, a catalogue of others brings its own."""

from pathlib import Path

from rdflib import Graph, URIRef

from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCT, RDF
from ckanext.datenplattform.dcat_ap_de.read import parse

from .examples import POOR
from .shapes import needs_shared, verdict
from .test_beyond_fields import HEAD
from .test_rdf import write

TWO = HEAD.split("<https://daten")[0] + """
<https://e.org/d1> a dcat:Dataset ; dct:title "2024" ; dct:publisher <https://e.org/amt> ; dcat:inSeries <https://e.org/s> .
<https://e.org/d2> a dcat:Dataset ; dct:title "2025" ; dct:publisher <https://e.org/bund> ; dcat:inSeries <https://e.org/s> .
<https://e.org/s> a dcat:DatasetSeries, dcat:Dataset ; dct:title "Haushalt"@de, "Budget"@en ; dct:issued "2024" ;
    dct:description "Jedes Jahr" ; dcat:contactPoint [ a vcard:Kind ; vcard:hasEmail <mailto:a@e.org> ] .
<https://e.org/amt> a foaf:Agent ; foaf:name "Amt" . <https://e.org/bund> a foaf:Agent ; foaf:name "Bund" .
"""
CYCLE = HEAD.split("<https://daten")[0] + """
<https://e.org/d> a dcat:Dataset ; dct:title "Kind" ; dcat:inSeries <https://e.org/a>, <https://e.org/d> .
<https://e.org/a> a dcat:DatasetSeries ; dct:title "A" ; dcat:inSeries <https://e.org/b> .
<https://e.org/b> a dcat:DatasetSeries ; dct:title "B" ; dcat:inSeries <https://e.org/a>, <https://e.org/b> .
"""


def test_the_same_name_is_the_same_series_with_everything_that_is_a_must():
    graph = write({**POOR, "in_series": [{"title": "Haushalt"}]})
    other = write({**POOR, "id": "2", "in_series": [{"title": "Haushalt"}]}, "https://e.org/2")
    (node,) = graph.subjects(RDF.type, DCAT.DatasetSeries)
    assert set(other.subjects(RDF.type, DCAT.DatasetSeries)) == {node}
    assert (None, DCAT.inSeries, node) in graph
    assert str(graph.value(node, DCT.title)) == str(graph.value(node, DCT.description)) == "Haushalt"
    assert graph.value(node, DCT.publisher) == URIRef("https://beispielstadt.de/")


@needs_shared
def test_a_series_of_others_comes_in_whole_is_no_dataset_and_goes_out_without_violation(tmp_path):
    file = Path(tmp_path) / "zwei.ttl"
    file.write_text(TWO, "utf-8")
    records = list(parse(file))
    assert [record.remote_id for record in records] == ["https://e.org/d1", "https://e.org/d2"]
    whole = Graph()
    for record in records:
        (series,) = record.dataset["in_series"]
        assert (series["title"], series["description"], series["issued"]) == ("Haushalt", "Jedes Jahr", "2024")
        assert series["publisher"] == [{"uri": "https://e.org/amt", "name": "Amt"}]
        whole += write({**record.dataset, "id": record.remote_id}, record.dataset["uri"])
    assert verdict(whole)["Violation"] == []
    assert len(set(whole.objects(URIRef("https://e.org/s"), DCT.publisher))) == 1
    for record in records:
        back = dataset_from_graph(whole, URIRef(record.dataset["uri"]), [])
        assert back["in_series"] == record.dataset["in_series"]


def test_series_that_contain_each_other_come_in_once_each():
    graph = Graph().parse(data=CYCLE, format="turtle")
    dataset = dataset_from_graph(graph, URIRef("https://e.org/d"), [])
    assert [series["title"] for series in dataset["in_series"]] == ["A", "B"]
    out = write({**dataset, "id": "d"}, "https://e.org/d")
    assert set(out.objects(URIRef("https://e.org/d"), DCAT.inSeries)) == {URIRef("https://e.org/a"), URIRef("https://e.org/b")}


def test_a_series_that_another_catalogue_describes_keeps_its_address():
    data = HEAD + 'dct:title "Kind" ; dcat:inSeries <https://e.org/reihe/Haushalt%20Stadt> .'
    dataset = dataset_from_graph(Graph().parse(data=data, format="turtle"), URIRef("https://daten.beispielstadt.de/dataset/6d8a2b0e"), [])
    assert dataset["in_series"] == [{"title": "Haushalt Stadt", "uri": "https://e.org/reihe/Haushalt%20Stadt"}]
