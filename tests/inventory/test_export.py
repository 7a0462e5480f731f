"""Exports: what one may see and no more, no formulas, and they can be imported again."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
from werkzeug.datastructures import FileStorage

from ckanext.datenplattform.inventory import exports
from ckanext.datenplattform.inventory.record import FIELDS
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

EVIL = "=cmd|' /C calc'!A0"


def exported(kind: str, as_user: str, **filters: Any) -> bytes:
    """The file of the action."""
    return base64.b64decode(f.act("inventory_export", as_user, kind=kind, **filters)["content"])


def table(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV export."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def canaries() -> dict[str, str]:
    """A value of its own in every free field of the record."""
    return {field.name: f"kanarie{field.name}" for field in FIELDS
            if field.kind in ("line", "text") and field.name != "musterdatensatz"}


def test_the_entry_without_the_record_for_staff_of_other_units(unit, editor, app):
    made = f.act("inventory_record_create", editor, title="Bäume", unit=unit["name"], notes="Sichtbar", **canaries())
    hidden = f.act("inventory_record_create", editor, title="Geheim", unit=unit["name"], confidentiality="high")
    draft = f.act("inventory_record_create", editor, title="Entwurf", unit=unit["name"], draft=True)
    other = f.editor_of(f.unit())["name"]
    for kind in ("csv", "xlsx", "json"):
        content = json.dumps(f.act("inventory_export", other)).encode() if kind == "json" else exported(kind, other)
        if kind == "xlsx":
            sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            content = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row).encode()
        assert "Sichtbar" in content.decode()
        for secret in ("kanarie", "Geheim", "Entwurf", hidden["id"], draft["id"]):
            assert secret not in content.decode()
    whole = {row["id"]: row for row in f.act("inventory_export", editor)["rows"]}
    assert set(whole) == {made["id"], hidden["id"], draft["id"]}
    assert canaries().items() <= whole[made["id"]].items()
    with pytest.raises(tk.NotAuthorized):
        f.anonymous("inventory_export")
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_export", f.user()["name"])
    for kind in exports.KINDS:
        assert app.get(f"/inventar/export.{kind}", follow_redirects=False).status_code == 404
    f.act("member_delete", id=unit["id"], object=editor, object_type="user")
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_export", editor)


def test_no_cell_is_a_formula(unit, editor):
    f.act("inventory_record_create", editor, title=EVIL, unit=unit["name"], notes="+1", deputy="@SUM(A1)", volume="-2", provider="\t=1")
    for row in table(exported("csv", editor)):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    book = openpyxl.load_workbook(io.BytesIO(exported("xlsx", editor)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert f"'{EVIL}" in [cell.value for cell in cells]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_can_be_imported_and_changes_nothing(unit, editor, kind, tmp_path):
    f.published_dataset(unit, tmp_path, title="Öffentlich")
    part = f.act("inventory_record_create", editor, title="Teil", unit=unit["name"])
    f.act(
        "inventory_record_create", editor, title=EVIL, unit=unit["name"], notes="Zeile\nzwei", part_of=[part["name"]],
        personal_categories=["health", "social"], publication_duty=["dng"], agreement_until="2027-12-31", deputy="-1",
        personal_data="yes", openness="internal",
    )  # fmt: skip
    f.act("package_patch", editor, id=part["id"], theme=["ENVI", "TRAN"], tag_string="Bäume,Grün", frequency="ANNUAL",
          temporal_coverage=[{"start": "1998", "end": "2020-12-31"}], documentation=["https://example.org/a"],
          contact=[{"name": "Stelle", "email": "a@example.org", "telephone": "1"}])  # fmt: skip
    before = f.act("inventory_export", editor)["rows"]
    content = exported(kind, editor)
    found = f.act("inventory_import", editor, upload=FileStorage(io.BytesIO(content), filename=f"x.{kind}"))
    assert found["report"]["counts"] == {"create": 0, "change": 0, "same": 3, "problems": 0}
    # one cell of it changed: one change
    rows = table(exported("csv", editor))
    [row] = [row for row in rows if row["Titel"] == "Teil"]
    row["Ansprechstelle"] = "Andere Stelle"
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, list(row), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    found = f.act("inventory_import", editor, upload=FileStorage(io.BytesIO(buffer.getvalue().encode()), filename="x.csv"))
    assert found["report"]["counts"]["change"] == 1
    after = {item["id"]: item for item in f.act("inventory_export", editor)["rows"]}
    assert after[part["id"]]["contact.name"] == "Andere Stelle"
    assert f.act("package_show", editor, id=part["id"])["contact"][0]["telephone"] == "1"
    assert [item for item in before if item["id"] != part["id"]] == [item for key, item in after.items() if key != part["id"]]


def test_filters_count_and_files_come_in_pieces(unit, editor, app, monkeypatch):
    monkeypatch.setattr(exports, "PAGE", 3)
    monkeypatch.setattr(exports, "CHUNK", 2)
    for number in range(7):
        f.act("inventory_record_create", editor, title=f"Baum {number}", unit=unit["name"])
    f.act("inventory_record_create", editor, title="Straße", unit=unit["name"])
    token = f.act("api_token_create", user=editor, name="t")["token"]
    for kind in exports.KINDS:
        answer = app.get(f"/inventar/export.{kind}?q=Baum", headers={"Authorization": token, "Accept-Language": "de"})
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].endswith(f'.{kind}"')
        assert "no-store" in answer.headers["Cache-Control"]
        content = answer.data
        if kind == "json":
            titles = [row["title"] for row in json.loads(content)["rows"]]
        elif kind == "csv":
            titles = [row["Titel"] for row in table(content)]
        else:
            sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
            titles = [str(row[1]) for row in sheet.iter_rows(min_row=2, values_only=True)]
        assert sorted(titles) == [f"Baum {number}" for number in range(7)]
    assert app.get("/inventar/export.csv?status=unsinn", headers={"Authorization": token}).status_code == 400
    model.Session.rollback()


def test_the_filter_by_format_is_not_the_kind_of_file(unit, editor, tmp_path, app):
    f.harvested(unit, tmp_path, title="Mit Datei")
    f.act("inventory_record_create", editor, title="Ohne Datei", unit=unit["name"])
    assert [row["title"] for row in f.act("inventory_export", editor, format="CSV")["rows"]] == ["Mit Datei"]
    assert [row["Titel"] for row in table(exported("csv", editor, format="csv"))] == ["Mit Datei"]
    assert table(exported("csv", editor, format="WFS")) == []
    token = f.act("api_token_create", user=editor, name="t")["token"]
    answer = app.get("/inventar/export.csv?format=CSV&kind=xlsx", headers={"Authorization": token, "Accept-Language": "de"})
    assert [row["Titel"] for row in table(answer.data)] == ["Mit Datei"]
    with pytest.raises(tk.ValidationError):
        f.act("inventory_export", editor, kind="exe")
