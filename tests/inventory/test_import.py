"""Imports by people: the dry run tells, all or nothing, twice is once, only one's own units."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
from werkzeug.datastructures import FileStorage

from ckanext.datenplattform.inventory import import_jobs
from ckanext.datenplattform.inventory.model import InventoryChange, InventoryRecord
from ckanext.datenplattform.inventory.model_imports import InventoryImport, InventoryImportFile
from tests import factories as f

from .test_bulk import load, upload

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def german(app):
    """Words as people read them."""
    with app.flask_app.test_request_context(environ_overrides={"CKAN_LANG": "de"}):
        yield


def problems(rows: Any, as_user: str) -> list[tuple[str, str]]:
    """What a dry run finds wrong; nothing is written by it."""
    before = counts()
    sent = upload(rows) if isinstance(rows, list) else FileStorage(io.BytesIO(rows), filename="x")
    found = f.act("inventory_import", as_user, upload=sent, dry_run=True)
    assert found["state"] == "refused"
    assert counts() == before
    return [(item["cell"], item["text"]) for item in found["report"]["problems"]]


def counts() -> list[int]:
    """How many rows there are of all that an import writes."""
    model.Session.rollback()
    tables = (model.Package, model.Member, model.Tag, InventoryRecord, InventoryChange, InventoryImportFile)
    return [model.Session.query(table).count() for table in tables]


def row(unit: dict[str, Any], title: str, **more: str) -> dict[str, str]:
    """A row of the sheet."""
    return {"Titel": title, "Zuständige Stelle": unit["title"], **more}


def test_the_dry_run_tells_and_writes_nothing(unit, editor):
    load([row(unit, "Alt", Schlüssel="1", Vertretung="A")], editor)
    before = counts()
    found = load([row(unit, "Neu", Schlüssel="2"), row(unit, "Anders", Schlüssel="1", Vertretung="B")], editor, dry_run=True)
    assert counts() == before
    assert found["report"]["counts"] == {"create": 1, "change": 1, "same": 0, "problems": 0}
    [change, new] = found["report"]["items"]
    assert (change["row"], change["action"], change["title"], change["key"]) == (3, "change", "Anders", "1")
    assert change["changes"] == [{"label": "Titel", "from": "Alt", "to": "Anders"}, {"label": "Vertretung", "from": "A", "to": "B"}]
    assert (new["row"], new["action"], new["unit"]) == (2, "create", unit["title"])
    assert model.Session.query(InventoryImport).filter_by(state="done").count() == 1


def test_twice_is_once_and_empty_cells_say_nothing(unit, editor):
    rows = [row(unit, f"Nr. {number}", Beschreibung="Text\nmit Zeile", Schlagwörter="Bäume, Grün", **{"Nächster Blick": ""})
            for number in range(3)]  # fmt: skip
    for item in rows:
        del item["Nächster Blick"]
    assert load(rows, editor)["report"]["counts"]["create"] == 3
    before, modified = counts(), [item.metadata_modified for item in model.Session.query(model.Package).order_by(model.Package.id)]
    assert load(rows, editor)["report"]["counts"] == {"create": 0, "change": 0, "same": 3, "problems": 0}
    assert counts() == before
    assert [item.metadata_modified for item in model.Session.query(model.Package).order_by(model.Package.id)] == modified
    # what somebody added meanwhile stays under an empty cell, and goes with a minus sign
    package_id = model.Session.query(model.Package).filter_by(title="Nr. 0").one().id
    f.act("inventory_record_patch", editor, id=package_id, deputy="Leitung")
    load([{**rows[0], "Vertretung": ""}], editor)
    assert f.act("inventory_record_show", editor, id=package_id)["deputy"] == "Leitung"
    load([{**rows[0], "Vertretung": "-", "Beschreibung": "-", "Schlagwörter": "-"}], editor)
    assert f.act("inventory_record_show", editor, id=package_id)["deputy"] is None
    shown = f.act("package_show", editor, id=package_id)
    assert (shown.get("notes") or "", shown["tags"]) == ("", [])


def test_what_is_wrong_is_told_in_german_at_its_cell(unit, editor, german):
    good = row(unit, "Gut")
    assert problems([good, row(unit, "Schlecht", Personenbezug="vielleicht", Lizenz="meine")], editor) == [
        ("C3", "„vielleicht“ steht nicht in der Liste der erlaubten Werte."),
        ("D3", "„meine“ steht nicht in der Liste der erlaubten Werte."),
    ]  # fmt: skip
    assert problems([{"Titel": "X", "Zuständige Stelle": "Amt für Unsinn"}], editor) == [
        ("B2", "Eine Organisation „Amt für Unsinn“ gibt es nicht. Bitte wählen Sie eine aus der Liste.")
    ]
    assert problems([{**good, "Farbe": "rot"}], editor)[0][0] == "C1"
    assert problems([{"Titel": "X"}], editor) == [("1", "Die Spalte „Zuständige Stelle“ fehlt.")]
    assert problems([row(unit, "", Vertretung="x")], editor) == [("2", "„Titel“ fehlt.")]
    assert problems([row(unit, "A"), row(unit, "A")], editor) == [
        ("A3", "Zeile 2 nennt denselben Datensatz (gleicher Schlüssel, oder gleicher Titel ohne Schlüssel).")
    ]
    assert problems([row(unit, "A", Schlüssel="7"), row(unit, "B", Schlüssel="7")], editor)[0][0] == "C3"
    assert problems([row(unit, "A", **{"Vereinbarung endet am": "12/31/2027"})], editor) == [
        ("C2", "„12/31/2027“ ist kein Datum. Bitte schreiben Sie es so: 31.12.2027.")
    ]
    assert problems(b"", editor)[0][1].startswith("Die Datei ist leer.")
    assert problems(b"Titel;Zust\xe4ndige Stelle\r\n", editor) == [
        ("", "Unter den Überschriften steht keine Zeile. Bitte füllen Sie mindestens eine aus.")
    ]


def test_errors_of_the_real_schemas_come_to_their_cells(unit, editor):
    cells = [cell for cell, _text in problems([row(unit, "A", **{
        "E-Mail der verantwortlichen Funktion": "keine", "Schlagwörter": "x", "Dokumentation": "keine Adresse",
        "E-Mail der Ansprechstelle": "keine", "Abgeleitet aus": "gibtesnicht",
    })], editor)]  # fmt: skip
    assert sorted(cells) == ["C2", "D2", "E2", "F2", "G2"]


def workbook(rows: list[list[Any]], more: Any = None) -> bytes:
    """An .xlsx file."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet: Any = book.active
    for cells in rows:
        sheet.append(cells)
    if more:
        more(sheet)
    book.save(file)
    return file.getvalue()


