"""The report: right numbers for the right readers, as page, CSV and XLSX, and fast with many records."""

from __future__ import annotations

import csv
import io
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.inventory import musterdatensatz, numbers, record
from ckanext.datenplattform.inventory.model import InventoryRecord
from tests import factories as f
from tests.browser import log_in, looked_at

platform = pytest.mark.usefixtures("platform")
FULL: dict[str, Any] = {
    "responsible_function": "Amt", "source_class": "iot", "source_system": "GIS", "personal_data": "none", "openness": "open",
}  # fmt: skip


@pytest.fixture
def lead(platform):
    made = f.user("lead")
    f.act("role_grant", user=made["name"], role="inventory_lead")
    return made["name"]


def overdue(package_id: str, days: int) -> None:
    row = model.Session.get(InventoryRecord, package_id)
    row.due_on = datetime.now(timezone.utc).date() - timedelta(days=days)
    model.Session.commit()


def test_numbers_by_unit(lead, tmp_path):
    first, second = f.unit(), f.unit()
    editor = f.editor_of(first)["name"]
    make = lambda unit=first, **data: f.act("inventory_record_create", unit=unit["name"], **data)["id"]  # noqa: E731
    whole = make(title="Ganz", **FULL)
    make(title="Halb", openness="restricted", confidentiality="high")
    make(title="Entwurf", draft=True)
    late = make(title="Alt")
    overdue(late, 12)
    f.act("inventory_record_confirm", editor, id=whole)
    make(unit=second, title="=HYPERLINK(1)", musterdatensatz=musterdatensatz.catalogue()[0].name)
    f.published_dataset(second, tmp_path)
    refused = f.dataset(second)["id"]
    f.act("inventory_record_patch", id=refused, personal_data="none", openness="open")
    f.submit_and_vote(refused, f.editor_of(second)["name"], f.board(), "nnn")
    running = f.dataset(second)["id"]
    f.act("inventory_record_patch", id=running, personal_data="none", openness="open")
    f.act("review_submit", f.editor_of(second)["name"], package_id=running)
    found = f.act("inventory_record_report", lead)
    rows = {row["unit"]: row for row in found["units"]}
    pick = lambda row, *names: tuple(row[name] for name in names)  # noqa: E731
    assert pick(rows[first["name"]], "records", "complete", "confirmed", "overdue", "drafts") == (3, 1, 1, 1, 1)
    names = ("records", "in_review", "reviewed", "published", "refused")
    assert pick(rows[second["name"]], *names) == (4, 1, 2, 1, 1)
    assert pick(found["totals"], "records", "complete", "drafts", "published") == (7, 1, 1, 1)
    assert [(item["title"], item["overdue_days"]) for item in found["overdue"]] == [("Alt", 12)]
    assert [(item["id"], item["reason"]) for item in found["refused"]] == [(refused, "Begründung; Begründung; Begründung")]
    gaps = [item["name"] for item in found["gaps"]]
    assert len(gaps) == len(musterdatensatz.catalogue()) - 1
    assert musterdatensatz.catalogue()[0].name not in gaps
    assert f.act("inventory_record_report", lead, unit=first["name"])["totals"]["records"] == 3


def test_who_reads_what(lead):
    unit, other = f.unit(), f.unit()
    editor, member, board = f.editor_of(unit)["name"], f.editor_of(unit, "member")["name"], f.board(1)[0]["name"]
    for title, where in (("Mein", unit), ("Fremd", other)):
        overdue(f.act("inventory_record_create", title=title, unit=where["name"])["id"], 3)
        f.act("inventory_record_create", title="Entwurf", unit=where["name"], draft=True)
    own = f.act("inventory_record_report", editor)
    assert [row["unit"] for row in own["units"]] == [unit["name"]]
    assert [item["title"] for item in own["overdue"]] == ["Mein"]
    assert own["gaps"] is None, "what other units have would show"
    assert own["totals"]["drafts"] == 1
    seen = f.act("inventory_record_report", board)
    assert {unit["name"], other["name"]} <= {row["unit"] for row in seen["units"]}
    assert seen["totals"]["drafts"] is None
    assert {row["drafts"] for row in seen["units"]} == {None}
    for id in (other["name"], "gibt-es-nicht"):
        with pytest.raises(tk.ObjectNotFound):
            f.act("inventory_record_report", editor, unit=id)
    for nobody in ("", member):
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_record_report", nobody)


