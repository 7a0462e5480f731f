"""Whole files through the checks: contents, encodings, forms."""

import json
from pathlib import Path

import openpyxl
import pytest

from ckanext.datenplattform.review.checks import files, personal, registry, rights, utilities
from ckanext.datenplattform.review.checks.scan import scan
from ckanext.datenplattform.review.checks.subject import File, Limits, Subject
from ckanext.datenplattform.review.checks.tables import Broken, open_tables
from ckanext.datenplattform.review.checks.verdict import Verdict, proposed_track, worst


def subject(path=None, kind="CSV", record=None, limits=None, **dataset):
    given = (File("f", "Datei", kind, path=path, sum="s"),) if path else ()
    return Subject({"license_id": "cc-zero", **dataset}, record or {}, given, today="2026-11-23", limits=limits or Limits())


def csv_file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "daten.csv"
    path.write_bytes(text.encode(encoding))
    return path


def people(tmp_path, text, **more):
    return {(item.code, item.level) for item in personal.check(subject(csv_file(tmp_path, text), **more))}


TOLD = "Am {}. Tag kam jemand vorbei und sagte uns etwas über die Bäume im Park\n"
PERSONS = "Vorname;Nachname;Ort\nErika;Musterfrau;Osnabrück\nMax;Mustermann;Osnabrück\n"


def test_surnames_are_a_stop(tmp_path):
    assert ("last_name", "stop") in people(tmp_path, PERSONS)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a;b\n1;erika@web.de\n", ("mail", "stop")),
        ("a;b\n1;info@stadt.de\n", ("office_mail", "look")),
        ("a;konto\n1;DE89370400440532013000\n", ("iban", "stop")),
        ("Steuer-ID;x\n86095742719;1\n", ("tax_id", "stop")),
        ("Halter;Kennzeichen\nA;OS-AB 12\nB;OS-XY 3\n", ("plate", "stop")),
        ("Name;x\nErika Muster;1\nHans Meier;2\nUwe Schulz;3\n", ("person", "stop")),
        ("Bezirk;Anzahl Personen\n1;3\n2;70\n", ("small_cells", "stop")),
        ("Bemerkung\nHeute war Frau Meyer hier\n", ("salutation", "stop")),
        ("Nachname;Straße;Hausnummer\nMeyer;Große Straße;3\n", ("home_address", "stop")),
        ("Eigentümer;lat;lon\nMeyer;52.27342;8.04721\n", ("home_position", "stop")),
        (f"was\n{TOLD.format(1)}{TOLD.format(2)}{TOLD.format(3)}", ("free_text", "look")),
        ("geburtsdatum;x\n1980-01-02;1\n", ("birth_date", "stop")),
    ],
)
def test_what_is_found(tmp_path, text, found):
    assert found in people(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "nr;art;hoehe;strasse\n1;Linde;12,5;Große Straße\n2;Eiche;3;Lotter Straße\n",
        "Name;Art\nMaria-Montessori-Schule;Grundschule\nAlbert Schweitzer Weg;Straße\n",
        "zeit;wert\n2025-01-01 00:00;8\n2025-01-01 00:15;16\n",
        "Bezirk;Anzahl Bäume\n1;3\n2;70\n",
        "Kennzeichen;Wert\nBK-1234567;1\nBK-1234568;2\n",
        "nummer\n12345678901\n12345678902\n12345678903\n",
        "version\n1.2.3.4\n1.2.3.5\n",
        "flaeche\n" + "".join(f"POLYGON (({n}.1 52.2, 8.3 52.4, 8.5 52.6, 8.7 52.8, 8.9 52.9, {n}.1 52.2))\n" for n in range(5)),
    ],
)
def test_what_is_not(tmp_path, text):
    assert people(tmp_path, text) == set()


def test_small_counts_are_looked_at_where_the_dataset_is_about_people(tmp_path):
    text = "Bezirk;Anzahl\n1;3\n2;70\n"
    assert people(tmp_path, text, title="Arbeitslose nach Bezirken") == {("small_cells", "look")}
    assert people(tmp_path, text, title="Arbeitslose nach Bezirken", limits=Limits(small_below=3)) == set()


def test_ways_of_vehicles_are_a_stop_and_standing_stations_are_not(tmp_path):
    moving = "Fahrzeug-ID;zeit;lat;lon\n" + "".join(f"{n % 2};2025-01-01;52.{n};8.{n}\n" for n in range(20))
    standing = "Fahrzeug-ID;zeit;lat;lon\n" + "".join(f"{n % 2};2025-01-0{1 + n % 9};52.{n % 2};8.{n % 2}\n" for n in range(20))
    assert ("movement", "stop") in people(tmp_path, moving)
    assert people(tmp_path, standing) == set()


