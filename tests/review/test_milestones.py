"""Milestones of the board and the report for politics: who writes, who reads, what stays."""

from __future__ import annotations

import csv
import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan
from pypdf import PdfReader

from tests import factories as f
from tests.review.scene import later, rules, scene  # noqa: F401 - fixtures
from tests.review.test_minutes import decided, headers

pytestmark = pytest.mark.usefixtures("platform")
DUE = "2031-06-30"


@pytest.fixture
def board():
    return f.board()


def listed(reader):
    return f.act("review_milestone_list", reader["name"])["results"]


def test_progress_is_noted_and_nothing_that_was_noted_is_lost(board):
    first, second = board[:2]
    made = f.act("review_milestone_create", first["name"], title="Alle im Inventar", due=DUE)
    assert (made["state"], made["note"], made["overdue"]) == ("planned", "", False)
    f.act("review_milestone_patch", second["name"], id=made["id"], state="running", note="Die Hälfte ist da.")
    f.act("review_milestone_patch", second["name"], id=made["id"], due="2020-01-01")
    # what changes nothing is no change
    f.act("review_milestone_patch", second["name"], id=made["id"], state="running")
    (found,) = listed(first)
    assert (found["title"], found["due"], found["state"], found["note"]) == (
        "Alle im Inventar", "2020-01-01", "running", "Die Hälfte ist da.",
    )  # fmt: skip
    assert found["overdue"]
    assert [(item["due"], item["state"], item["by"]) for item in found["history"]] == [
        ("2020-01-01", "running", second["name"]), (DUE, "running", second["name"]), (DUE, "planned", first["name"]),
    ]  # fmt: skip
    f.act("review_milestone_patch", first["name"], id=made["id"], note="", state="done")
    (found,) = listed(first)
    assert (found["note"], found["overdue"]) == ("", False)
    f.act("review_milestone_delete", first["name"], id=made["id"])
    assert listed(first) == []
    with pytest.raises(tk.ObjectNotFound):
        f.act("review_milestone_patch", first["name"], id=made["id"], state="done")
    kept = model.Session.execute(sa.text("SELECT count(*) FROM dp_review_milestone")).scalar()
    assert kept == 5


def test_who_saw_an_older_state_changes_nothing(board):
    made = f.act("review_milestone_create", board[0]["name"], title="Alle im Inventar", due=DUE)
    f.act("review_milestone_patch", board[0]["name"], id=made["id"], note="Neu", version=made["number"])
    with pytest.raises(tk.ValidationError) as refused:
        f.act("review_milestone_patch", board[1]["name"], id=made["id"], note="Anders", version=made["number"])
    assert refused.value.error_dict["__all__"]
    assert listed(board[0])[0]["note"] == "Neu"


@pytest.mark.parametrize("wrong", [
    {"title": ""}, {"due": ""}, {"due": "bald"}, {"due": "0001-01-01"}, {"state": "deleted"}, {"state": "?"}, {"note": "x" * 5001},
    {"note": "a\0b"}, {"title": "x" * 201},
])  # fmt: skip
def test_what_is_no_milestone_is_refused(board, wrong):
    good = {"title": "Ziel", "due": DUE, "state": "planned", "note": ""}
    with pytest.raises(tk.ValidationError):
        f.act("review_milestone_create", board[0]["name"], **{**good, **wrong})
    made = f.act("review_milestone_create", board[0]["name"], **good)
    with pytest.raises(tk.ValidationError):
        f.act("review_milestone_patch", board[0]["name"], id=made["id"], **wrong)
    assert len(listed(board[0])[0]["history"]) == 1


def test_the_board_writes_staff_reads_and_nobody_else(board):
    made = f.act("review_milestone_create", board[0]["name"], title="Ziel", due=DUE)
    clerk = f.editor_of(f.unit())
    assert [item["title"] for item in listed(clerk)] == ["Ziel"]
    partner = f.editor_of(f.unit("partner", extras=[{"key": "kind", "value": "outside"}]))
    for reader in (partner, f.user()):
        with pytest.raises(tk.NotAuthorized):
            listed(reader)
        with pytest.raises(tk.NotAuthorized):
            f.act("review_milestone_show", reader["name"], id=made["id"])
    for writer in (clerk, partner):
        for action, data in (("create", {"title": "X", "due": DUE}), ("patch", {"title": "X"}), ("delete", {})):
            with pytest.raises(tk.NotAuthorized):
                f.act(f"review_milestone_{action}", writer["name"], id=made["id"], **data)
    assert [item["title"] for item in listed(clerk)] == ["Ziel"]


