"""Rounds: which state follows which, who reports and signs, and coverage that nobody typed."""

from __future__ import annotations

import doctest
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.inventory import due, remind, rounds
from ckanext.datenplattform.inventory.model_care import Round
from tests import factories as f
from tests.browser import log_in, looked_at
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401

platform = pytest.mark.usefixtures("platform")


def day(days: int) -> str:
    return (datetime.now(timezone.utc).date() + timedelta(days=days)).isoformat()


# the machine


def test_the_examples():
    for module in (rounds, due):
        assert doctest.testmod(module).failed == 0


@given(st.lists(st.sampled_from([*rounds.EVENTS, "unsinn"]), max_size=30), st.booleans())
def test_whatever_is_tried_only_what_follows_happens(events: list[str], closed: bool):
    state, said = rounds.OPEN, None
    for event in events:
        allowed = rounds.allowed(state, closed)
        if event not in allowed:
            with pytest.raises(rounds.Illegal):
                rounds.after(state, event, closed)
            continue
        before, state = state, rounds.after(state, event, closed)
        assert state in rounds.STATES
        assert state != before
        said = {"report": "reported", "nothing": "nothing_to_report", "reopen": None}.get(event, said)
        # nothing is signed that nobody reported, and what is signed stays until it is opened again
        assert state != "signed" or said is not None
        assert before != "signed" or event == "reopen"
    assert not (closed and state != rounds.OPEN)


@given(st.lists(st.sampled_from(rounds.STATES)))
def test_coverage_counts_every_unit_once(states: list[str]):
    found = rounds.coverage(states)
    assert sum(found[state] for state in rounds.STATES) == found["units"] == len(states)
    assert found["done"] == len(states) - states.count("open")
    assert 0 <= found["percent"] <= 100


# the actions


@pytest.fixture
def lead(platform):
    made = f.user("lead")
    f.act("role_grant", user=made["name"], role="inventory_lead")
    return made["name"]


@pytest.fixture
def unit(platform):
    return f.unit()


def planned(lead: str, *units: Any, **data: Any) -> dict[str, Any]:
    values = {"title": "Dateninventur 2027", "deadline": day(60), "units": [unit["name"] for unit in units], **data}
    return f.act("inventory_round_create", lead, **values)


def test_from_open_to_signed(lead, unit):
    editor, admin = f.editor_of(unit)["name"], f.editor_of(unit, "admin")["name"]
    old, new = (f.act("inventory_record_create", title=title, unit=unit["name"]) for title in ("Alt", "Neu"))
    f.act("inventory_record_confirm", id=old["id"])
    made = planned(lead, unit, f.unit())
    assert made["coverage"] == {
        "units": 2, "done": 0, "percent": 0, "open": 2, "reported": 0, "nothing_to_report": 0, "signed": 0,
        "records": 2, "confirmed": 0, "complete": 0,
    }  # fmt: skip
    f.act("inventory_record_confirm", editor, id=new["id"])
    where = {"id": made["id"], "unit": unit["name"]}
    with pytest.raises(tk.ValidationError):
        f.act("inventory_round_sign", admin, **where)
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_round_sign", editor, **where)
    seen = f.act("inventory_round_report", editor, **where, state="reported", note="Fertig.")
    assert [(item["unit"], item["state"], item["note"]) for item in seen["units"]] == [(unit["name"], "reported", "Fertig.")]
    assert seen["units"][0]["allowed"] == ["nothing", "reopen"]
    signed = f.act("inventory_round_sign", admin, **where)
    assert signed["units"][0]["state"] == "signed"
    for state in ("reported", "nothing_to_report", "open"):
        with pytest.raises(tk.ValidationError):
            f.act("inventory_round_report", editor, **where, state=state)
    whole = f.act("inventory_round_show", lead, id=made["id"])["coverage"]
    assert (whole["signed"], whole["done"], whole["percent"], whole["confirmed"], whole["records"]) == (1, 1, 50, 1, 2)
    back = f.act("inventory_round_report", lead, **where, state="open")
    assert back["coverage"]["open"] == 2


def test_who_sees_and_changes_a_round(lead, unit):
    made = planned(lead, unit)
    editor, member, stranger = f.editor_of(unit)["name"], f.editor_of(unit, "member")["name"], f.editor_of(f.unit())["name"]
    board = f.board(1)[0]["name"]
    assert [item["id"] for item in f.act("inventory_round_list", editor)] == [made["id"]]
    assert len(f.act("inventory_round_list", board)) == 1
    assert f.act("inventory_round_list", stranger) == []
    for nobody in ("", member):
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_round_list", nobody)
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_round_show", nobody, id="gibt-es-nicht")
    unknown = []
    for id in (made["id"], "gibt-es-nicht"):
        for action, data in (("show", {}), ("patch", {"title": "x"}), ("report", {"unit": unit["name"], "state": "reported"}),
                             ("sign", {"unit": unit["name"]})):  # fmt: skip
            with pytest.raises(tk.ObjectNotFound) as refused:
                f.act(f"inventory_round_{action}", stranger, id=id, **data)
            unknown.append(str(refused.value))
    assert len(set(unknown)) == 1
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_round_report", board, id=made["id"], unit=unit["name"], state="reported")
    for user in (editor, board):
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_round_patch", user, id=made["id"], title="x")
        with pytest.raises(tk.NotAuthorized):
            planned(user, unit)
    with pytest.raises(tk.ObjectNotFound):
        f.act("inventory_round_report", editor, id=made["id"], unit="gibt-es-nicht", state="reported")