def test_the_evidence_never_holds_the_datum(tmp_path):
    text = "wer;konto\nkanarienvogel.gelb@gmx.de;DE89370400440532013000\n"
    for item in registry.run(subject(csv_file(tmp_path, text), notes="x")):
        told = json.dumps(item.as_dict(), ensure_ascii=False)
        assert "kanarien" not in told.lower()
        assert "DE8937" not in told
    shown = [item.evidence for item in personal.check(subject(csv_file(tmp_path, text)))]
    assert ("k…",) in shown
    assert ("D…00",) in shown


def test_a_table_without_headings_does_not_tell_its_first_row(tmp_path):
    text = "erika.kanarienvogel@gmx.de;DE89370400440532013000\nmax.x@gmx.de;DE89370400440532013000\n"
    told = json.dumps([item.as_dict() for item in personal.check(subject(csv_file(tmp_path, text)))])
    assert "kanarien" not in told
    assert "#1" in told


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_encoding_is_read_whole(tmp_path, encoding):
    path = csv_file(tmp_path, "Straße;Größe\nÖlweg;1\nÄgidienweg;2\n", encoding)
    with open_tables(path, "CSV") as tables:
        found = [scan(table) for table in tables]
    assert (found[0].rows, found[0].columns[0].label, found[0].columns[1].type) == (2, "Straße", "integer")
    codes = {item.code for item in files.check(subject(path))}
    assert ("encoding" in codes) == (encoding in ("cp1252", "utf-16"))


@pytest.mark.parametrize(
    ("content", "kind", "code"),
    [
        (b"", "CSV", "empty"), (b"a;b\n\x00\x01\x02", "CSV", "no_text"), (b'a;b\n1;"offen\n' + b"x" * 3_000_000, "CSV", "no_table"),
        (b"a;b", "XLSX", "wrong_format"), (b"{", "JSON", "wrong_format"), (b"kein pdf", "PDF", "wrong_format"),
        (b"kein zip", "ZIP", "wrong_format"), (b"kein xml", "GML", "wrong_format"), (b"", "PDF", "empty"),
    ],
)  # fmt: skip
def test_broken_files_are_a_stop(tmp_path, content, kind, code):
    path = tmp_path / "datei"
    path.write_bytes(content)
    found = list(files.check(subject(path, kind)))
    assert [(item.code, item.level) for item in found] == [(code, "stop")]


def test_uneven_rows_are_counted_and_what_is_beyond_is_looked_at(tmp_path):
    path = csv_file(tmp_path, "a,b\n1,2\n3\n4,5,max.muster@gmx.de\n")
    with open_tables(path, "CSV") as tables:
        found = next(scan(table) for table in tables)
    assert (found.rows, found.uneven) == (3, 2)
    assert "mail" in found.columns[1].hits


def test_form_and_types(tmp_path):
    rows = "".join(f"{number};2025-01-01\n" for number in range(200))
    found = {item.code: item for item in files.check(subject(csv_file(tmp_path, f"a;a\n{rows}keine;2025-13-01\n")))}
    assert "duplicate-label" in found
    assert found["type"].values["count"] == 1
    assert found["type"].row == 201


