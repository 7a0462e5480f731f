"""Our shapes, compiled, and the official ones under pySHACL say the same; and each finding names its field in German."""

import copy
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import XSD

from ckanext.datenplattform.dcat_ap_de.defaults import fill
from ckanext.datenplattform.dcat_ap_de.rdf.dataset import dataset_to_graph
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCAT, DCATAP, DCATDE, DCT, FOAF, RDF, RDFS, SKOS, VCARD
from ckanext.datenplattform.dcat_ap_de.validation.check import told
from ckanext.datenplattform.dcat_ap_de.validation.compiler import Shapes, Unsupported
from ckanext.datenplattform.dcat_ap_de.validation.findings import findings, judge, shapes
from ckanext.datenplattform.dcat_ap_de.validation.index import Index
from ckanext.datenplattform.dcat_ap_de.vocabulary import needs_attribution, vocabulary

from .examples import BROKEN, NODE, POOR, RICH, TOWN
from .shapes import SHARED, needs_shared
from .shapes import official_verdict as official

S = "urn:datenplattform:shape:"
REGULATION = URIRef("http://data.europa.eu/eli/reg_impl/2023/138/oj")


def written(dataset, node=NODE):
    """A dataset's graph and the addresses of its files."""
    full = fill(dataset, TOWN)
    addresses = [URIRef(f"{node}/resource/{number}") for number, _ in enumerate(full["resources"])]
    graph = Graph()
    dataset_to_graph(graph, URIRef(node), full, addresses)
    return graph, addresses


def ours(graph):
    """The same under our shapes, without the rules that the official ones do not have."""
    return {(each.focus, each.path, each.severity) for each in shapes("dcat_ap_de.ttl").check(Index(graph))}


def broken_rules(graph):
    return {each.shape.removeprefix(S) for each in judge(Index(graph))}


@needs_shared
@pytest.mark.parametrize("dataset", [RICH, POOR, BROKEN], ids=["rich", "poor", "broken"])
def test_same_verdict_on_what_we_write(dataset):
    graph, _addresses = written(dataset)
    assert ours(graph) == official(graph)


@needs_shared
@pytest.mark.parametrize(
    "file",
    [
        "examples/Dataset-und-Distribution.ttl",
        "examples/official-testcase-deprecated.ttl",
        "catalogues/bremen.rdf",
        "catalogues/brandenburg.rdf",
    ],
)
def test_same_verdict_on_what_others_write(file):
    graph = Graph().parse(SHARED / file)
    found = ours(graph)
    assert found == official(graph)
    assert found


# Values that are wrong nearly everywhere, each in its own way.
WRONG = [
    URIRef("http://example.org/x"),
    URIRef("http://publications.europa.eu/resource/authority/planned-availability/STABLE"),
    Literal("x"),
    Literal("x", lang="en"),
    Literal("keine Zahl", datatype=XSD.decimal),
    Literal("-5", datatype=XSD.nonNegativeInteger),
    Literal("P1X", datatype=XSD.duration),
    Literal("P1D", datatype=XSD.duration),
    Literal("zz", datatype=XSD.hexBinary),
    BNode("b"),
]
RICH_TRIPLES = sorted(written(RICH)[0])
OLD = [
    DCATDE.originator, DCATDE.maintainer, DCATDE.legalBasis, DCATDE.geocodingDescription, DCATDE.qualityProcessURI, DCT.hasVersion,
    DCT.isVersionOf, DCT.contributor, DCT.source, DCAT.inSeries, DCT.type,
]  # fmt: skip
CLASSES = [
    DCAT.Dataset, DCAT.Distribution, DCAT.DataService, DCAT.Catalog, DCAT.CatalogRecord, DCAT.DatasetSeries, FOAF.Agent,
    VCARD.Kind, DCT.PeriodOfTime, DCT.Location, SKOS.Concept,
]  # fmt: skip
statements = st.sampled_from(RICH_TRIPLES)
changes = st.one_of(
    st.tuples(st.just("drop"), statements, st.none()),
    st.tuples(st.just("drop all"), statements, st.none()),
    st.tuples(st.just("alter"), statements, st.sampled_from(WRONG)),
    st.tuples(st.just("add"), statements, st.sampled_from(WRONG)),
    st.tuples(st.just("old"), statements, st.sampled_from(OLD)),
    st.tuples(st.just("type"), statements, st.sampled_from(CLASSES)),
    st.tuples(st.just("subclass"), statements, st.sampled_from(CLASSES)),
)


def mutated(graph, mutations):
    for kind, (subject, predicate, value), new in mutations:
        if kind in ("drop", "alter"):
            graph.remove((subject, predicate, value))
        if kind == "drop all":
            graph.remove((None, predicate, None))
        if kind in ("alter", "add"):
            graph.add((subject, predicate, new))
        if kind == "old":
            graph.add((subject, new, value))
        if kind == "type":
            graph.add((subject, RDF.type, new))
        if kind == "subclass":
            own = URIRef("http://example.org/Own")
            graph.add((own, RDFS.subClassOf, new))
            graph.add((subject, RDF.type, own))
    return graph


