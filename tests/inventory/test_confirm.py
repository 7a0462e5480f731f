"""Is it still true? One click, the list of what is due, reminders by a real mail server."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.inventory import due, remind
from ckanext.datenplattform.inventory.model import InventoryRecord
from tests import factories as f
from tests.browser import log_in, looked_at
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401

platform = pytest.mark.usefixtures("platform")


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
def test_the_same_day_some_months_later(day: date, months: int):
    found = due.after(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)


def record(unit: Any, title: str, days: int, **fields: Any) -> dict[str, Any]:
    """A record that is due in so many days (negative: overdue)."""
    made = f.act("inventory_record_create", title=title, unit=unit["name"], **fields)
    row = model.Session.get(InventoryRecord, made["id"])
    row.due_on = datetime.now(timezone.utc).date() + timedelta(days=days)
    model.Session.commit()
    return made


@platform
def test_confirming_sets_the_next_day_and_stands_in_the_history(monkeypatch):
    unit = f.unit()
    editor = f.editor_of(unit)["name"]
    made = record(unit, "Bäume", -3)
    before = f.act("inventory_record_show", editor, id=made["id"])
    monkeypatch.setitem(tk.config, "ckanext.datenplattform.inventory.confirm_months", 6)
    done = f.act("inventory_record_confirm", editor, id=made["name"])
    shown = f.act("inventory_record_show", editor, id=made["id"])
    assert shown["due_on"] == done["due_on"] == due.after(datetime.now(timezone.utc).date(), 6).isoformat()
    assert shown["confirmed_by"] == editor
    assert shown["modified"] == before["modified"], "nothing was changed"
    [entry] = [item for item in f.act("inventory_record_history", editor, id=made["id"]) if item["field"] == "confirmed_at"]
    assert entry["by"] == editor
    assert entry["after"] == done["confirmed_at"]


@platform
def test_who_confirms():
    unit = f.unit()
    made, draft = record(unit, "Bäume", -3), f.act("inventory_record_create", title="E", unit=unit["name"], draft=True)
    hidden = record(unit, "Geheim", -3, confidentiality="high")
    other, removed = f.editor_of(f.unit())["name"], f.editor_of(unit)
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_confirm", other, id=made["id"])
    for id in (hidden["id"], draft["id"], "gibt-es-nicht"):
        with pytest.raises(tk.ObjectNotFound):
            f.act("inventory_record_confirm", other, id=id)
    with pytest.raises(tk.ValidationError):
        f.act("inventory_record_confirm", removed["name"], id=draft["id"])
    f.act("inventory_record_confirm", removed["name"], id=made["id"])
    f.act("member_delete", id=unit["id"], object=removed["id"], object_type="user")
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        f.act("inventory_record_confirm", removed["name"], id=made["id"])
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_due_list", removed["name"])


@platform
def test_the_list_holds_what_is_due_in_ones_units_only():
    unit, other = f.unit(), f.unit()
    editor, lead = f.editor_of(unit), f.user()
    f.act("role_grant", user=lead["name"], role="inventory_lead")
    record(unit, "Morgen", 1)
    record(unit, "Lange", -40, responsible_email=editor["email"].upper())
    record(unit, "Später", 200)
    record(other, "Fremd", -5)
    f.act("inventory_record_create", title="Entwurf", unit=unit["name"], draft=True)
    found = f.act("inventory_due_list", editor["name"])
    assert [item["title"] for item in found["results"]] == ["Lange", "Morgen"]
    assert (found["count"], found["overdue"]) == (2, 1)
    assert found["results"][0]["overdue_days"] == 40
    mine = f.act("inventory_due_list", editor["name"], mine=True)
    assert [item["title"] for item in mine["results"]] == ["Lange"]
    assert f.act("inventory_due_list", editor["name"], unit=other["name"])["count"] == 0
    assert f.act("inventory_due_list", lead["name"])["count"] == 3
    for nobody in ("", f.editor_of(unit, "member")["name"], f.board(1)[0]["name"]):
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_due_list", nobody)


@platform
def test_reminders_name_only_records_of_the_readers_unit_and_go_once(mailbox: Mailbox, caplog):
    unit, other = f.unit(), f.unit()
    editor, admin, stranger = f.editor_of(unit), f.editor_of(unit, "admin"), f.editor_of(other)
    f.editor_of(unit, "member")
    record(unit, "Bäume\r\nBcc: x@example.org", 3, source_system="KANARIE", openness_reason="KANARIE")
    record(unit, "Bänke", -40)
    record(unit, "Hunde", 2, responsible_email="hunde@example.org")
    record(other, "Fremd", -1)
    with caplog.at_level(logging.INFO):
        assert dict(remind.run()) == {"sent": 5}
    letters = mailbox.take()
    by = {(letter.to, letter.subject): letter.text for letter in letters}
    assert {letter.to for letter in letters} == {editor["email"], admin["email"], stranger["email"], "hunde@example.org"}
    [usual] = [text for (to, _), text in by.items() if to == editor["email"]]
    assert "Bänke" in usual
    assert "- Bäume Bcc: x@example.org\n" in usual
    assert "Hunde" not in usual
    assert "Fremd" not in usual
    assert usual.count("http") == 1
    assert "/inventar/faellig" in usual
    [hunde] = [text for (to, _), text in by.items() if to == "hunde@example.org"]
    assert "Hunde" in hunde
    assert "Bänke" not in hunde
    # long overdue: the lead learns of it, and of that record only
    [escalated] = [letter for letter in letters if letter.to == admin["email"] and "lange" in letter.subject]
    assert "Bänke" in escalated.text
    assert "Bäume" not in escalated.text
    assert not [letter for letter in letters if "KANARIE" in letter.text + letter.subject]
    ours = [entry.getMessage() for entry in caplog.records if entry.name != "mail.log"]  # not the test's server
    assert not [text for text in ours if "@example.org" in text or "Hunde" in text]
    assert dict(remind.run()) == {"skipped": 5}
    assert mailbox.take() == []
    with freeze_time(datetime.now(timezone.utc) + timedelta(days=8), ignore=["aiosmtpd", "asyncio", "smtplib"]):
        assert remind.run()["sent"] >= 5


@platform
def test_what_the_mail_server_refused_is_sent_by_the_next_run(mailbox: Mailbox, monkeypatch, caplog):
    unit = f.unit()
    editor = f.editor_of(unit)
    record(unit, "Bäume", 0)
    mailbox.refuses = True
    assert dict(remind.run()) == {"failed": 1}
    assert not [entry for entry in caplog.records if entry.name != "mail.log" and editor["email"] in entry.getMessage()]
    mailbox.refuses = False
    assert dict(remind.run()) == {"sent": 1}
    record(unit, "Bänke", 0, responsible_email="b@example.org")
    monkeypatch.setitem(tk.config, "smtp.server", "")
    assert remind.run()["no_server"] == 1


@platform
def test_a_unit_without_editors_reminds_the_lead_above(mailbox: Mailbox):
    above = f.unit()
    admin = f.editor_of(above, "admin")
    unit = f.unit(groups=[{"name": above["name"], "capacity": "public"}])
    record(unit, "Bäume", 0)
    remind.run()
    assert [letter.to for letter in mailbox.take()] == [admin["email"]]


@platform
def test_the_command(mailbox: Mailbox, cli):
    from ckan.cli.cli import ckan

    unit = f.unit()
    f.editor_of(unit)
    record(unit, "Bäume", 0)
    done = cli.invoke(ckan, ["datenplattform", "inventory", "remind"])
    assert done.exit_code == 0, done.output
    assert "1 sent" in done.output
    mailbox.refuses = True
    record(unit, "Bänke", 0, responsible_email="b@example.org")
    assert cli.invoke(ckan, ["datenplattform", "inventory", "remind"]).exit_code == 1


def test_one_click_from_the_mail(page: Any):
    """The link in the mail asks for the login, then one click confirms, by keyboard too."""
    unit = f.unit()
    editor = f.editor_of(unit)["name"]
    first, second = record(unit, "Bäume " + "Donaudampfschifffahrtsgesellschaft" * 2, -400), record(unit, "Bänke", 3)
    page.goto("/inventar/faellig")
    page.fill("#field-login", editor)
    page.fill("#field-password", "correct horse battery")
    page.click("main button[type=submit]")
    page.wait_for_url("**/inventar/faellig")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        looked_at(page, f"due-{width}")
    button = page.get_by_role("button", name="Bäume")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success")
    assert f.act("inventory_record_show", editor, id=first["id"])["confirmed_by"] == editor
    assert page.locator(".dp-records h3").all_inner_texts() == ["Bänke"]
    page.goto(f"/inventar/{second['name']}")
    page.get_by_role("button", name="Ja, stimmt noch").click()
    page.wait_for_selector(".alert-success")
    assert "Bestätigt am" in page.inner_text(".secondary")
    looked_at(page, "record-confirmed")
    other = f.editor_of(f.unit(), "member")["name"]
    page.context.clear_cookies()
    log_in(page, other)
    assert page.goto("/inventar/faellig").status == 404
