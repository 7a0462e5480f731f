"""Minutes: what was decided in a period, for those who may know; in words, as CSV and as PDF; and what of it is public."""

from __future__ import annotations

import csv
import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.cli.cli import ckan
from pypdf import PdfReader

from ckanext.datenplattform.core import pdf
from ckanext.datenplattform.review import events, minutes, minutes_source
from tests import factories as f
from tests.review.scene import Scene, later, rules, scene  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("platform")
PAGES = ("/gremium/protokoll", "/gremium/protokoll.pdf", "/gremium/protokoll.csv")


def headers(user):
    made = f.act("api_token_create", user["name"], user=user["name"], name=f"seiten-{f.user()['name']}")
    return {"Authorization": made["token"]}


def decided(title, votes="yyy", **record):
    """A case about a dataset of this title, with votes of the board; the scene."""
    made = Scene(**record)
    f.act("package_patch", id=made.id, title=title)
    made.submit()
    choices = {"y": "approve", "n": "refuse", "a": "abstain"}
    for member, vote in zip(made.members, votes, strict=False):
        made.vote(member, choices[vote])
    return made


def test_minutes_tell_what_was_decided_and_how(scene):
    released = decided("Bäume", "yyay")
    refused = decided("Kanäle", "nnn")
    waiting = decided("Brücken", "y")
    found = f.act("review_minutes", scene.members[0]["name"])
    first, second = found["decisions"]
    assert (first["title"], first["result"], first["released"], first["kind"]) == ("Bäume", "approved", "data", "publication")
    assert first["tally"] == {"approve": 3, "refuse": 0, "abstain": 1}
    assert [seat["vote"] for seat in first["seats"]].count("approve") == 3
    # each seat by the name of its organisation
    titles = {f.act("organization_show", id=released.seat(member))["title"] for member in released.members[:4]}
    assert {seat["seat"] for seat in first["seats"]} == titles
    assert (second["title"], second["result"], second["released"]) == ("Kanäle", "refused", "nothing")
    assert second["interests"] == ["contract"]
    assert "Grund" in second["reason"]
    assert [item["title"] for item in found["open"]] == ["Brücken"]
    case = f.act("review_show", id=released.case["id"])
    assert first["content_hash"] == case["content_hash"]
    event = next(item for item in case["events"] if item["kind"] == "approved")
    assert (first["event"], first["rules_hash"]) == (event["number"], event["facts"]["rules_hash"])
    head = events.head()
    assert found["head"] == {"number": head.number, "hash": head.hash}
    assert refused.case["id"] == second["case_id"]
    assert waiting.case["id"] == found["open"][0]["case_id"]


def test_a_recusal_and_a_day_to_mend_are_told(scene):
    scene.submit()
    f.act("review_recuse", scene.members[4]["name"], case_id=scene.case["id"])
    for member in scene.members[:3]:
        scene.vote(member, "refuse", mend_until=later(days=9).date().isoformat())
    (found,) = f.act("review_minutes", scene.members[0]["name"])["decisions"]
    assert found["result"] == "changes_requested"
    assert found["mend_until"] == later(days=9).date().isoformat()
    assert found["recused"] == [scene.members[4]["name"]]
    assert scene.members[4]["name"] not in str(found["seats"])


def test_a_period_holds_what_was_decided_in_it(scene):
    member = scene.members[0]["name"]
    decided("Bäume")
    middle = later().isoformat()
    waiting = decided("Kanäle", "y")
    after = later().isoformat()
    waiting.vote(waiting.members[1])
    waiting.vote(waiting.members[2])
    early = f.act("review_minutes", member, until=middle)
    assert [item["title"] for item in early["decisions"]] == ["Bäume"]
    assert early["open"] == []
    between = f.act("review_minutes", member, since=middle, until=after)
    # decided today, and open then: minutes of a past period stay the same
    assert between["decisions"] == []
    assert [item["title"] for item in between["open"]] == ["Kanäle"]
    for wrong in ({"since": after, "until": middle}, {"since": "gestern"}, {"until": "9" * 40}, {"since": "0001-01-01"}):
        with pytest.raises(tk.ValidationError):
            f.act("review_minutes", member, **wrong)


