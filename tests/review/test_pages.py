"""The board's pages: submit, vote and withdraw by form; who has no right finds nothing."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pytest

from tests import factories

pytestmark = pytest.mark.usefixtures("platform")


def _headers(user):
    made = factories.act("api_token_create", user["name"], user=user["name"], name="seiten")
    return {"Authorization": made["token"]}


def test_the_whole_way_by_form(app, tmp_path):
    unit = factories.unit()
    steward = factories.editor_of(unit)
    stranger = factories.editor_of(factories.unit())
    package_id = factories.harvested(unit, tmp_path)["id"]
    members = factories.board()
    pages = {user["name"]: _headers(user) for user in (steward, stranger, *members)}
    read = app.get(f"/dataset/{package_id}", headers=pages[steward["name"]])
    assert "Noch nicht geprüft" in read.text
    address = f"/dataset/{package_id}/einreichen"
    app.get(address, headers=pages[stranger["name"]], status=404)
    app.get(address, status=404)
    assert "Hinweis für das Datengremium" in app.get(address, headers=pages[steward["name"]]).text
    app.post(address, headers=pages[steward["name"]], data={"comment": "Bitte prüfen"}, follow_redirects=False)
    case = factories.act("review_show", package_id=package_id)
    assert case["state"] == "in_review"
    agenda = app.get("/gremium", headers=pages[members[0]["name"]])
    assert "Ihre Stimme fehlt" in agenda.text
    assert "Ihre Stimme" in app.get(f"/gremium/{case['id']}", headers=pages[members[0]["name"]]).text
    app.get("/gremium", status=404)
    app.get(f"/gremium/{case['id']}", headers=pages[stranger["name"]], status=404)
    refused = app.post(f"/gremium/{case['id']}", headers=pages[members[0]["name"]], data={"vote": "refuse"})
    assert "Es wurde nichts geändert" in refused.text
    for member in members[:3]:
        app.post(
            f"/gremium/{case['id']}", headers=pages[member["name"]], data={"vote": "approve"}, follow_redirects=False
        )
    assert app.get(f"/dataset/{package_id}").status_code == 200
    app.post(
        f"/dataset/{package_id}/zurueckziehen",
        headers=pages[steward["name"]], data={"reason": "Fehler"}, follow_redirects=False,
    )  # fmt: skip
    app.get(f"/dataset/{package_id}", status=404)


def test_a_submission_with_wishes(app, tmp_path):
    unit = factories.unit()
    steward = factories.editor_of(unit)
    factories.board()
    package_id = factories.harvested(unit, tmp_path)["id"]
    pages = _headers(steward)
    sent = {"comment": "", "track": "full", "publish_at": "2999-06-01T08:00", "dashboard": "1"}
    app.post(f"/dataset/{package_id}/einreichen", headers=pages, data=sent, follow_redirects=False)
    case = factories.act("review_show", package_id=package_id)
    assert (case["track"], case["dashboard"]) == ("full", True)
    # eight in the morning in Berlin, in summer
    assert case["publish_at"] == "2999-06-01T06:00:00+00:00"


def test_the_data_protection_officer_finds_and_refutes_what_is_held_back(app, tmp_path):
    unit = factories.unit()
    steward = factories.editor_of(unit)
    factories.board()
    text = "nr,email\n" + "".join(f"{number},anna.muster{number}@web.de\n" for number in range(30))
    package_id = factories.harvested(unit, tmp_path, text=text)["id"]
    with pytest.raises(tk.ValidationError):
        factories.act("review_submit", steward["name"], package_id=package_id)
    officer = factories.editor_of(factories.unit(), "member")
    factories.act("role_grant", user=officer["name"], role="dpo")
    pages = _headers(officer)
    name = factories.act("package_show", id=package_id)["name"]
    assert f"/dataset/{name}/geprueft" in app.get("/gremium", headers=pages).text
    page = app.get(f"/dataset/{name}/geprueft", headers=pages).text
    assert "anna.muster1@web.de" not in page
    found = factories.act("review_check_show", officer["name"], package_id=package_id)["results"]
    key = next(item["key"] for item in found if item["refutable"])
    # the unit reads the finding, and cannot refute it
    assert "name=\"key\"" not in app.get(f"/dataset/{name}/geprueft", headers=_headers(steward)).text
    app.post(f"/dataset/{name}/geprueft", headers=_headers(steward), data={"key": key, "evidence": "Nein"})
    app.post(f"/dataset/{name}/geprueft", headers=pages, data={"key": key, "evidence": "Erfundene Adressen."}, follow_redirects=False)
    shown = factories.act("review_check_show", officer["name"], package_id=package_id)["results"]
    assert next(item for item in shown if item["key"] == key)["refuted"]["text"] == "Erfundene Adressen."
    app.get(f"/dataset/{name}/geprueft", status=404)


def test_the_lead_asks_for_changes_and_raises_the_track(app, tmp_path):
    unit = factories.unit()
    steward = factories.editor_of(unit)
    members = factories.board()
    case = factories.act("review_submit", steward["name"], package_id=factories.harvested(unit, tmp_path)["id"])
    seat = next(role["unit"] for role in factories.act("role_list") if role["user_id"] == members[0]["id"])
    factories.act("role_grant", user=members[0]["name"], role="board_lead", unit=seat)
    lead, member = _headers(members[0]), _headers(members[1])
    address = f"/gremium/{case['id']}"
    assert "/leitung" in app.get(address, headers=lead).text
    assert "/leitung" not in app.get(address, headers=member).text
    # a member who says so all the same is told, and nothing happens
    app.post(f"{address}/leitung", headers=member, data={"decision": "request_changes", "reason": "x", "mend_until": "2999-01-01"})
    app.post(f"{address}/weg", headers=member, data={"track": "full"}, follow_redirects=False)
    shown = factories.act("review_show", id=case["id"])
    assert (shown["state"], shown["track"]) == ("in_review", "full")
    app.post(f"{address}/leitung", headers=lead, data={"decision": "request_changes", "reason": "Titel", "mend_until": "2999-01-01"})
    assert factories.act("review_show", id=case["id"])["state"] == "changes_requested"
    app.post(f"{address}/nichts", headers=lead, status=404)


def test_what_a_source_brought_is_inert_on_the_page_of_the_case(app, tmp_path):
    unit = factories.unit()
    steward = factories.editor_of(unit)
    members = factories.board()
    text = 'nr,<script>alert(1)</script>\n1,"<img src=x onerror=alert(2)>"\n'
    made = factories.harvested(unit, tmp_path, text=text, title="<b>Fett</b>", notes="<script>alert(3)</script> [x](javascript:alert(4))")
    factories.act("resource_create", package_id=made["id"], name="Skript", url="javascript:alert(5)", format="HTML")
    case = factories.act("review_submit", steward["name"], package_id=made["id"])
    page = app.get(f"/gremium/{case['id']}", headers=_headers(members[0])).text
    assert "Skript" in page
    for bad in ("<script>alert", "<img src=x", "<b>Fett", 'href="javascript:'):
        assert bad not in page, bad


def test_the_page_of_a_case_stands_whatever_became_of_its_dataset(app, tmp_path):
    unit = factories.unit()
    steward = factories.editor_of(unit)
    members = factories.board()
    pages = _headers(members[0])

    entry = factories.dataset(unit, steward["name"], title="Nur der Nachweis")
    factories.act("inventory_record_patch", id=entry["id"], responsible_function="Sachgebiet", openness="internal", personal_data="none",
                  openness_reason="Noch nicht geklärt", protected_interest="contract")  # fmt: skip
    case = factories.act("review_submit", steward["name"], package_id=entry["id"], entry=True)
    assert "Nur der Nachweis" in app.get(f"/gremium/{case['id']}", headers=pages).text

    published = factories.published_dataset(unit, tmp_path)
    asked = factories.act("standing_release_create", steward["name"], package_id=published["id"], columns=["wert"], until="2999-01-01")
    assert "Spalten: wert" in app.get(f"/gremium/{asked['id']}", headers=pages).text
    factories.act("review_withdraw", steward["name"], package_id=published["id"], reason="Doch nicht")

    decided = factories.act("review_list", members[0]["name"], state="published")["results"][0]
    assert "/datei/" not in app.get(f"/gremium/{decided['id']}", headers=pages).text
    factories.act("review_withdraw", steward["name"], package_id=published["id"], reason="Fehler")
    factories.act("dataset_purge", id=published["id"])
    assert "Baumkataster" in app.get(f"/gremium/{decided['id']}", headers=pages).text
    assert "Baumkataster" in app.get("/gremium?show=decided", headers=pages).text