def test_excel_and_geojson_are_read_too(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Nachname", "x"])
    book.active.append(["Meyer", 1])
    book.save(tmp_path / "a.xlsx")
    feature = {"type": "Feature", "properties": {"mail": "erika@web.de"}, "geometry": {"type": "Point", "coordinates": [8.04721, 52.27342]}}
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert "last_name" in {item.code for item in personal.check(subject(tmp_path / "a.xlsx", "XLSX"))}
    assert "mail" in {item.code for item in personal.check(subject(tmp_path / "a.geojson", "GEOJSON"))}


def test_positions_of_utilities_are_to_be_coarsened(tmp_path):
    path = csv_file(tmp_path, "nr;lat;lon\n1;52.273421;8.047211\n")
    found = {item.code: item for item in utilities.check_kritis(subject(path, title="Umspannwerke"))}
    assert (found["words"].level, found["too_exact"].level) == ("look", "stop")
    assert found["too_exact"].values["decimals"] == 3
    coarse = csv_file(tmp_path, "nr;lat;lon\n1;52.273;8.047\n")
    assert {item.code for item in utilities.check_kritis(subject(coarse, title="Umspannwerke"))} == {"words"}
    utm = csv_file(tmp_path, "nr;rechtswert;hochwert\n1;434512.25;5791234.5\n")
    assert "too_exact" in {item.code for item in utilities.check_kritis(subject(utm, record={"kritis": "yes"}))}
    assert not list(utilities.check_kritis(subject(path, title="Umspannwerke", record={"kritis": "no"})))
    assert not list(utilities.check_kritis(subject(path, title="Straßenbäume")))


def test_licence_agreement_and_record():
    def codes(check, **more):
        dataset = {name: more.pop(name) for name in ("license_id", "license_attribution_by_text") if name in more}
        given = subject(record=more.pop("record", {}), **dataset)
        given.origins = more.get("origins", ())
        return {(item.code, item.level) for item in check(given)}

    assert codes(rights.check_licence, license_id="") == {("missing", "stop")}
    assert codes(rights.check_licence, license_id="erfunden") == {("unknown", "stop")}
    assert codes(rights.check_licence, license_id="cc-by-nc", license_attribution_by_text="Stadt") == {("closed", "stop")}
    # the export names the publisher; of what comes from outside that is somebody else
    assert codes(rights.check_licence, license_id="dl-de/by-2-0") == {("attribution", "ok")}
    for record in ({"source_class": "outside", "agreement": "V1"}, {"third_party_rights": "yes"}):
        assert codes(rights.check_licence, license_id="dl-de/by-2-0", record=record) == {("attribution", "look")}
    assert codes(rights.check_licence, license_id="dl-de/by-2-0", license_attribution_by_text="Stadt") == set()
    from_share_alike = [{"title": "OSM", "license_id": "odbl"}]
    assert ("origin", "stop") in codes(rights.check_licence, license_id="cc-zero", origins=from_share_alike)
    assert codes(rights.check_agreement, record={"source_class": "outside"}) == {("missing", "stop")}
    assert codes(rights.check_agreement, record={"source_class": "outside", "agreement": "V1"}) == set()
    assert codes(rights.check_agreement, record={"agreement": "V1", "agreement_until": "2026-01-01"}) == {("ended", "stop")}
    assert codes(rights.check_record, record={"missing_fields": ["source_system"]}) == {("incomplete", "look")}


def test_a_check_that_breaks_is_a_stop_and_tells_nothing(caplog):
    def breaks(_):
        raise ValueError("Kanarienvogel")

    found = registry.run(subject(), [registry.Check("x", "X", breaks)])
    assert [(item.code, item.level) for item in found] == [("failed", "stop")]
    assert "Kanarienvogel" not in caplog.text


def test_every_check_says_something():
    found = registry.run(subject(title="Bäume", notes="x"))
    assert {item.check for item in found} == {check.name for check in registry.CHECKS}


def test_the_proposed_track():
    look = Verdict("files", "encoding", "look", "")
    assert proposed_track({}, []) == "normal"
    assert proposed_track({}, [], small_change=True) == "fast"
    assert proposed_track({}, [look], small_change=True) == "normal"
    assert proposed_track({"personal_data": "aggregated"}, []) == "full"
    assert proposed_track({"kritis": "unclear"}, []) == "full"
    assert proposed_track({"agreement": "V1"}, []) == "full"
    assert proposed_track({}, [Verdict("kritis", "words", "look", "")]) == "full"
    assert proposed_track({}, [Verdict("personal_data", "free_text", "look", "")]) == "normal"
    assert worst([look, Verdict("x", "y", "stop", "")]) == "stop"


def test_another_content_is_another_finding():
    one = Verdict("personal_data", "iban", "stop", "", field="a", file="f", sum="1")
    assert one.key != Verdict("personal_data", "iban", "stop", "", field="a", file="f", sum="2").key
    assert one.key == Verdict("personal_data", "iban", "stop", "", {"x": 1}, field="a", file="f", sum="1", row=3).key


def test_real_sensor_files_raise_no_alarm():
    import os

    shared = Path(os.environ.get("DATENPLATTFORM_SHARED") or Path(__file__).parents[4] / "shared") / "iot" / "muenster"
    if not shared.is_dir():
        pytest.skip(f"no data at {shared}")
    for path in sorted(shared.glob("*.csv")):
        assert list(personal.check(subject(path))) == [], path.name


def test_an_unknown_format_gives_no_table(tmp_path):
    with open_tables(csv_file(tmp_path, "x"), "SHP") as tables:
        assert list(tables) == []
    with pytest.raises(Broken), open_tables(csv_file(tmp_path, ""), "CSV"):
        pass