def test_who_was_erased_is_a_key(board, cli):
    gone = board[0]
    f.act("review_milestone_create", gone["name"], title="Ziel", due=DUE)
    f.act("user_delete", id=gone["id"])
    model.Session.commit()
    assert cli.invoke(ckan, ["datenplattform", "review", "forget", gone["name"], "--yes"]).exit_code == 0
    model.Session.expire_all()
    (found,) = listed(board[1])
    assert found["by"].startswith("person-")
    assert gone["name"] not in json.dumps(found)
    stored = " ".join(str(tuple(row)) for row in model.Session.execute(sa.text("SELECT * FROM dp_review_milestone")))
    assert gone["id"] not in stored


def test_the_report_is_a_page_a_table_and_a_pdf(app, scene):
    decided("Kanarie veröffentlicht")
    refused = decided("Kanarie abgelehnt", "nnn")
    board, clerk = headers(scene.members[0]), headers(f.editor_of(f.unit()))
    f.act("review_milestone_create", scene.members[0]["name"], title="=Meilenstein", due="2020-01-01", note="Notiz\nzwei")
    for reader in (board, clerk):
        page = app.get("/gremium/bericht", headers=reader).text
        assert "=Meilenstein" in page
        assert "überfällig" in page
        assert refused.unit["title"] in page
    everybody = app.get("/gremium/bericht")
    whole = everybody.text + app.get("/gremium/bericht.csv").text
    # numbers are for all; titles of datasets and milestones are not
    for secret in ("Kanarie", "=Meilenstein", "Notiz", refused.unit["title"], refused.steward):
        assert secret not in whole
    app.get("/gremium/bericht.pdf", status=404)
    rows = list(csv.reader(io.StringIO(app.get("/gremium/bericht.csv", headers=board).body.removeprefix("\ufeff")), delimiter=";"))
    found = f.act("review_report", scene.members[0]["name"])
    assert found["refused"] == 1
    assert rows[1] == ["Alle zusammen", "Eingegangen", str(found["received"])]
    assert rows[-1][0] == "Meilenstein"
    assert rows[-1][1].startswith("'=Meilenstein (1. Januar 2020)")
    reader = PdfReader(io.BytesIO(app.get("/gremium/bericht.pdf", headers=clerk).data))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "=Meilenstein" in text
    assert "Kanarie" not in text


def test_a_report_of_another_year_counts_that_year(app, scene):
    decided("Bäume")
    past = list(csv.reader(io.StringIO(app.get("/gremium/bericht.csv?since=2020-01-01&until=2020-12-31").text), delimiter=";"))
    assert past[1][2] == "0"
    assert "kein Datum" in app.get("/gremium/bericht?since=" + "9" * 40).text
    app.get("/gremium/bericht.csv?until=quatsch", status=400)


def test_milestones_by_form(app, board):
    member, clerk = headers(board[0]), headers(f.editor_of(f.unit()))
    app.get("/gremium/meilensteine/neu", headers=clerk, status=404)
    wrong = app.post("/gremium/meilensteine/neu", headers=member, data={"title": "Ziel", "due": "bald", "note": "Meine Notiz"})
    assert "Meine Notiz" in wrong.text
    assert "kein Datum" in wrong.text
    app.post("/gremium/meilensteine/neu", headers=member, data={"title": "Ziel", "due": DUE, "state": "planned", "note": ""})
    (made,) = listed(board[0])
    address = f"/gremium/meilensteine/{made['id']}"
    app.get(address, headers=clerk, status=404)
    app.get("/gremium/meilensteine/gibt-es-nicht", headers=member, status=404)
    form = {"title": "Ziel", "due": DUE, "state": "done", "note": "Geschafft", "version": made["number"]}
    assert "Geschafft" in app.post(address, headers=member, data=form).text
    assert "inzwischen" in app.post(address, headers=member, data={**form, "note": "Zu spät"}).text
    app.post(address, headers=member, data={"event": "delete"})
    assert listed(board[0]) == []
