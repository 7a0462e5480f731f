"""The board's pages: submit, vote and withdraw by form; who has no right finds nothing."""

from __future__ import annotations

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
