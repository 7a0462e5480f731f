"""Values that no one should write but many do: one is left out or put right, never the dataset."""

import pytest
from rdflib import Graph, URIRef

from ckanext.datenplattform.dcat_ap_de.rdf.dataset import NotADataset, dataset_from_graph
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCT

from .examples import NODE
from .shapes import needs_shared, verdict
from .test_beyond_fields import HEAD, again

BAD = """dct:title "", " ", "Bäume" ; dct:description "<p>Alle</p><script>alert(1)</script><ul><li>Linden</li></ul>" ;
    dct:issued "30.02.2020" ; dct:modified "gestern", "2020-01-02" ; dct:license "Nutzung frei" ;
    dct:publisher [ foaf:name "Amt" ], [ foaf:name "Bund" ] ; dcat:keyword "", "Baum" ;
    dct:temporal [ dcat:startDate "0000-00-00"^^xsd:date ; dcat:endDate "2020"^^xsd:gYear ] ; dct:spatial "Mitte" ;
    dcat:contactPoint [ vcard:fn "" ; vcard:hasEmail "kein at zeichen" ] ; dcat:theme <https://e.org/unbekannt> ;
    dct:language "de", "klingonisch" ; dct:accrualPeriodicity "ab und zu" ; dct:identifier "eins", "zwei" ;
    dcat:distribution [ dct:license "Nutzung frei" ; dcat:accessURL "https://e.org/a b.csv" ; dcat:byteSize "groß" ] ."""


@pytest.fixture
def notes():
    return []


@pytest.fixture
def dataset(notes):
    return dataset_from_graph(Graph().parse(data=HEAD + BAD, format="turtle"), URIRef(NODE), notes)


def test_what_can_be_understood_is(dataset):
    assert dataset["title"] == "Bäume"
    assert dataset["notes"] == "Alle\n\n- Linden"
    assert dataset["modified"] == "2020-01-02"
    assert dataset["temporal_coverage"] == [{"end": "2020"}]
    assert dataset["spatial_coverage"] == [{"text": "Mitte"}]
    assert dataset["license_id"] == "Nutzung frei"
    assert (dataset["publisher"], dataset["creator"]) == ([{"name": "Amt"}], [{"name": "Bund"}])
    assert (dataset["identifier"], dataset["alternate_identifier"]) == ("eins", ["zwei"])
    assert dataset["resources"][0]["url"] == "https://e.org/a%20b.csv"
    assert dataset["language"] == ["DEU"]
    assert [tag["name"] for tag in dataset["tags"]] == ["Baum", "unbekannt"]
    assert not {"issued", "contact", "frequency", "theme"} & dataset.keys()


def test_what_was_left_out_is_named(dataset, notes):
    text = "\n".join(notes)
    bad = ("30.02.2020", "gestern", "0000-00-00", "klingonisch", "ab und zu", "unbekannt", "Amt")
    assert [word for word in bad if word not in text] == []


@needs_shared
def test_it_goes_out_without_a_violation_and_comes_in_the_same(dataset):
    graph = again(dataset)
    assert verdict(graph)["Violation"] == []
    assert "<script" not in graph.serialize(format="nt")
    assert set(again(dataset_from_graph(again(dataset), URIRef(NODE), []))) == set(graph)


@pytest.mark.parametrize("statements", ['dct:title "" .', 'dct:description "ohne Titel" .', "dct:title [] ."])
def test_without_a_title_there_is_no_dataset(statements):
    with pytest.raises(NotADataset):
        dataset_from_graph(Graph().parse(data=HEAD + statements, format="turtle"), URIRef(NODE), [])


def test_a_dataset_that_is_its_own_file_and_series_ends():
    data = HEAD + f'dct:title "Ich" ; dcat:distribution <{NODE}> ; dcat:inSeries <{NODE}> ; dct:relation <{NODE}> .'
    dataset = dataset_from_graph(Graph().parse(data=data, format="turtle"), URIRef(NODE), [])
    assert "in_series" not in dataset
    assert (URIRef(NODE), DCT.title, None) in again(dataset)
    assert (None, DCAT.inSeries, None) not in again(dataset)