def test_bad_files_are_refused_in_german(unit, editor, german):
    head, good = ["Titel", "Zuständige Stelle"], ["Gut", unit["title"]]
    assert problems(workbook([head, good, ["=1+1", unit["title"]]]), editor) == [
        ("A3", "Hier steht eine Formel. Bitte schreiben Sie ihr Ergebnis hin (als Wert einfügen).")
    ]
    merged = problems(workbook([head, good, ["Auch", unit["title"]]], lambda sheet: sheet.merge_cells("A2:A3")), editor)
    assert merged[0] == ("A2", "Diese Zellen sind verbunden. Bitte heben Sie das auf, damit jede Zeile für sich steht.")
    with zipfile.ZipFile(bomb := io.BytesIO(workbook([head, good])), "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/worksheets/sheet2.xml", b" " * 60_000_000)
    [(cell, text)] = problems(bomb.getvalue(), editor)
    assert cell == ""
    assert "beim Entpacken" in text
    for content in (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100, workbook([head, good])[:-300], b"\x89PNG\r\n\x1a\n\0\0"):
        [(cell, text)] = problems(content, editor)
        assert cell == ""
        assert "Bitte" in text


def test_a_day_is_a_day_however_it_is_written(unit, editor):
    days = ["31.12.2027", "2027-12-31", datetime(2027, 12, 31), " 31. 12. 2027"]
    rows = [[f"Nr. {number}", unit["title"], day] for number, day in enumerate(days)]
    content = workbook([["Titel", "Zuständige Stelle", "Vereinbarung endet am"], *rows])
    f.act("inventory_import", editor, upload=FileStorage(io.BytesIO(content), filename="x.xlsx"))
    model.Session.rollback()
    assert {str(row.agreement_until) for row in model.Session.query(InventoryRecord)} == {"2027-12-31"}


def test_one_fault_and_nothing_is_written(unit, editor):
    before = counts()
    with pytest.raises(tk.ValidationError) as refused:
        load([row(unit, "Gut"), row(unit, "Schlecht", Personenbezug="vielleicht")], editor)
    problems: Any = refused.value.error_dict
    assert problems["problems"][0].startswith("C3: ")
    assert counts() == before


