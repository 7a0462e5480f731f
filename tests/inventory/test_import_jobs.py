"""Imports in pages, by workers and at the command line: closed, killed, aborted, too large, twice at once."""

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
from ckanext.datenplattform.inventory.model_imports import InventoryImport, InventoryImportFile
from tests import factories as f
from tests.browser import log_in, looked_at

from .mailbox import Mailbox, mailbox  # noqa: F401
from .test_bulk import upload
from .test_import import row

pytestmark = pytest.mark.usefixtures("platform")


def work() -> None:
    """Run what waits in the queue, as a worker does."""
    queue = jobs.get_queue()
    for job in queue.jobs:
        queue.remove(job)
        assert job.func is not None
        job.func(*job.args, **job.kwargs)
    model.Session.rollback()
    model.Session.expire_all()


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
    heads: dict[Any, int] = {cell.value: cell.column or 0 for cell in sheet[1]}
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
    assert page.locator("table").first.locator("tbody tr").count() == 1
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


@pytest.mark.parametrize("path", ["/inventar/import", "/api/3/action/inventory_import"])
def test_an_aborted_upload_leaves_nothing(live_site, unit, editor, path):
    token = f.act("api_token_create", user=editor, name="t")["token"]
    parts = urlsplit(live_site)
    with socket.create_connection((parts.hostname or "", parts.port or 80)) as connection:
        connection.sendall(
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: {token}\r\nContent-Length: 90000\r\n"
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


def test_a_killed_worker_a_lost_queue_and_the_import_is_done_once(request, unit, editor, tmp_path, mailbox: Mailbox):
    """Real processes: the worker is killed in the middle of the write, Redis forgets; looking at the page brings it back.
    One mail tells that it is done."""
    rows = [row(unit, f"Datensatz {number}", Schlüssel=str(number)) for number in range(400)]
    found = f.act("inventory_import", editor, upload=upload(rows), background=True)
    work()
    f.act("inventory_import_confirm", editor, id=found["id"])
    command = [str(Path(sys.executable).parent / "ckan"), "-c", request.config.option.ckan_ini, "jobs", "worker", "--burst"]
    env = {**os.environ, "CKAN_SQLALCHEMY_URL": tk.config["sqlalchemy.url"], "CKAN_SMTP_SERVER": tk.config["smtp.server"]}
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
    [letter] = mailbox.take()
    assert "Neu: 400" in letter.text


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
    file.write_bytes(upload([row(unit, "Vom Betriebe", Schlüssel="2"), row(unit, "Hunde"), row(unit, "Hund")]).read())
    hints = call("--dry-run").stdout
    assert f"2: Vom Betriebe: Vielleicht schon da: Vom Betrieb (fast sicher) {tk.config['ckan.site_url']}/inventar/vom-betrieb" in hints
    assert "3: Hunde: Vielleicht dasselbe wie Zeile 4: Hund (" in hints
    file.write_bytes(upload([row(unit, "Vom Betrieb", Schlüssel="1")]).read())
    again = call()
    assert again.stdout.strip().splitlines()[-1] == "Neu: 0, geändert: 0, unverändert: 1"