def test_nonsense_and_closed_rounds(lead, unit):
    for wrong in ({"title": ""}, {"deadline": "morgen"}, {"deadline": ""}, {"units": ["gibt-es-nicht"]},
                  {"title": "x" * 201}, {"note": "x" * 2001}):  # fmt: skip
        with pytest.raises(tk.ValidationError) as refused:
            planned(lead, unit, **wrong)
        assert list(refused.value.error_dict) == list(wrong)
    assert model.Session.query(Round).count() == 0
    outside = f.unit(extras=[{"key": "kind", "value": "outside"}])
    everybody = planned(lead)
    assert unit["name"] in [item["unit"] for item in everybody["units"]]
    assert outside["name"] not in [item["unit"] for item in everybody["units"]]
    late = f.unit()
    changed = f.act("inventory_round_patch", lead, id=everybody["id"], state="closed", units=[late["name"]], deadline="31.12.2030")
    assert changed["deadline"] == "2030-12-31"
    assert late["name"] in [item["unit"] for item in changed["units"]]
    with pytest.raises(tk.ValidationError):
        f.act("inventory_round_report", lead, id=everybody["id"], unit=unit["name"], state="reported")
    f.act("inventory_round_patch", lead, id=everybody["id"], state="running")
    f.act("inventory_round_report", lead, id=everybody["id"], unit=unit["name"], state="nothing_to_report")


def test_units_are_reminded_of_their_next_step(lead, unit, mailbox: Mailbox):
    editor, admin = f.editor_of(unit), f.editor_of(unit, "admin")
    made = planned(lead, unit, deadline=day(60))
    assert remind.run()["sent"] == 2
    letters = mailbox.take()
    assert {letter.to for letter in letters} == {editor["email"], admin["email"]}
    assert all(f"/inventar/runden/{made['id']}" in letter.text for letter in letters)
    assert remind.run()["sent"] == 0
    f.act("inventory_round_report", editor["name"], id=made["id"], unit=unit["name"], state="reported")
    assert remind.run()["sent"] == 1
    [letter] = mailbox.take()
    assert letter.to == admin["email"]
    assert "zeichnen" in letter.text
    f.act("inventory_round_sign", admin["name"], id=made["id"], unit=unit["name"])
    assert dict(remind.run()) == {}
    late = planned(lead, unit, deadline=day(-31))
    assert remind.run()["sent"] == 3
    assert sum("noch nichts gemeldet" in letter.text for letter in mailbox.take()) == 1
    f.act("inventory_round_patch", lead, id=late["id"], state="closed")
    assert dict(remind.run()) == {}


def test_by_the_pages(page: Any):
    lead = f.user("lead")["name"]
    f.act("role_grant", user=lead, role="inventory_lead")
    unit = f.unit("gruen", title="Fachdienst Grün")
    admin = f.editor_of(unit, "admin")["name"]
    f.act("inventory_record_create", title="Bäume", unit=unit["name"])
    for number in range(4):
        f.unit(title=f"Referat {number} mit einem wirklich langen Namen für die Verwaltungsorganisation")
    log_in(page, lead)
    page.goto("/inventar/runden")
    looked_at(page, "rounds-empty")
    page.get_by_role("link", name="Runde planen").click()
    page.fill("#title", "Dateninventur 2027")
    page.fill("#deadline", day(30))
    looked_at(page, "round-form")
    page.click("main form.dp-form button[type=submit]")
    page.wait_for_selector(".dp-progress")
    where = page.url
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        looked_at(page, f"round-lead-{width}")
    page.goto("/inventar/runden")
    looked_at(page, "rounds-360")
    page.context.clear_cookies()
    log_in(page, admin)
    page.goto(where)
    page.get_by_label("Anmerkung").fill("Alles gesehen")
    page.get_by_role("button", name="Wir haben alles durchgesehen").press("Enter")
    page.wait_for_selector(".alert-success")
    page.get_by_role("button", name="Für die Organisation abzeichnen").click()
    page.wait_for_selector(".alert-success")
    assert page.locator(".dp-records .dp-badge").all_inner_texts() == ["abgezeichnet"]
    looked_at(page, "round-signed")
    assert page.goto(where + "/aendern").status == 404
    assert page.goto("/inventar/runden/gibt-es-nicht").status == 404
    page.context.clear_cookies()
    log_in(page, lead)
    page.goto(where + "/aendern")
    page.get_by_role("button", name="Speichern und Runde beenden").click()
    page.wait_for_selector(".alert-success")
    assert "beendet" in page.inner_text(".dp-facts")
