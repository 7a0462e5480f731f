"""Catalogues of others: all records, a reason for each value left out, and nothing fetched."""

import pytest

from ckanext.datenplattform.dcat_ap_de.shared import Unreadable, parse

from .shapes import SHARED, needs_shared

PREFIXES = """
@prefix adms: <http://www.w3.org/ns/adms#> . @prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix dcatde: <http://dcat-ap.de/def/dcatde/> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""


def read(turtle):
    return list(parse((PREFIXES + turtle).encode(), "ttl"))


@needs_shared
def test_bremen_comes_in_whole_and_its_broken_dates_are_named():
    records = list(parse(SHARED / "catalogues" / "bremen.rdf", base="https://www.transparenz.bremen.de/dcat.rdf"))
    assert len(records) == len({record.remote_id for record in records}) == 153
    assert [record.error for record in records if record.error] == []
    broken = [record for record in records if any("9999" in warning for warning in record.warnings)]
    assert len(broken) == 137
    for record in broken:
        assert all("end" not in period for period in record.dataset.get("temporal_coverage", []))
        assert any(warning.startswith("schema:endDate") for warning in record.warnings)
    licences = {
        resource.get("license") or record.dataset.get("license_id")
        for record in records
        for resource in record.dataset["resources"]
    }
    assert licences == {"cc-by", "cc-zero", "cc-by-nc/4.0"}
    assert {resource.get("format") for record in records for resource in record.dataset["resources"]} >= {
        "CSV",
        "XLSX",
        "HTML",
    }
    assert all(
        record.dataset["contact"][0]["email"].count("@") == 1
        for record in records
        if record.dataset["contact"][0].get("email")
    )
    assert all(record.dataset["language"] == ["DEU"] for record in records)
    assert all("<p>" not in record.dataset["notes"] for record in records)
    assert records[0].dataset["political_geocoding_uri"] == [
        "http://dcat-ap.de/def/politicalGeocoding/regionalKey/040110000000"
    ]


@needs_shared
def test_brandenburg_comes_in_whole_with_its_own_categories_as_keywords():
    records = list(parse(SHARED / "catalogues" / "brandenburg.rdf"))
    assert len(records) == len({record.remote_id for record in records}) == 112
    assert [record.error for record in records if record.error] == []
    tags = {tag["name"] for record in records for tag in record.dataset["tags"]}
    assert "Politik und Wahlen" in tags
    assert sum("state" in record.dataset.get("political_geocoding_level_uri", []) for record in records) == 62
    assert any(resource["url"] for record in records for resource in record.dataset["resources"])


@needs_shared
def test_examples_of_the_specification():
    with pytest.raises(Unreadable, match="13"):
        parse(SHARED / "examples" / "DataService.ttl")
    (record,) = parse(SHARED / "examples" / "Dataset-und-Distribution.ttl")
    assert record.remote_id == "12345678-9abc-4729-9044-f4d4ceaed491"
    assert record.warnings == []
    assert [resource["format"] for resource in record.dataset["resources"]] == ["CSV", "PDF"]
    (record,) = parse(SHARED / "examples" / "official-testcase-deprecated.ttl", base="https://example.org/")
    old = record.dataset
    assert old["originator"]
    assert old["custodian"]
    assert old["version"]
    assert old["applicable_legislation"] == ["dcatde:legalBasis ist in 3.0 deprecated!"]
    assert old["resources"][0]["hash_algorithm"] == "md5"


@pytest.mark.parametrize("namespace", ["dcatde/", "dcatde/1.0/", "dcatde/1_0", "dcatde/1.0.1/", "dcatde/2.0/"])
def test_old_namespaces(namespace):
    (record,) = read(
        f"""<http://x.de/1> a dcat:Dataset ; dct:title "T" ;
        <http://dcat-ap.de/def/{namespace}maintainer> [ foaf:name "Amt" ] ;
        dcat:distribution [ dcat:accessURL <http://x.de/f> ;
            <http://dcat-ap.de/def/{namespace}plannedAvailability> <http://dcat-ap.de/def/plannedAvailability/stable> ;
            <http://dcat-ap.de/def/{namespace}licenseAttributionByText> "Amt" ] ."""
    )
    assert record.dataset["custodian"] == [{"name": "Amt"}]
    assert record.dataset["resources"][0]["availability"] == "STABLE"
    assert record.dataset["license_attribution_by_text"] == "Amt"


