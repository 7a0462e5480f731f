"""Code lists: code, IRI and label lead to the same entry."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.dcat_ap_de import shared
from ckanext.datenplattform.dcat_ap_de.vocabulary import (
    LICENCES_FILE,
    is_open,
    licence,
    names,
    needs_attribution,
    vocabulary,
)

from .shapes import SHARED, needs_shared

ENTRIES = [(name, concept) for name in names() for concept in vocabulary(name)]


@pytest.mark.parametrize(("name", "concept"), ENTRIES, ids=lambda part: getattr(part, "code", part))
def test_every_entry_is_found_by_code_iri_and_label(name, concept):
    words = vocabulary(name)
    assert words.find(concept.code) == concept
    assert words.label(concept.de) == concept.de
    if concept.iri:
        assert words.find(concept.iri) == concept
        assert words.find(concept.iri.replace("http://", "https://")) == concept
        assert concept.iri.startswith("http")


@given(st.sampled_from(ENTRIES), st.sampled_from([str.upper, str.lower, str.title, lambda text: f"  {text}\n"]))
def test_case_and_spaces_do_not_matter(entry, change):
    name, concept = entry
    assert vocabulary(name).find(change(concept.code)) is not None


@given(st.text(max_size=80))
def test_no_text_breaks_a_lookup_and_codes_are_stable(text):
    for name in names():
        code = vocabulary(name).code(text)
        assert code is None or vocabulary(name).code(code) == code


@given(st.one_of(st.none(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_what_is_no_text_is_not_found(value):
    assert vocabulary("theme").find(value) is None


@pytest.mark.parametrize(
    ("name", "given_value", "code"),
    [
        ("file_type", "http://publications.europa.eu/resource/authority/file-type/CSV", "CSV"),
        ("file_type", "text/csv", "CSV"),
        ("file_type", ".csv", "CSV"),
        ("file_type", "geojson", "GeoJSON"),
        ("file_type", "http://publications.europa.eu/resource/authority/file-type/WMS_SRVC", "WMS"),
        ("file_type", "http://publications.europa.eu/resource/authority/file-type/PARQUET", "PARQUET"),
        ("language", "http://publications.europa.eu/resource/authority/language/GER", "DEU"),
        ("language", "http://id.loc.gov/vocabulary/iso639-1/de", "DEU"),
        ("language", "de", "DEU"),
        ("frequency", "http://publications.europa.eu/resource/authority/frequency/IRREGULAR", "IRREG"),
        ("availability", "http://dcat-ap.de/def/plannedAvailability/stable", "STABLE"),
        ("status", "http://purl.org/adms/status/Completed", "COMPLETED"),
        ("licence", "dl-by-de/2.0", "dl-de/by-2-0"),
        ("licence", "https://www.govdata.de/dl-de/zero-2-0", "dl-de/zero-2-0"),
        ("licence", "CC0-1.0", "cc-zero"),
        ("licence", "cc0", "cc-zero"),
        ("licence", "http://dcat-ap.de/def/licenses/cc-by-nc-de/4_0", "cc-by-nc/4.0"),
        ("contributor", "http://dcat-ap.de/def/contributors/destatis", "destatis"),
        ("theme", "Verkehr", "TRAN"),
    ],
)
def test_spellings_met_in_the_field(name, given_value, code):
    assert vocabulary(name).code(given_value) == code


def test_unknown_stays_unknown_and_is_shown_as_it_is():
    assert vocabulary("frequency").code("ab und zu") is None
    assert shared.label("frequency", "ab und zu") == "ab und zu"
    assert shared.file_format("Foo") == "Foo"
    assert vocabulary("file_type").iri("SensorThings") is None


def test_licences_say_whether_they_are_open_and_want_attribution():
    facts = {
        code: (is_open(licence(code)), needs_attribution(licence(code)))
        for code in ("dl-de/by-2-0", "dl-de/zero-2-0", "cc-by/4.0", "cc-zero")
    }
    assert facts == {
        "dl-de/by-2-0": (True, True),
        "dl-de/zero-2-0": (True, False),
        "cc-by/4.0": (True, True),
        "cc-zero": (True, False),
    }
    for code in ("cc-by-nc/4.0", "cc-by-nd/4.0", "dl-de/by-nc-1-0", "other-closed", "other-commercial"):
        assert not is_open(licence(code)), code


def test_licences_file_is_what_ckan_reads():
    for entry in json.loads(LICENCES_FILE.read_text("utf-8")):
        assert {"id", "title", "url", "status", "od_conformance"} <= set(entry)


@needs_shared
def test_every_official_licence_and_contributor_is_known():
    from rdflib import Graph
    from rdflib.namespace import RDF, SKOS

    for name, file in (("licence", "dcat-ap-de-licenses-open.rdf"), ("contributor", "dcat-ap-de-contributors.rdf")):
        graph = Graph().parse(SHARED / "vocabularies" / file)
        for node in graph.subjects(RDF.type, SKOS.Concept):
            assert vocabulary(name).iri(str(node)) == str(node)