def test_closed_minutes_are_in_the_chain_and_the_next_ones_begin_there(scene, cli):
    member, lead = scene.members[0], f.user("leitung")
    f.act("role_grant", user=lead["name"], role="inventory_lead")
    decided("Bäume")
    with pytest.raises(tk.ValidationError):
        f.act("review_minutes_close", member["name"], until=later(hours=1).isoformat())
    # who reads minutes does not close them
    with pytest.raises(tk.NotAuthorized):
        f.act("review_minutes_close", lead["name"])
    closed = f.act("review_minutes_close", member["name"])
    assert closed["decisions"] == 1
    again = f.act("review_minutes_close", member["name"], since=closed["since"], until=closed["until"])
    assert again["event"] == closed["event"]
    decided("Kanäle")
    following = f.act("review_minutes", member["name"])
    assert following["since"] == closed["until"]
    assert [item["title"] for item in following["decisions"]] == ["Kanäle"]
    assert [item["event"] for item in f.act("review_minutes_list", lead["name"])["results"]] == [closed["event"]]
    model.Session.commit()
    assert cli.invoke(ckan, ["datenplattform", "review", "verify"]).exit_code == 0


def test_what_was_withdrawn_is_told(scene):
    published = decided("Bäume")
    f.act("review_withdraw", published.steward, package_id=published.id, reason="Ein Fehler")
    found = f.act("review_minutes", scene.members[0]["name"])
    ended = [(item["kind"], item["title"], item["reason"]) for item in found["ended"]]
    assert ended == [("publication_withdrawn", "Bäume", "Ein Fehler")]


def test_strangers_find_no_minutes(app, scene):
    decided("Geheimkanäle", "nnn")
    # the submitting unit knows its own case, not the minutes of all
    readers = [None, headers({"name": scene.steward}), headers(f.editor_of(f.unit())), headers(f.user())]
    for reader in readers:
        for page in PAGES:
            answer = app.get(page, headers=reader or {}, status=404)
            assert "Geheimkanäle" not in answer.text
        if reader:
            app.post(PAGES[0], headers=reader, status=404)
        for action in ("review_minutes", "review_minutes_list", "review_minutes_close"):
            refused = app.post(f"/api/action/{action}", json={}, headers=reader or {}, status=403)
            assert "Geheimkanäle" not in refused.text
    assert f.act("review_minutes_list", scene.members[0]["name"])["results"] == []


def test_the_board_reads_closes_and_downloads(app, scene):
    decided("=1+1 Bäume & <b>Sträucher</b>", "yyy")
    decided("Kanäle", "nnn")
    officer = f.user("schutz")
    f.act("role_grant", user=officer["name"], role="dpo")
    for reader in (scene.members[0], officer):
        page = app.get(PAGES[0], headers=headers(reader))
        assert "Kanäle" in page.text
        assert "<b>Sträucher" not in page.text
    board = headers(scene.members[0])
    rows = list(csv.reader(io.StringIO(app.get(PAGES[2], headers=board).body.removeprefix("\ufeff")), delimiter=";"))
    assert len(rows) == 3
    assert {len(row) for row in rows} == {18}
    assert rows[1][2] == "'=1+1 Bäume & <b>Sträucher</b>"
    assert rows[2][8:11] == ["0", "3", "0"]
    made = app.get(PAGES[1], headers=board)
    assert made.headers["Content-Type"] == "application/pdf"
    assert "no-store" in made.headers["Cache-Control"]
    reader = PdfReader(io.BytesIO(made.data))
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Kanäle" in text
    assert "Seite 1 von" in text
    # tagged, in German, with a title: a screen reader reads it (PDF/UA-1)
    assert reader.root_object["/MarkInfo"].get_object().get("/Marked")
    assert str(reader.root_object["/Lang"]) == "de"
    assert "/StructTreeRoot" in reader.root_object
    assert "Niederschrift" in str(reader.metadata.title)
    found = f.act("review_minutes", scene.members[0]["name"])
    done = app.post(PAGES[0], headers=board, data={"since": found["since"], "until": found["until"]})
    assert "abgeschlossen" in done.text
    # words, not a broken page
    assert "kein Datum" in app.get(PAGES[0] + "?since=quatsch", headers=board).text
    app.get(PAGES[1] + "?since=2026-12-01&until=2026-11-01", headers=board, status=400)