def test_windows_1252_comes_through(unit, editor):
    content = f"Titel,Zuständige Stelle,Beschreibung\r\nBäume – groß,{unit['title']},Straßenbäume\r\n".encode("cp1252")
    f.act("inventory_import", editor, upload=FileStorage(io.BytesIO(content), filename="alt.csv"))
    assert model.Session.query(model.Package).filter_by(title="Bäume – groß", notes="Straßenbäume").count() == 1


def test_only_ones_own_units(unit, editor):
    other = f.unit()
    hidden = f.act("inventory_record_create", title="Geheim", unit=other["name"], confidentiality="high")
    load([row(other, "Anderes", Schlüssel="1")])
    texts = {text for _cell, text in problems([row(other, "Anderes", Schlüssel="1", Vertretung="ich")], editor)}
    assert texts == {text for _cell, text in problems([row(other, "Ganz neu", Schlüssel="99")], editor)}
    # by identifier: hidden, foreign and unknown sound the same
    said = [
        problems([{"Kennung im Portal": name, "Vertretung": "ich"}], editor)
        for name in (hidden["id"], hidden["name"], model.Session.query(model.Package).filter_by(title="Anderes").one().id, "nie")
    ]
    assert all(item == said[0] for item in said)
    with pytest.raises(tk.NotAuthorized):
        load([row(unit, "X")], f.editor_of(unit, "member")["name"])
    with pytest.raises(tk.NotAuthorized):
        f.anonymous("inventory_import", upload=upload([row(unit, "X")]))
    with pytest.raises(tk.ValidationError):
        f.act("inventory_import", editor, path="/etc/passwd")


def test_the_same_key_in_two_units_is_two_datasets(unit, editor):
    other = f.unit()
    lead = f.sysadmin()["name"]
    rows = [row(unit, "Eins", Schlüssel="1"), row(other, "Anderes Eins", Schlüssel="1")]
    assert load(rows, lead)["report"]["counts"]["create"] == 2
    assert load(rows, lead)["report"]["counts"]["same"] == 2


def test_deleted_comes_again_as_a_new_one(unit, editor):
    load([row(unit, "A", Schlüssel="1")], editor)
    old = model.Session.query(model.Package).one().id
    f.act("inventory_record_delete", editor, id=old)
    assert load([row(unit, "A", Schlüssel="1")], editor)["report"]["counts"]["create"] == 1
    assert load([row(unit, "A", Schlüssel="1")], editor)["report"]["counts"]["same"] == 1


def test_what_is_published_or_before_the_board_is_refused_at_its_row(unit, editor, tmp_path, german):
    published = f.published_dataset(unit, tmp_path)
    locked = f.harvested(unit, tmp_path, remote_id="2", title="Vor dem Gremium")["id"]
    f.act("review_submit", f.editor_of(unit)["name"], package_id=locked)
    rows = [{"Kennung im Portal": item, "Beschreibung": "Heimlich"} for item in (published["id"], locked)]
    said = problems(rows, editor)
    assert [cell for cell, _text in said] == ["B2", "B3"]
    assert "neue Fassung" in said[0][1]
    assert "in Prüfung" in said[1][1]
    # what is internal may change
    load([{"Kennung im Portal": published["id"], "Vertretung": "Leitung"}], editor)
    assert f.act("inventory_record_show", editor, id=published["id"])["deputy"] == "Leitung"
    assert f.anonymous("package_show", id=published["id"])["notes"] == published["notes"]


def test_the_gate_has_the_last_word(unit, editor, tmp_path, monkeypatch):
    """Published between the plan and the write: nothing of the file is written."""
    published = f.published_dataset(unit, tmp_path)
    before = counts()
    monkeypatch.setattr(import_jobs.imports.access, "published_ids", lambda _ids: set())
    with pytest.raises(tk.ValidationError):
        load([row(unit, "Neu"), {"Kennung im Portal": published["id"], "Beschreibung": "Heimlich"}], editor)
    with pytest.raises(tk.ValidationError):
        load([{**row(unit, "Neu"), "Kennung im Portal": ""}, {"Kennung im Portal": published["id"], "Titel": "Heimlich",
             "Zuständige Stelle": unit["title"]}], editor)  # fmt: skip
    assert counts() == before
