"""The code lists are complete and in order; licences say what one may do; official keys are checked."""

import json
import shutil

import pytest
from ckan.cli.cli import ckan
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SKOS

from ckanext.datenplattform.dcat_ap_de import geocoding, licence_words
from ckanext.datenplattform.dcat_ap_de.rdf.terms import DCATDE
from ckanext.datenplattform.dcat_ap_de.validation.findings import shapes
from ckanext.datenplattform.dcat_ap_de.validation.index import Index
from ckanext.datenplattform.dcat_ap_de.vocabulary import is_open, licence, names, needs_attribution, vocabulary
from ckanext.datenplattform.dcat_ap_de.vocabulary_check import check

from .shapes import SHARED, needs_shared

ENTRIES = [(name, concept) for name in names() for concept in vocabulary(name)]


def test_every_list_of_the_profile_is_there():
    assert {
        "licence", "contributor", "geocoding_level", "geocoding_state", "theme", "file_type", "frequency", "language",
        "availability", "access_right", "dataset_type", "hvd_category", "publisher_type", "status",
    } <= set(names())  # fmt: skip


def test_the_lists_are_in_order():
    assert check() == []


@needs_shared
def test_the_lists_hold_what_the_official_files_hold():
    assert check(SHARED / "vocabularies") == []
    assert len(vocabulary("contributor").concepts) == 69
    assert len(vocabulary("licence").concepts) == 34


@needs_shared
def test_what_differs_from_the_official_files_is_named(tmp_path):
    text = (SHARED / "vocabularies" / "dcat-ap-de-licenses-open.rdf").read_text("utf-8")
    (tmp_path / "neu.rdf").write_text(
        text.replace("http://dcat-ap.de/def/licenses/odbl", "http://dcat-ap.de/def/licenses/neu/1.0"), "utf-8"
    )
    (tmp_path / "kaputt.ttl").write_text("a b c", "utf-8")
    found = check(tmp_path)
    assert [("neu/1.0" in text, "odbl" in text, "kaputt.ttl" in text) for text in found].count((True, False, False)) == 1
    assert any("odbl" in text for text in found)
    assert any("kaputt.ttl" in text for text in found)


def test_a_list_as_the_eu_gives_it_is_compared(tmp_path):
    """Entries may come without their type; a collection in the same scheme is no entry."""
    base = "http://data.europa.eu/bna/"
    entries = [concept.iri for concept in vocabulary("hvd_category")]
    lines = [f"<{iri}> <{SKOS.inScheme}> <{base}asd487ae75> ." for iri in [*entries, f"{base}c_00000000", f"{base}liste"]]
    lines.append(f"<{base}liste> <{RDF.type}> <{SKOS.Collection}> .")
    (tmp_path / "hvd.nt").write_text("\n".join(lines), "utf-8")
    [missing] = check(tmp_path)
    assert "c_00000000" in missing


def test_hvd_categories_and_types_of_datasets_are_complete():
    """As the EU counts them: six categories with what is below (version 2.1), 24 types (2023-03-15), 38 frequencies."""
    categories = vocabulary("hvd_category").concepts
    above = [concept for concept in categories if not concept.extra.get("broader")]
    assert (len(categories), len(above)) == (96, 6)
    assert {concept.extra["broader"] for concept in categories if concept not in above} == {concept.code for concept in above}
    assert len(vocabulary("dataset_type").concepts) == 24
    assert len(vocabulary("frequency").concepts) == 38


def test_the_command_says_what_is_wrong(cli, tmp_path):
    good = cli.invoke(ckan, ["datenplattform", "vocabularies", "check"])
    assert good.exit_code == 0, good.output
    assert "Die Codelisten sind in Ordnung." in good.output
    if SHARED.is_dir():
        shutil.copy(SHARED / "vocabularies" / "dcat-ap-de-contributors.rdf", tmp_path / "liste.rdf")
        path = tmp_path / "liste.rdf"
        path.write_text(path.read_text("utf-8").replace("contributors/umweltbundesamt", "contributors/neu"), "utf-8")
        bad = cli.invoke(ckan, ["datenplattform", "vocabularies", "check", str(tmp_path)])
        assert bad.exit_code == 1
        assert "fehlt hier (liste.rdf)" in bad.output