@needs_shared
@settings(max_examples=60, deadline=None)
@given(st.lists(changes, min_size=1, max_size=8))
def test_same_verdict_on_broken_graphs(mutations):
    graph = mutated(written(RICH)[0], mutations)
    assert ours(graph) == official(graph)


@needs_shared
def test_the_type_of_a_licence_that_the_catalogue_describes_is_no_text():
    graph, addresses = written(RICH)
    licence = graph.value(addresses[0], DCT.license)
    assert licence is not None
    graph.add((licence, RDF.type, DCT.LicenseDocument))
    graph.add((licence, DCT.type, Literal("frei")))
    assert "LicenseDocument-type" in broken_rules(graph)
    assert ours(graph) == official(graph)


@needs_shared
def test_three_times_as_fast_as_the_official_shapes_on_the_same_graph():
    graph, _addresses = written(RICH)
    assert ours(graph) == official(graph)

    def seconds(judge_it):
        started = time.perf_counter()
        judge_it()
        return time.perf_counter() - started

    theirs = min(seconds(lambda: official(graph)) for _ in range(3))
    mine = min(seconds(lambda: judge(Index(graph))) for _ in range(3))
    assert theirs / mine >= 3


def test_what_the_official_shapes_miss():
    graph, _addresses = written(RICH)
    node = URIRef(NODE)
    graph.set((node, DCATAP.availability, URIRef("http://example.org/immer")))
    graph.add((node, DCATDE.plannedAvailability, URIRef("http://dcat-ap.de/def/plannedAvailability/stable")))
    graph.add((URIRef("http://example.org/reihe"), RDF.type, DCAT.DatasetSeries))
    assert {"Dataset-availability", "Gone-plannedAvailability", "Series-publisher"} <= broken_rules(graph)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("K01", lambda g, n, d: (g.remove((None, VCARD.hasEmail, None)), g.remove((None, VCARD.hasURL, None)))),
        ("K12", lambda g, n, d: g.remove((n, DCATDE.contributorID, None))),
        ("K30", lambda g, n, d: g.remove((n, DCAT.theme, None))),
        ("Dataset-keywords", lambda g, n, d: g.remove((n, DCAT.keyword, None))),
        ("Dataset-says-more-than-its-title", lambda g, n, d: g.set((n, DCT.description, g.value(n, DCT.title)))),
        ("Dataset-has-files", lambda g, n, d: g.remove((n, DCAT.distribution, None))),
        ("Dataset-publishedOn", lambda g, n, d: g.remove((n, DCT.issued, None))),
        ("Distribution-name", lambda g, n, d: g.remove((d, DCT.title, None))),
        ("K31", lambda g, n, d: g.remove((d, DCT["format"], None))),
        ("K35", lambda g, n, d: g.remove((d, DCATDE.licenseAttributionByText, None))),
        (
            "K41",
            lambda g, n, d: (g.add((d, DCAT.accessService, n)), g.add((d, DCAT.downloadURL, URIRef("https://x.de")))),
        ),
        ("HVD-legislation", lambda g, n, d: g.remove((n, DCATAP.applicableLegislation, REGULATION))),
        ("HVD-category", lambda g, n, d: g.remove((n, DCATAP.hvdCategory, None))),
        ("HVD-files", lambda g, n, d: g.remove((d, DCATAP.applicableLegislation, None))),
        (
            "HVD-granular",
            lambda g, n, d: g.set((n, DCATAP.hvdCategory, URIRef("http://data.europa.eu/bna/c_dd313021"))),
        ),
    ],
)
def test_each_convention(rule, change):
    dataset = {**copy.deepcopy(RICH), "hvd_category": ["c_c3919aec"]}
    dataset["resources"] = [resource for resource in dataset["resources"] if resource.get("format") != "SensorThings"]
    graph, addresses = written(dataset)
    assert rule not in broken_rules(graph)
    change(graph, URIRef(NODE), addresses[0])
    assert rule in broken_rules(graph)


def test_only_one_contributor_of_the_list():
    graph, _addresses = written(RICH)
    second = URIRef("http://dcat-ap.de/def/contributors/govData")
    graph.add((URIRef(NODE), DCATDE.contributorID, second))
    graph.add((second, SKOS.inScheme, URIRef("http://dcat-ap.de/def/contributors")))
    assert "K13" in broken_rules(graph)
    one_of_the_list, _addresses = written(RICH)
    one_of_the_list.add((URIRef(NODE), DCATDE.contributorID, URIRef("http://example.org/eigener")))
    assert not {"K12", "K13"} & broken_rules(one_of_the_list)