@platform
def test_complete_means_the_same_in_sql():
    unit = f.unit()
    variants: list[dict[str, Any]] = [
        {}, FULL, {**FULL, "openness": ""}, {**FULL, "source_system": ""}, {**FULL, "openness": "restricted"},
        {**FULL, "openness": "internal", "protected_interest": "contract", "openness_reason": "X", "openness_review_on": "2030-01-01"},
        {**FULL, "personal_data": "yes"}, {**FULL, "personal_data": "pseudonymised", "personal_categories": ["health"]},
        {**FULL, "personal_data": "yes", "personal_categories": ["health"], "processing_record": "VVT"},
        {**FULL, "personal_data": "aggregated"},
    ]  # fmt: skip
    ids = [f.act("inventory_record_create", title=f"R{n}", unit=unit["name"])["id"] for n in range(len(variants))]
    for package_id, values in zip(ids, variants, strict=True):
        f.act("inventory_record_patch", id=package_id, **{"responsible_function": "", **values})
    query = sa.select(InventoryRecord.package_id).where(numbers.is_complete())
    found = set(model.Session.execute(query).scalars())
    by_python = {i for i in ids if not record.missing(f.act("inventory_record_show", id=i))}
    assert found == by_python
    assert 3 <= len(found) < len(ids)


def test_pages_and_files(lead, app):
    unit = f.unit(title="=2+5 Amt")
    overdue(f.act("inventory_record_create", title="=HYPERLINK(1)", unit=unit["name"])["id"], 3)
    token = f.act("api_token_create", user=lead, name="t")["token"]
    headers = {"Authorization": token}
    rows = list(csv.reader(io.StringIO(app.get("/inventar/bericht.csv", headers=headers).body.lstrip("\ufeff")), delimiter=";"))
    assert "'=2+5 Amt" in [row[0] for row in rows]
    assert len({len(row) for row in rows}) == 1
    answer = app.get("/inventar/bericht.xlsx", headers=headers)
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert len(book.worksheets) == 4
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert "'=HYPERLINK(1)" in [cell.value for cell in cells]
    member = f.editor_of(unit, "member")["name"]
    closed = {"Authorization": f.act("api_token_create", user=member, name="t")["token"]}
    for ending in ("", ".csv", ".xlsx"):
        app.get(f"/inventar/bericht{ending}", headers=closed, status=404)
        app.get(f"/inventar/bericht{ending}?unit=gibt-es-nicht", headers=headers, status=404)


def test_in_the_browser(page: Any, tmp_path: Any):
    lead, unit = f.user("lead")["name"], f.unit(title="Fachdienst mit einem langen Namen: " + "Verwaltung" * 6)
    f.act("role_grant", user=lead, role="inventory_lead")
    overdue(f.act("inventory_record_create", title="Bäume", unit=unit["name"])["id"], 400)
    log_in(page, lead)
    page.goto("/inventar/bericht")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("document.querySelectorAll('details').forEach((item, number) => item.open = number < 1)")
        looked_at(page, f"report-{width}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Als Excel-Datei herunterladen").click()
    assert waiting.value.suggested_filename == "dateninventur-bericht.xlsx"


@platform
def test_fast_with_20_000_records():
    lead = f.user("lead")
    f.act("role_grant", user=lead["name"], role="inventory_lead")
    units = [f.unit()["id"] for _ in range(20)]
    model.Session.execute(sa.text("""
        INSERT INTO package (id, name, title, type, state, private, owner_org, metadata_created, metadata_modified)
        SELECT 'p' || n, 'p' || n, 'Datensatz ' || n, 'dataset', 'active', true, (:units ::text[])[n % 20 + 1], now(), now()
        FROM generate_series(1, 20000) n"""), {"units": units})
    model.Session.execute(sa.text("""
        INSERT INTO dp_inventory_record (package_id, created, modified, due_on, openness, personal_data)
        SELECT 'p' || n, now(), now(), current_date - 10 + n % 400, 'open', 'none' FROM generate_series(1, 20000) n"""))
    model.Session.commit()
    model.Session.execute(sa.text("ANALYZE package"))
    model.Session.execute(sa.text("ANALYZE dp_inventory_record"))
    model.Session.commit()
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found = f.act("inventory_record_report", lead["name"])
        times.append(time.perf_counter() - start)
    assert found["totals"]["records"] == 20_000
    print("report of 20,000 records:", [round(item, 3) for item in times])
    assert sorted(times)[1] < 1