@given(st.sampled_from(ENTRIES), st.data())
def test_code_address_label_and_alias_lead_to_the_same_code(entry, data):
    name, concept = entry
    words = vocabulary(name)
    aliases = [alias for alias in concept.extra.get("aliases", ()) if alias]
    spelling = data.draw(st.sampled_from([text for text in (concept.code, concept.iri, *aliases) if text]))
    change = data.draw(st.sampled_from([str, str.upper, str.lower, lambda text: f" {text} ", lambda text: text + "/"]))
    assert words.code(change(spelling)) == concept.code
    # a label may stand at two entries (an office with two systems): then it leads to one of them
    assert words.label(words.code(concept.de)) == concept.de
    assert words.label(words.code(concept.en), "en") == concept.en


@pytest.mark.parametrize(
    ("given_value", "code"),
    [
        ("https://creativecommons.org/licenses/by/4.0/deed.de", "cc-by/4.0"),
        ("http://creativecommons.org/licenses/by/4.0/legalcode", "cc-by/4.0"),
        ("https://creativecommons.org/licenses/by/3.0/de/deed.de", "cc-by-de/3.0"),
        ("https://creativecommons.org/licenses/by/3.0/", "cc-by"),
        ("https://creativecommons.org/licenses/by-sa/3.0/", "cc-by-sa"),
        ("CC-BY-SA-4.0", "cc-by-sa/4.0"),
        ("CC BY-NC 4.0", "cc-by-nc/4.0"),
        ("CC-BY-ND-4.0", "cc-by-nd/4.0"),
        ("http://publications.europa.eu/resource/authority/licence/CC_BY_4_0", "cc-by/4.0"),
        ("http://publications.europa.eu/resource/authority/licence/CC0", "cc-zero"),
        ("https://opendatacommons.org/licenses/odbl/1-0/", "odbl"),
        ("ODbL-1.0", "odbl"),
        ("GeoNutzV", "geonutz/20130319"),
        ("http://dcat-ap.de/def/licenses/geoNutz/20131001", "geoNutz/20131001"),
        ("https://www.dcat-ap.de/def/licenses/dl-by-de/2.0", "dl-de/by-2-0"),
        ("http://dcat-ap.de/def/licenses/officialWork", "officialWork"),
    ],
)
def test_spellings_of_licences_met_in_the_field(given_value, code):
    assert vocabulary("licence").code(given_value) == code


def test_a_licence_that_limits_commerce_or_changes_is_not_open():
    limited = [concept for concept in vocabulary("licence") if concept.extra.get("limits")]
    assert {"cc-by-nc/4.0", "cc-by-nd/4.0", "dl-de/by-nc-1-0"} <= {concept.code for concept in limited}
    for concept in vocabulary("licence"):
        assert is_open(concept) == licence_words.can_be_published(concept.code), concept.code
        if concept in limited:
            assert not is_open(concept), concept.code
        if any(mark in concept.code.lower() for mark in ("-nc", "-nd")):
            assert concept in limited
    assert not licence_words.can_be_published("Nutzungsbedingungen der Stadt")
    assert not licence_words.can_be_published(None)


