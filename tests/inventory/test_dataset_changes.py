"""Every change of a dataset is kept with that of its record: who, when, from, to."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from .. import factories as f

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def unit() -> dict[str, Any]:
    return f.unit("gruen", title="Fachdienst Grün")


def history(package_id: str, reader: str) -> dict[str, tuple[Any, Any, str]]:
    """{field: (from, to, by)}, the newest of each field."""
    found: dict[str, tuple[Any, Any, str]] = {}
    for item in f.act("inventory_record_history", reader, id=package_id):
        found.setdefault(item["field"], (item["before"], item["after"], item["by"]))
    return found


def test_who_changed_what_from_what_to_what(unit, editor):
    made = f.dataset(unit, editor, title="Baumkataster", theme=["ENVI"], tag_string="bäume,park")
    assert history(made["id"], editor) == {}
    f.act("package_patch", editor, id=made["id"], title="Baumverzeichnis", license_id="cc-by/4.0", theme=["ENVI", "REGI"],
          tags=[{"name": "bäume"}, {"name": "straße"}], contact=[{"name": "Geodaten", "email": "geo@example.org"}])  # fmt: skip
    found = history(made["id"], editor)
    assert found["title"] == ("Baumkataster", "Baumverzeichnis", editor)
    assert found["license_id"] == ("dl-de/by-2-0", "cc-by/4.0", editor)
    assert found["theme"] == (["ENVI"], ["ENVI", "REGI"], editor)
    assert found["tag_string"] == (["bäume", "park"], ["bäume", "straße"], editor)
    assert found["contact"] == (None, [{"name": "Geodaten", "email": "geo@example.org"}], editor)
    assert set(found) == {"title", "license_id", "theme", "tag_string", "contact"}
    f.act("package_patch", editor, id=made["id"], title="Baumverzeichnis")
    assert len(f.act("inventory_record_history", editor, id=made["id"])) == 5


def test_the_new_unit_and_the_finished_draft(unit, editor):
    other = f.unit("tiefbau")
    made = f.act("inventory_record_create", editor, title="Entwurf", unit=unit["id"], draft=True)
    f.act("inventory_record_patch", editor, id=made["id"], draft=False)
    f.act("package_patch", id=made["id"], owner_org=other["id"])
    found = history(made["id"], f.sysadmin()["name"])
    assert found["state"] == ("draft", "active", editor)
    assert found["owner_org"][:2] == (unit["id"], other["id"])


def test_files_come_and_go(unit, editor, tmp_path):
    made = f.harvested(unit, tmp_path)
    assert set(history(made["id"], editor)) == {"openness", "personal_data", "responsible_function"}, "a new dataset has no history"
    f.harvested(unit, tmp_path, title="Baumkataster 2026", resources=[{"key": "wfs", "name": "WFS", "format": "WFS", "url": "http://127.0.0.1/wfs"}])
    items = f.act("inventory_record_history", editor, id=made["id"])
    files = {(item["before"], item["after"]) for item in items if item["field"] == "resources"}
    assert files == {(None, "WFS · WFS · wfs"), ("Bäume · CSV · baeume.csv", None)}
    assert {item["by"] for item in items} == {"a source"}


def test_what_was_rolled_back_was_not(unit, editor):
    made = f.dataset(unit, editor, title="Bleibt")
    package: Any = model.Package.get(made["id"])
    package.title = "Bleibt nicht"
    model.Session.flush()
    model.Session.rollback()
    f.act("package_patch", editor, id=made["id"], notes="Neu beschrieben.")
    assert set(history(made["id"], editor)) == {"notes"}


def test_only_who_sees_the_record_sees_its_history(unit, editor, app):
    made = f.dataset(unit, editor, title="Baumkataster")
    f.act("package_patch", editor, id=made["id"], title="Kanarienvogel", license_id="cc-by/4.0")
    other = f.editor_of(f.unit("soziales"))["name"]
    for reader in (other, f.user("buergerin")["name"], ""):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            f.act("inventory_record_history", reader, id=made["id"])
    token = f.act("api_token_create", user=editor, name="test")["token"]
    page = app.get(f"/inventar/{made['name']}", headers={"Authorization": token, "Accept-Language": "de"}).body
    assert "Titel: <del>Baumkataster</del> → Kanarienvogel" in page
    assert "Lizenz: <del>" in page
    assert "dl-de/by-2-0</del>" not in page, "the licence is not said by its name"
