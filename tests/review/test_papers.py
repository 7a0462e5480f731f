"""The board's papers: versions that nobody changes, what a case cites, and who may what."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.cli.cli import ckan
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.review import papers
from tests import factories as f
from tests.review.scene import rules, scene  # noqa: F401 - fixtures
from tests.review.test_minutes import headers

OLD, LATER = "2020-01-01", "2999-01-01"


def sql(statement, **values):
    return model.Session.execute(sa.text(statement), values)


@pytest.fixture
def board(platform):
    return f.board()


@pytest.fixture
def paper(board):
    return f.act("review_paper_create", board[0]["name"], kind="principles", title="Offen als Regel", text="Eins\nZwei", valid_from=OLD)


def verify(cli):
    model.Session.commit()
    return cli.invoke(ckan, ["datenplattform", "review", "verify"])


def test_versions_follow_each_other_and_each_stays(board, paper, cli):
    assert (paper["name"], paper["number"], paper["in_force"], paper["changes"]) == ("offen-als-regel", 1, 1, [])
    second = f.act("review_paper_version_create", board[1]["name"], id=paper["name"], title="Offen als Regel", text="Eins\r\nDrei",
                   valid_from="2021-01-01")  # fmt: skip
    assert (second["number"], second["in_force"], second["by"]) == (2, 2, board[1]["name"])
    assert [tuple(line) for line in second["changes"]] == [("same", "Eins"), ("del", "Zwei"), ("ins", "Drei")]
    third = f.act("review_paper_version_create", board[1]["name"], id=paper["id"], title="Neu", text="Vier", valid_from=LATER)
    assert (third["number"], third["in_force"], third["title"]) == (3, 2, "Neu")
    # what holds today is shown, not what will
    assert f.act("review_paper_show", board[0]["name"], id=paper["name"])["text"] == "Eins\nDrei"
    first = f.act("review_paper_show", board[0]["name"], id=paper["name"], version=1)
    assert (first["text"], first["hash"], first["by"]) == ("Eins\nZwei", paper["hash"], board[0]["name"])
    (listed,) = f.act("review_paper_list", board[0]["name"])["results"]
    assert (listed["title"], listed["number"], listed["latest"]) == ("Offen als Regel", 2, 3)
    assert verify(cli).exit_code == 0


def test_the_database_refuses_to_change_a_version(paper):
    for statement in (
        "UPDATE dp_review_paper_version SET text = 'x'", "DELETE FROM dp_review_paper_version", "TRUNCATE dp_review_paper_version",
    ):  # fmt: skip
        with pytest.raises(Exception, match="never changed or deleted"):
            sql(statement)
        model.Session.rollback()
    assert sql("SELECT tgenabled FROM pg_trigger WHERE tgname = 'dp_review_keep_versions'").scalar() == "A"


@pytest.mark.parametrize("change", ["UPDATE dp_review_paper_version SET text = 'x'", "DELETE FROM dp_review_paper_version"])
def test_who_changes_a_version_all_the_same_is_found(paper, cli, change):
    """As the owner of the database could, with the trigger switched off."""
    try:
        sql("ALTER TABLE dp_review_paper_version DISABLE TRIGGER dp_review_keep_versions")
        sql(change)
        found = verify(cli)
    finally:
        sql("ALTER TABLE dp_review_paper_version ENABLE ALWAYS TRIGGER dp_review_keep_versions")
        model.Session.commit()
    assert found.exit_code == 1
    assert paper["id"] in found.output


def test_who_saw_an_older_version_loses_nothing(board, paper):
    data = {"id": paper["name"], "title": "Offen", "valid_from": OLD}
    f.act("review_paper_version_create", board[0]["name"], text="Zwei", after=1, **data)
    with pytest.raises(tk.ValidationError):
        f.act("review_paper_version_create", board[1]["name"], text="Drei", after=1, **data)
    # nothing new is no version
    with pytest.raises(tk.ValidationError):
        f.act("review_paper_version_create", board[1]["name"], text="Zwei", after=2, **data)
    assert f.act("review_paper_show", board[0]["name"], id=paper["name"])["latest"] == 2


@pytest.mark.parametrize("wrong", [
    {"title": ""}, {"text": ""}, {"text": "x" * 100_001}, {"text": "x\n" * 2001}, {"text": "a\0b"}, {"valid_from": "bald"},
    {"kind": "gesetz"}, {"name": "neu"}, {"name": "../x"}, {"name": "offen-als-regel"}, {"title": "!"},
])  # fmt: skip
def test_what_is_no_paper_is_refused(board, paper, wrong):
    good = {"kind": "plan", "title": "Plan", "text": "Text"}
    with pytest.raises(tk.ValidationError):
        f.act("review_paper_create", board[0]["name"], **{**good, **wrong})
    assert f.act("review_paper_list", board[0]["name"])["count"] == 1


def test_the_board_writes_staff_reads_and_nobody_else(board, paper):
    clerk, partner = f.editor_of(f.unit()), f.editor_of(f.unit("partner", extras=[{"key": "kind", "value": "outside"}]))
    assert f.act("review_paper_show", clerk["name"], id=paper["name"])["text"] == "Eins\nZwei"
    for reader in (partner, f.user()):
        for action in ("review_paper_list", "review_paper_show"):
            with pytest.raises(tk.NotAuthorized):
                f.act(action, reader["name"], id=paper["name"])
    for writer in (clerk, partner):
        with pytest.raises(tk.NotAuthorized):
            f.act("review_paper_create", writer["name"], kind="plan", title="X", text="X")
        with pytest.raises(tk.NotAuthorized):
            f.act("review_paper_version_create", writer["name"], id=paper["name"], title="X", text="X")
    assert f.act("review_paper_list", clerk["name"])["count"] == 1
    for unknown in ({"id": "gibt-es-nicht"}, {"id": paper["name"], "version": 2}, {"id": paper["name"], "version": 2**31 - 1}):
        with pytest.raises(tk.ObjectNotFound):
            f.act("review_paper_show", clerk["name"], **unknown)


def cited(scene, reader):
    return f.act("review_citation_list", reader, case_id=scene.case["id"])["results"]


def test_an_open_case_cites_and_the_chain_keeps_it(platform, scene, paper, cli):
    scene.submit()
    member, case = scene.members[0], scene.case["id"]
    f.act("review_paper_version_create", member["name"], id=paper["name"], title="Neu", text="Neu", valid_from=LATER)
    f.act("review_paper_cite", member["name"], case_id=case, paper=paper["name"], note="Absatz 2")
    (found,) = cited(scene, scene.steward)
    # the version in force, not the newest
    assert (found["number"], found["hash"], found["note"], found["by"]) == (1, paper["hash"], "Absatz 2", member["name"])
    with pytest.raises(tk.ValidationError):
        f.act("review_paper_cite", member["name"], case_id=case, paper=paper["name"])
    f.act("review_paper_cite", member["name"], case_id=case, paper=paper["name"], version=2)
    f.act("review_paper_uncite", member["name"], case_id=case, paper=paper["name"], version=2)
    assert [item["number"] for item in cited(scene, member["name"])] == [1]
    with pytest.raises(tk.ObjectNotFound):
        f.act("review_paper_uncite", member["name"], case_id=case, paper=paper["name"], version=2)
    for reader in scene.members[:3]:
        scene.vote(reader)
    # what is decided cites what it cited
    for change in (
        lambda: f.act("review_paper_cite", member["name"], case_id=case, paper=paper["name"], version=2),
        lambda: f.act("review_paper_uncite", member["name"], case_id=case, paper=paper["name"], version=1),
    ):
        with pytest.raises(tk.ValidationError):
            change()
    kinds = [event["kind"] for event in f.act("review_history", member["name"], case_id=case)["results"]]
    assert [kind for kind in kinds if kind.startswith("paper")] == ["paper_cited", "paper_cited", "paper_uncited"]
    (decision,) = f.act("review_minutes", member["name"])["decisions"]
    assert [(item["title"], item["number"]) for item in decision["cited"]] == [("Offen als Regel", 1)]
    assert verify(cli).exit_code == 0


def test_only_the_board_cites_and_only_who_sees_the_case_sees_it(platform, scene, paper, app):
    scene.submit()
    case, stranger = scene.case["id"], f.editor_of(f.unit())
    with pytest.raises(tk.NotAuthorized):
        f.act("review_paper_cite", scene.steward, case_id=case, paper=paper["name"])
    for action in ("review_paper_cite", "review_paper_uncite", "review_citation_list"):
        with pytest.raises(tk.ObjectNotFound):
            f.act(action, stranger["name"], case_id=case, paper=paper["name"], version=1)
    form = {"paper": paper["name"], "note": "x"}
    app.post(f"/gremium/{case}/papiere", headers=headers(stranger), data=form, status=404)
    app.post("/gremium/gibt-es-nicht/papiere", headers=headers(scene.members[0]), data=form, status=404)
    assert cited(scene, scene.steward) == []
    app.post(f"/gremium/{case}/papiere", headers=headers(scene.members[0]), data=form, follow_redirects=False)
    assert [item["note"] for item in cited(scene, scene.steward)] == ["x"]


def test_who_was_erased_is_a_key_and_the_papers_stay(platform, scene, paper, cli):
    scene.submit()
    gone = scene.members[0]
    f.act("review_paper_cite", gone["name"], case_id=scene.case["id"], paper=paper["name"], note="Mein Gedanke")
    f.act("user_delete", id=gone["id"])
    model.Session.commit()
    assert cli.invoke(ckan, ["datenplattform", "review", "forget", gone["name"], "--yes"]).exit_code == 0
    model.Session.expire_all()
    other = scene.members[1]["name"]
    shown = f.act("review_paper_show", other, id=paper["name"])
    assert shown["by"].startswith("person-")
    assert shown["text"] == "Eins\nZwei"
    (citation,) = cited(scene, other)
    assert citation["note"] == ""
    assert gone["name"] not in json.dumps([shown, citation])
    for table in ("paper", "paper_version", "citation"):
        assert gone["id"] not in " ".join(str(tuple(row)) for row in sql(f"SELECT * FROM dp_review_{table}"))
    assert verify(cli).exit_code == 0


def test_pages(app, board, paper):
    member, clerk = headers(board[0]), headers(f.editor_of(f.unit()))
    for page in ("/gremium/papiere", f"/gremium/papiere/{paper['name']}"):
        assert "Offen als Regel" in app.get(page, headers=clerk).text
        assert "Offen als Regel" not in app.get(page, status=404).text
    for page in ("/gremium/papiere/neu", f"/gremium/papiere/{paper['name']}/neue-fassung"):
        app.get(page, headers=clerk, status=404)
        app.get(page, headers=member)
    for wrong in ("gibt-es-nicht", f"{paper['name']}?version=9", f"{paper['name']}?version=x"):
        app.get(f"/gremium/papiere/{wrong}", headers=clerk, status=404)
    text = "## Ziel\n<script>alert(1)</script><img src=x onerror=alert(2)>[x](javascript:alert(3))\nZwei"
    data = {"title": "Offen", "text": text, "valid_from": OLD, "after": "1"}
    address = f"/gremium/papiere/{paper['name']}/neue-fassung"
    page = app.post(address, headers=member, data=data).text
    assert "Ziel</h2>" in page
    for evil in ("<script>alert", "onerror=alert(2)>", 'href="javascript'):
        assert evil not in page
    # what was written is kept when somebody else was faster
    late = app.post(address, headers=member, data={**data, "text": "Mein langer Text"}).text
    assert "Mein langer Text" in late
    assert "nicht gespeichert" in late
    made = app.post("/gremium/papiere/neu", headers=member, data={"kind": "plan", "title": "Plan 2027", "text": "Ja", "valid_from": LATER})
    assert "noch nicht" in made.text


@given(st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=12), st.lists(st.sampled_from(["a", "b", "d"]), max_size=12))
def test_a_difference_tells_all_that_changed(old, new):
    before, after = "\n".join(old), "\n".join(new)
    found = papers.difference(before, after, around=50)
    told = [line for line in found if line[0] != "gap"]
    if before.splitlines() == after.splitlines():
        assert told == []
    else:
        assert [line for sign, line in told if sign != "ins"] == before.splitlines()
        assert [line for sign, line in told if sign != "del"] == after.splitlines()


def test_migration_back_and_forth(board, paper, cli):
    model.Session.commit()
    model.Session.remove()
    try:
        back = cli.invoke(ckan, ["db", "downgrade", "-p", "dp_review", "-v", "dpreview0003"])
        assert back.exit_code == 0, back.output
        assert sql("SELECT to_regclass('dp_review_paper_version')").scalar() is None
        model.Session.remove()
    finally:
        up = cli.invoke(ckan, ["db", "upgrade", "-p", "dp_review"])
        assert up.exit_code == 0, up.output
    assert f.act("review_paper_list", board[0]["name"])["count"] == 0