def test_what_one_may_and_must():
    found = licence_words.licence_words("dl-de/by-2-0", "Stadt Musterstadt", "https://daten.example.org/dataset/baeume")
    assert found.open
    assert found.source == (
        "Stadt Musterstadt, Datenlizenz Deutschland – Namensnennung – Version 2.0 (https://www.govdata.de/dl-de/by-2-0), "
        "https://daten.example.org/dataset/baeume"
    )
    assert len(found.may) == 3
    assert len(found.must) == 2
    free = licence_words.licence_words("cc-zero", "Stadt Musterstadt")
    assert (free.must, free.source) == ((), "")
    share = licence_words.licence_words("cc-by-sa/4.0", "Stadt")
    assert len(share.must) == 3
    no_changes = licence_words.licence_words("cc-by-nd/4.0", "Stadt")
    assert not no_changes.open
    assert len(no_changes.may) == 2
    for unknown in ("other-open", "Nutzungsbedingungen der Stadt", ""):
        assert not licence_words.licence_words(unknown, "Stadt").known


@given(st.sampled_from([concept.code for concept in vocabulary("licence")]), st.text(max_size=30))
def test_the_text_to_name_the_source_holds_the_name_as_it_is(code, by):
    text = licence_words.source_text(licence(code), by)  # type: ignore[arg-type]
    assert bool(text) == bool(needs_attribution(licence(code)) and by)
    assert by.rstrip(", ") in text or not text


def test_compatible_licences():
    for one, other, expected in (
        ("cc-by/4.0", "cc-by-sa/4.0", True),
        ("cc-by-sa/4.0", "cc-by/4.0", False),
        ("cc-zero", "odbl", True),
        ("odbl", "cc-by/4.0", False),
        ("cc-by-nd/4.0", "cc-by-nd/4.0", False),
        ("unbekannt", "cc-zero", False),
    ):
        assert licence_words.compatible(one, other) is expected, (one, other)
    for concept in vocabulary("licence"):
        assert all(licence(code) for code in concept.extra["compatible_with"])
        assert concept.extra["compatible_with"] == [] or is_open(concept)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("03404000", ""),
        ("034040000000", ""),
        ("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/03404000", ""),
        ("https://www.dcat-ap.de/def/politicalGeocoding/stateKey/02", ""),
        ("http://dcat-ap.de/def/politicalGeocoding/Level/federal", ""),
        ("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/3404000", "form"),
        ("http://dcat-ap.de/def/politicalGeocoding/municipalityKey/034040000000", "form"),
        ("http://dcat-ap.de/def/politicalGeocoding/townKey/03404000", "form"),
        ("17404000", "state"),
        ("http://dcat-ap.de/def/politicalGeocoding/districtKey/00404", "state"),
        ("0340400", "form"),
        ("٠٣٤٠٤٠٠٠", "form"),
        ("", "form"),
    ],
)
def test_official_keys(value, problem):
    assert geocoding.key_problem(value) == problem
    assert bool(geocoding.key_address(value)) == (problem == "")


def test_a_key_becomes_its_address():
    assert geocoding.key_address("03404000") == geocoding.BASE + "municipalityKey/03404000"
    assert geocoding.key_address("034040000000") == geocoding.BASE + "regionalKey/034040000000"


@given(st.sampled_from([*geocoding.DIGITS, "townKey"]), st.from_regex(r"[0-9]{1,13}", fullmatch=True))
def test_the_rule_on_keys_says_the_same_as_the_check(kind, key):
    address = URIRef(f"{geocoding.BASE}{kind}/{key}")
    graph = Graph().parse(data="<urn:d> a <http://www.w3.org/ns/dcat#Dataset> .", format="turtle")
    graph.add((URIRef("urn:d"), DCATDE.politicalGeocodingURI, address))
    broken = {result.shape.rsplit(":", 1)[-1] for result in shapes("conventions.ttl").check(Index(graph))}
    assert ("Dataset-key" in broken) == bool(geocoding.key_problem(str(address)))


def test_licences_keep_what_ckan_needs():
    from ckanext.datenplattform.dcat_ap_de.vocabulary import LICENCES_FILE

    for entry in json.loads(LICENCES_FILE.read_text("utf-8")):
        assert {"id", "title", "url", "status", "od_conformance"} <= set(entry)
