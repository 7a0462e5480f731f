"""The Nachweis: the board releases an entry alone; the package stays private, and only the listed fields are public."""

from __future__ import annotations

import csv
import io
import json

import ckan.plugins.toolkit as tk
import pytest

from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")
CANARY = "Kanarienvogel"
SHOWN = {
    "id", "title", "unit", "description", "formats", "update_cycle", "openness", "openness_label", "openness_reason",
    "since", "published",
}  # fmt: skip


@pytest.fixture
def made(tmp_path):
    unit = f.unit()
    steward = f.editor_of(unit)["name"]
    package_id = f.harvested(unit, tmp_path, title="Bäume an Straßen", notes="Lage der Bäume.", frequency="ANNUAL")["id"]
    f.act(
        "inventory_record_patch", steward, id=package_id, openness="internal", openness_reason="Eigentum Dritter.",
        protected_interest="contract", openness_review_on="2028-01-01", source_system=CANARY, deputy=CANARY,
        responsible_function=CANARY, responsible_email=f"{CANARY}@example.org".lower(), quality_notes=CANARY,
    )  # fmt: skip
    return {"id": package_id, "unit": unit, "steward": steward, "board": [user["name"] for user in f.board()]}


def _released(made, votes: int = 3) -> dict:
    case = f.act("review_submit", made["steward"], package_id=made["id"], entry=True)
    for member in made["board"][:votes]:
        case = f.act("review_vote", member, case_id=case["id"], vote="approve")
    return case


def test_the_entry_alone_is_public(made, app):
    assert f.anonymous("inventory_register_list")["count"] == 0
    assert _released(made, votes=2)["state"] == "in_review"
    assert f.anonymous("inventory_register_list")["count"] == 0
    f.act("review_vote", made["board"][2], case_id=f.act("review_show", package_id=made["id"])["id"], vote="approve")

    [entry] = f.anonymous("inventory_register_list", q="bäume")["results"]
    assert set(entry) == SHOWN
    assert entry["title"] == "Bäume an Straßen"
    assert entry["formats"] == ["CSV"]
    assert entry["openness_reason"] == "Eigentum Dritter."
    assert f.act("package_show", id=made["id"])["private"] is True
    for path in ("/register", "/register.json", "/register.csv"):
        answer = app.get(path)
        assert "Bäume an Straßen" in answer.text or "Bäume an Straßen" in json.dumps(answer.json, ensure_ascii=False)
        assert CANARY.lower() not in answer.text.lower()
    rows = list(csv.reader(io.StringIO(app.get("/register.csv").text.lstrip("\ufeff")), delimiter=";"))
    assert len(rows) == 2
    app.get(f"/dataset/{made['id']}", status=404)
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=made["id"])
    assert f.anonymous("package_search", q="Bäume")["count"] == 0


def test_what_was_decided_stays_whatever_the_record_says_later(made):
    _released(made)
    f.act("package_patch", made["steward"], id=made["id"], title="Anders")
    f.act("inventory_record_patch", made["steward"], id=made["id"], openness_reason="Noch anders")
    [entry] = f.anonymous("inventory_register_list")["results"]
    assert (entry["title"], entry["openness_reason"]) == ("Bäume an Straßen", "Eigentum Dritter.")


def test_board_and_unit_see_all_others_the_entry(made):
    _released(made)
    stranger = f.editor_of(f.unit())["name"]
    assert f.act("inventory_record_show", made["board"][0], id=made["id"])["source_system"] == CANARY
    assert f.act("package_show", stranger, id=made["id"])["title"]
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_show", stranger, id=made["id"])


def test_withdrawn_at_once_and_deleted_is_gone(made):
    _released(made)
    assert f.act("review_withdraw", made["steward"], package_id=made["id"], reason="Fehler")["withdrawn"] == "entry"
    assert f.anonymous("inventory_register_list")["count"] == 0
    _released(made)
    assert f.anonymous("inventory_register_list")["count"] == 1
    f.act("package_delete", id=made["id"])
    assert f.anonymous("inventory_register_list")["count"] == 0


def test_a_later_publication_goes_its_own_way(made):
    _released(made)
    f.act("inventory_record_patch", made["steward"], id=made["id"], openness="open")
    f.submit_and_vote(made["id"], made["steward"], f.board())
    [entry] = f.anonymous("inventory_register_list")["results"]
    assert entry["published"] is True
    assert f.anonymous("package_show", id=entry["name"])["id"] == made["id"]
    f.act("review_withdraw", made["steward"], package_id=made["id"], reason="Fehler")
    [entry] = f.anonymous("inventory_register_list")["results"]
    assert (entry["published"], entry.get("name")) == (False, None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"openness_reason": "Bitte Frau Muster fragen: muster@example.org"}, "openness_reason"),
        ({"openness_reason": "Tel. 0541 323-0000"}, "openness_reason"),
        ({"openness_reason": ""}, "openness_reason"),
        ({"confidentiality": "high"}, "confidentiality"),
    ],
)
def test_persons_and_high_protection_stay_out(made, change, field):
    f.act("inventory_record_patch", made["steward"], id=made["id"], **change)
    with pytest.raises(tk.ValidationError) as refused:
        f.act("review_submit", made["steward"], package_id=made["id"], entry=True)
    assert field in refused.value.error_dict


def test_nobody_but_the_board_releases(made):
    case = f.act("review_submit", made["steward"], package_id=made["id"], entry=True)
    for who in (made["steward"], f.sysadmin()["name"]):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            f.act("review_vote", who, case_id=case["id"], vote="approve")
    assert f.anonymous("inventory_register_list")["count"] == 0


def test_by_form(made, app):
    headers = {"Authorization": f.act("api_token_create", made["steward"], user=made["steward"], name="t")["token"]}
    page = app.get(f"/dataset/{made['id']}/einreichen", headers=headers)
    assert "Nachweis" in page.text
    app.post(f"/dataset/{made['id']}/einreichen", headers=headers, data={"what": "entry"}, follow_redirects=False)
    assert f.act("review_show", package_id=made["id"])["kind"] == "entry"