def test_identity_by_identifier_then_other_identifier_then_address():
    records = read(
        """<http://x.de/1> a dcat:Dataset ; dct:title "A" ; dct:identifier "eins" ; adms:identifier "zwei" .
        <http://x.de/2> a dcat:Dataset ; dct:title "B" ; adms:identifier "zwei" .
        <http://x.de/3> a dcat:Dataset ; dct:title "C" .
        <http://x.de/4> a dcat:Dataset ; dct:title "D" ; dct:identifier "eins" ."""
    )
    assert [record.remote_id for record in records] == ["eins", "zwei", "http://x.de/3", "http://x.de/4"]
    assert "eins" in records[3].warnings[0]


def test_a_record_that_cannot_be_a_dataset_says_why_and_the_others_go_on():
    records = read(
        """<http://x.de/1> a dcat:Dataset ; dct:description "ohne Titel" .
        <http://x.de/2> a dcat:Dataset ; dct:title "" .
        [] a dcat:Dataset ; dct:title "ohne Adresse" .
        <http://x.de/3> a dcat:Dataset ; dct:title "Gut" ;
            dct:issued "30. Februar"^^xsd:date ; dct:modified "2020-01-01" ."""
    )
    assert len(records) == 4
    assert sum(1 for record in records if record.error) == 3
    assert all(record.remote_id for record in records)
    (good,) = [record for record in records if record.dataset]
    assert "issued" not in good.dataset
    assert good.dataset["modified"] == "2020-01-01"
    assert "30. Februar" in good.warnings[0]


def test_wild_values_are_tamed():
    (record,) = read(
        """<http://x.de/1> a dcat:Dataset ; dct:title "Hallo"@en, "Moin"@nds, "Guten Tag"@de ;
        dct:description "<p>Eins</p><script>x()</script>" ;
        dct:publisher "t17", <http://x.de/amt> ; dcat:keyword "a,bc;de/f", "" ; dct:spatial "Hafen" ;
        dct:accrualPeriodicity "monatlich" ; dct:language "de" ; dct:conformsTo "Norm 1" ;
        dcat:landingPage "javascript:alert(1)" ;
        dcat:distribution [ dcat:accessURL "http://x.de/mit leer.csv" ; dct:license "Nur für Kinder" ;
            dct:format "csv" ; dcat:byteSize "3.0" ] ."""
    )
    dataset = record.dataset
    assert dataset["title"] == "Guten Tag"
    assert dataset["notes"] == "Eins"
    assert dataset["publisher"] == [{"name": "t17"}]
    assert dataset["creator"] == [{"uri": "http://x.de/amt"}]
    assert [tag["name"] for tag in dataset["tags"]] == ["bc", "de f"]
    assert dataset["spatial_coverage"] == [{"text": "Hafen"}]
    assert dataset["frequency"] == "MONTHLY"
    assert dataset["language"] == ["DEU"]
    assert dataset["conforms_to"] == ["Norm 1"]
    assert "url" not in dataset
    assert dataset["license_id"] == "Nur für Kinder"
    (resource,) = dataset["resources"]
    assert resource["url"] == "http://x.de/mit%20leer.csv"
    assert (resource["format"], resource["size"]) == ("CSV", 3)
    assert "private" not in dataset
    assert "name" not in dataset


XML = b'<?xml version="1.0"?>%s<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcat="http://www.w3.org/ns/dcat#">%s</rdf:RDF>'


@pytest.mark.parametrize(
    "content",
    [
        XML % (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', b"&x;"),
        XML % (b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>', b"&b;"),
        XML % (b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">', b""),
        b"<!DOCTYPE html><html><body>404</body></html>",
        b"<html><body>Wartung</body></html>",
        XML % (b"", b"<dcat:Dataset>"),
        (XML % (b"", b""))[:90],
        b'{"@context": "https://evil.example/context.jsonld"}',
        b"",
        b"\xff\xfe\x00kein text",
        b"<http://x> <http://y> .",
        b"\x1f\x8b\x08\x00" + b"\x00" * 40,
    ],
    ids=["entity", "laughs", "dtd", "html", "html5", "open", "cut", "jsonld", "empty", "binary", "turtle", "gzip"],
)
def test_files_that_are_refused_as_a_whole_say_why(content):
    with pytest.raises(Unreadable) as error:
        list(parse(content))
    assert len(str(error.value)) > 15


def test_utf16_does_not_hide_an_entity():
    evil = (
        (XML % (b'<!DOCTYPE r [<!ENTITY x "y">]>', b"&x;"))
        .decode()
        .replace('version="1.0"', 'version="1.0" encoding="UTF-16"')
    )
    with pytest.raises(Unreadable):
        parse(evil.encode("utf-16"), "xml")


def test_the_place_of_the_error_is_named():
    with pytest.raises(Unreadable, match=r"(line|Zeile) 3"):
        parse(
            b'<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n<a></b>\n</rdf:RDF>',
            "xml",
        )
