"""Imports by people: the dry run tells, all or nothing, twice is once, only one's own units; pages, workers, command line."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
from ckan.lib import jobs
from werkzeug.datastructures import FileStorage

from ckanext.datenplattform.inventory import import_jobs, sheets
from ckanext.datenplattform.inventory.model import InventoryChange, InventoryRecord
from ckanext.datenplattform.inventory.model_imports import InventoryImport, InventoryImportFile
from tests import factories as f
from tests.browser import log_in, looked_at

from .test_bulk import load, upload

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def unit():
    return f.unit()


@pytest.fixture
def editor(unit):
    return f.editor_of(unit)["name"]


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


def work() -> None:
    """Run what waits in the queue, as a worker does."""
    queue = jobs.get_queue()
    for job in queue.jobs:
        queue.remove(job)
        assert job.func is not None
        job.func(*job.args, **job.kwargs)
    model.Session.rollback()
    model.Session.expire_all()


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


def test_one_fault_and_nothing_is_written(unit, editor):
    before = counts()
    with pytest.raises(tk.ValidationError) as refused:
        load([row(unit, "Gut"), row(unit, "Schlecht", Personenbezug="vielleicht")], editor)
    assert refused.value.error_dict["problems"][0].startswith("C3: ")
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


# the page, the worker


def test_from_the_template_to_the_result_in_a_browser(page, unit, editor, tmp_path):
    log_in(page, editor)
    page.goto("/inventar/import")
    looked_at(page, "import")
    with page.expect_download() as download:
        page.click("text=Vorlage für Excel")
    path = tmp_path / "vorlage.xlsx"
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[1]}
    assert heads["Titel"] == 2
    units = next(item for item in sheet.data_validations.dataValidation if str(item.sqref).startswith("C2"))
    assert unit["title"] in [cell.value for cell in book["Listen"][re.findall(r"\$([A-Z]+)\$", units.formula1)[0]]]
    sheet.cell(3, heads["Titel"], "Baumkataster")
    sheet.cell(3, heads["Zuständige Stelle"], unit["title"])
    sheet.cell(3, heads["Personenbezug"], "Keine personenbezogenen Daten")
    sheet.cell(4, heads["Titel"], "=A1")
    sheet.cell(4, heads["Zuständige Stelle"], unit["title"])
    book.save(path)
    page.set_input_files("#upload", path)
    page.click("text=Datei prüfen")
    page.wait_for_selector("progress")
    looked_at(page, "import-waits")
    work()
    page.wait_for_selector("text=Hier steht eine Formel")
    assert page.inner_text("tbody th") == "B4"
    looked_at(page, "import-refused")
    sheet.delete_rows(4)
    book.save(path)
    page.click("text=Neu hochladen")
    page.set_input_files("#upload", path)
    page.click("text=Datei prüfen")
    work()
    page.wait_for_selector("text=Jetzt importieren")
    looked_at(page, "import-checked")
    assert model.Session.query(model.Package).count() == 0
    page.click("text=Jetzt importieren")
    page.wait_for_selector("progress")
    # closed and opened again
    address = page.url
    page.goto("/inventar")
    work()
    page.goto(address)
    page.wait_for_selector("text=Das wurde importiert")
    page.set_viewport_size({"width": 360, "height": 800})
    looked_at(page, "import-done")
    package = model.Session.query(model.Package).one()
    assert (package.title, package.private) == ("Baumkataster", True)
    assert f.act("inventory_record_show", editor, id=package.id)["personal_data"] == "none"
    assert model.Session.query(InventoryImportFile).count() == 0


def test_pages_are_found_by_who_uploaded_it_and_nobody_else(app, unit, editor):
    found = f.act("inventory_import", editor, upload=upload([row(unit, "X")]), background=True)
    path = f"/inventar/import/{found['id']}"
    work()

    def status(name: str | None, address: str = path) -> int:
        headers = {"Authorization": f.act("api_token_create", user=name, name="t")["token"]} if name else {}
        return app.get(address, headers=headers, expect_errors=True, follow_redirects=False).status_code

    assert status(editor) == 200
    colleague = f.editor_of(unit)["name"]
    for name in (None, colleague, f.editor_of(f.unit())["name"]):
        assert status(name) == 404
        assert status(name, f"{path}/stand") == 404
    assert status(editor, "/inventar/import/gibtesnicht") == 404
    f.act("member_delete", id=unit["id"], object=editor, object_type="user")
    assert status(editor) == 404
    assert status(None, "/inventar/import") == 404
    assert status(None, "/inventar/vorlage.xlsx") == 404


def test_too_large_is_refused_before_it_is_read(app, unit, editor, monkeypatch):
    monkeypatch.setattr(sheets, "LARGEST", 200_000)
    token = f.act("api_token_create", user=editor, name="t")["token"]
    answer = app.post(
        "/inventar/import", headers={"Authorization": token, "Accept-Language": "de"}, expect_errors=True,
        data={"upload": (io.BytesIO(b"x" * 400_000), "groß.csv")}, content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 413
    assert "Es wurde nichts gelesen" in answer.body
    assert model.Session.query(InventoryImport).count() == 0
    with pytest.raises(tk.ValidationError):
        f.act("inventory_import", editor, upload=FileStorage(io.BytesIO(b"x" * 400_000), filename="x.csv"))


def test_an_aborted_upload_leaves_nothing(live_site, unit, editor):
    token = f.act("api_token_create", user=editor, name="t")["token"]
    parts = urlsplit(live_site)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.sendall(
            f"POST /inventar/import HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {token}\r\nContent-Length: 90000\r\n"
            "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; name=\"upload\"; "
            "filename=\"a.csv\"\r\n\r\nTitel;".encode()
        )  # fmt: skip
    time.sleep(1)
    model.Session.rollback()
    assert model.Session.query(InventoryImport).count() == 0
    assert model.Session.query(InventoryImportFile).count() == 0


def test_two_confirm_at_once_and_it_runs_once(unit, editor):
    found = f.act("inventory_import", editor, upload=upload([row(unit, "X")]), background=True)
    with pytest.raises(tk.ValidationError):
        f.act("inventory_import_confirm", editor, id=found["id"])
    work()
    f.act("inventory_import_confirm", editor, id=found["id"])
    with pytest.raises(tk.ValidationError):
        f.act("inventory_import_confirm", editor, id=found["id"])
    with import_jobs._alone(found["id"]):
        work()
        assert f.act("inventory_import_show", editor, id=found["id"])["state"] == "queued"
    import_jobs.run(found["id"])
    import_jobs.run(found["id"])
    assert model.Session.query(model.Package).count() == 1
    with pytest.raises(tk.ValidationError):
        f.act("inventory_import_cancel", editor, id=found["id"])


def test_discarded_leaves_nothing(unit, editor):
    found = f.act("inventory_import", editor, upload=upload([row(unit, "X")]), background=True)
    work()
    assert f.act("inventory_import_cancel", editor, id=found["id"])["state"] == "cancelled"
    assert model.Session.query(InventoryImportFile).count() == 0


def test_a_killed_worker_a_lost_queue_and_the_import_is_done_once(request, unit, editor, tmp_path):
    """Real processes: the worker is killed in the middle of the write, Redis forgets; looking at the page brings it back."""
    rows = [row(unit, f"Datensatz {number}", Schlüssel=str(number)) for number in range(400)]
    found = f.act("inventory_import", editor, upload=upload(rows), background=True)
    work()
    f.act("inventory_import_confirm", editor, id=found["id"])
    command = [str(Path(sys.executable).parent / "ckan"), "-c", request.config.option.ckan_ini, "jobs", "worker", "--burst"]
    env = {**os.environ, "CKAN_SQLALCHEMY_URL": tk.config["sqlalchemy.url"]}
    worker = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 90
        while f.act("inventory_import_show", editor, id=found["id"])["state"] != "writing":
            assert time.monotonic() < end
            assert worker.poll() is None
            model.Session.rollback()
            time.sleep(0.05)
    finally:
        # the process that works is a child of the worker's, in a group of its own
        children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
        for process in (worker.pid, *map(int, children)):
            os.kill(process, signal.SIGKILL)
        worker.wait()
    jobs.get_queue().empty()
    model.Session.rollback()
    assert model.Session.query(model.Package).count() == 0
    state = f.act("inventory_import_show", editor, id=found["id"])
    assert (state["state"], state["active"]) == ("writing", True)
    assert not jobs.get_queue().jobs
    model.Session.get(InventoryImport, found["id"]).alive -= import_jobs.QUIET * 2
    model.Session.commit()
    f.act("inventory_import_show", editor, id=found["id"])
    with (tmp_path / "worker.log").open("wb") as log:
        subprocess.run(command, env=env, check=True, stdout=log, stderr=log, timeout=180)
    model.Session.rollback()
    assert f.act("inventory_import_show", editor, id=found["id"])["state"] == "done", (tmp_path / "worker.log").read_text()
    assert model.Session.query(model.Package).count() == 400
    assert f.act("package_search", editor, include_private=True, rows=0)["count"] == 400


def test_by_command_line(request, unit, editor, tmp_path):
    file = tmp_path / "liste.csv"
    file.write_bytes(upload([row(unit, "Vom Betrieb", Schlüssel="1")]).read())
    ckan = [str(Path(sys.executable).parent / "ckan"), "-c", request.config.option.ckan_ini, "datenplattform", "inventory", "import"]
    env = {**os.environ, "CKAN_SQLALCHEMY_URL": tk.config["sqlalchemy.url"]}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*ckan, str(file), *arguments], env=env, capture_output=True, text=True, check=False)

    dry = call("--dry-run")
    assert (dry.returncode, dry.stdout.strip().splitlines()[-1]) == (0, "Neu wären: 1, geändert: 0, unverändert: 0, Fehler: 0")
    assert model.Session.query(model.Package).count() == 0
    foreign = call("--user", f.editor_of(f.unit())["name"])
    assert foreign.returncode == 1
    assert "B2: Für diese Organisation dürfen Sie keine Datensätze anlegen." in foreign.stderr
    done = call("--user", editor)
    assert (done.returncode, done.stdout.strip().splitlines()[-1]) == (0, "Neu: 1, geändert: 0, unverändert: 0")
    again = call()
    assert again.stdout.strip().splitlines()[-1] == "Neu: 0, geändert: 0, unverändert: 1"