def test_the_rule_on_attribution_knows_every_licence_that_wants_it():
    for concept in vocabulary("licence"):
        graph, addresses = written({**POOR, "license_id": concept.code, "resources": [{"url": "https://x.de/a.csv"}]})
        graph.remove((addresses[0], DCATDE.licenseAttributionByText, None))
        assert ("K35" in broken_rules(graph)) == needs_attribution(concept), concept.code


def test_of_a_complete_dataset_only_the_format_without_a_code_and_the_top_category_are_told():
    graph, addresses = written(RICH)
    found = told(findings(Index(graph), URIRef(NODE), addresses, RICH))
    assert {(finding.shape.removeprefix(S), finding.field) for finding in found} == {
        ("HVD-granular", "hvd_category"),
        ("K31", "format"),
    }


def field_of(change, dataset=RICH, rule=None):
    graph, addresses = written(dataset)
    before = {(each.shape, each.node, each.field) for each in findings(Index(graph), URIRef(NODE), addresses, dataset)}
    change(graph, URIRef(NODE), addresses)
    after = findings(Index(graph), URIRef(NODE), addresses, dataset)
    return {
        (each.field, each.resource)
        for each in after
        if (each.shape, each.node, each.field) not in before and (rule is None or each.shape == S + rule)
    }


def test_a_finding_names_the_field_and_the_file():
    assert field_of(lambda g, n, a: g.remove((n, DCT.title, None))) == {("title", None)}
    assert field_of(lambda g, n, a: g.remove((n, DCAT.keyword, None))) == {("tags", None)}
    assert field_of(lambda g, n, a: g.remove((a[1], DCAT.accessURL, None))) == {("url", 1)}
    assert field_of(lambda g, n, a: g.add((a[0], DCT["format"], Literal("csv")))) == {("format", 0)}
    assert field_of(lambda g, n, a: g.set((n, DCATAP.availability, Literal("immer")))) == {("availability", None)}
    # deep below: a name of an agent, the form of a checksum
    assert field_of(lambda g, n, a: g.remove((None, FOAF.name, None))) >= {("publisher", None), ("creator", None)}
    mute = lambda g, n, a: (g.remove((None, VCARD.hasEmail, None)), g.remove((None, VCARD.hasURL, None)))  # noqa: E731
    assert field_of(mute, rule="K01") == {("contact", None), ("access_services", 1)}
    assert field_of(lambda g, n, a: g.remove((None, DCAT.endpointURL, None))) == {("access_services", 1)}


def test_what_a_file_takes_from_its_dataset_is_the_datasets_field():
    dataset = {**POOR, "license_id": "cc-by/4.0", "resources": [{"name": "A", "url": "https://x.de/a.csv"}]}

    def without_text(g, n, a):
        g.remove((a[0], DCATDE.licenseAttributionByText, None))

    assert field_of(without_text, dataset) == {("license_attribution_by_text", None)}
    own = copy.deepcopy(dataset)
    own["resources"][0]["license_attribution_by_text"] = "Stadt"
    assert field_of(without_text, own) == {("license_attribution_by_text", 0)}


@pytest.mark.parametrize(
    "shape",
    [
        "[] a sh:NodeShape ; sh:targetClass <urn:x> ; sh:property [ sh:path <urn:p> ; sh:lessThan <urn:q> ] .",
        "[] a sh:NodeShape ; sh:targetClass <urn:x> ; sh:property [ sh:path ( <urn:p> <urn:q> ) ; sh:minCount 1 ] .",
        "[] a sh:NodeShape ; sh:targetClass <urn:x> ; sh:property [ sh:path [ sh:inversePath <urn:p> ] ; sh:minCount 1 ] .",
        "[] a sh:NodeShape ; sh:targetNode <urn:x> ; sh:property [ sh:path <urn:p> ; sh:minCount 1 ] .",
        "[] a sh:NodeShape ; sh:targetClass <urn:x> ; sh:property [ sh:path <urn:p> ; sh:pattern 'x' ; sh:flags 'm' ] .",
        "<urn:s> a sh:NodeShape ; sh:targetClass <urn:x> ; sh:node <urn:s> .",
        "[] a sh:NodeShape ; sh:targetClass <urn:x> ; sh:closed true .",
        "[] a sh:NodeShape ; sh:targetClass <urn:x> ; sh:sparql [ sh:select 'SELECT $this {}' ] .",
    ],
)
def test_what_the_compiler_does_not_know_it_refuses(shape):
    graph = Graph().parse(data=f"@prefix sh: <http://www.w3.org/ns/shacl#> . {shape}", format="turtle")
    with pytest.raises(Unsupported):
        Shapes(graph)


def test_no_german_text_is_missing():
    """Every message that our rules can give is a German sentence."""
    from ckanext.datenplattform.core.i18n import translate
    from ckanext.datenplattform.dcat_ap_de.validation import words

    for text in [*words.TEXTS.values(), *words.KINDS.values(), words.OUTDATED, words.OTHER_RULE]:
        assert translate(text, "de") != text
    assert json.dumps(words.label("license_id", False)) != '""'