def test_a_day_is_a_day_of_the_town(app, scene):
    """The form asks for days: from midnight in Germany until midnight, the last day included."""
    board = headers(scene.members[0])
    page = app.get(PAGES[0] + "?since=2026-07-01&until=2026-07-01", headers=board).text
    assert "1. Juli 2026, 00:00" in page
    assert "1. Juli 2026, 23:59" in page


def test_a_pdf_loads_nothing(tmp_path):
    secret = tmp_path / "geheim.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>Kanarie</text></svg>')
    html = f"""<html lang="de"><head><title>T</title><link rel="stylesheet" href="file://{secret}"></head>
        <body><p>Da</p><img src="file://{secret}" alt=""><img src="http://127.0.0.1:9/x.png" alt="">
        <object data="file://{secret}"></object><iframe src="file://{secret}"></iframe>
        <style>@import "http://127.0.0.1:9/x.css"; body {{ background: url(file://{secret}) }}</style></body></html>"""
    reader = PdfReader(io.BytesIO(pdf.render(html)))
    assert reader.pages[0].extract_text().strip() == "Da"
    assert not list(reader.pages[0].images)
    assert reader.attachments == {}


def test_who_was_erased_is_a_key(scene, cli):
    made = decided("Bäume", "nnn")
    gone = made.members[0]
    before = f.act("review_minutes", scene.members[1]["name"])
    assert gone["name"] in json.dumps(before)
    f.act("user_delete", id=gone["id"])
    model.Session.commit()
    assert cli.invoke(ckan, ["datenplattform", "review", "forget", gone["name"], "--yes"]).exit_code == 0
    model.Session.expire_all()
    after = f.act("review_minutes", scene.members[1]["name"])
    text = json.dumps(after, ensure_ascii=False)
    assert gone["name"] not in text
    assert gone["id"] not in text
    (found,) = after["decisions"]
    erased = next(seat for seat in found["seats"] if seat["person"].startswith("person-"))
    assert (erased["vote"], erased["reason"]) == ("refuse", "")
    assert found["tally"]["refuse"] == 3


def test_the_public_part_holds_nothing_else(scene, app):
    """Canaries: persons, reasons, comments, and titles of what was refused, withdrawn, deleted, or waits."""
    public = decided("Öffentlich")
    f.act("review_comment", public.steward, case_id=public.case["id"], text="Kanarie Kommentar")
    decided("Kanarie abgelehnt", "nnn")
    withdrawn = decided("Kanarie zurückgezogen")
    f.act("review_withdraw", withdrawn.steward, package_id=withdrawn.id, reason="Kanarie Grund")
    deleted = decided("Kanarie gelöscht")
    f.act("review_withdraw", deleted.steward, package_id=deleted.id, reason="Kanarie Grund")
    f.act("package_delete", id=deleted.id)
    later_on = Scene()
    f.act("package_patch", id=later_on.id, title="Kanarie später")
    later_on.submit(publish_at=later(days=3).isoformat())
    for member in later_on.members[:3]:
        later_on.vote(member)
    decided("Kanarie offen", "y")
    whole = f.act("review_minutes", scene.members[0]["name"])
    found = minutes.public_part(whole, minutes_source.public_now(whole))
    text = json.dumps(found, ensure_ascii=False)
    assert "Kanarie" in json.dumps(whole, ensure_ascii=False)
    assert "Kanarie" not in text
    assert "Grund" not in text
    for member in [*f.board(), f.act("user_show", id=scene.steward)]:
        assert member["name"] not in text
        assert member["id"] not in text
    for hidden in (withdrawn, deleted, later_on):
        assert hidden.id not in text
        assert hidden.case["id"] not in text
    assert [item["title"] for item in found["decisions"]] == ["Öffentlich"]
    assert found["totals"]["decided"] == len(whole["decisions"]) == 5
    assert found["totals"]["refused_by_interest"] == {"contract": 1}
    assert found["open"] == 1
