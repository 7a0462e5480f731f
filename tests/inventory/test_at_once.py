"""Two at once: one answer to a request, one mail of each kind, and no confirmation that is lost."""

from __future__ import annotations

from collections import Counter

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.inventory import remind
from ckanext.datenplattform.inventory.model_care import Reminder
from tests import factories as f
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401
from tests.inventory.test_confirm import record
from tests.review.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def editors(unit):
    return [f.editor_of(unit)["name"] for _ in range(2)]


def test_one_request_is_answered_once(app, unit, editors):
    made = f.act("inventory_record_create", title="Bäume", unit=unit["name"])
    asker = f.editor_of(f.unit(), "member")["name"]
    request = f.act("inventory_access_request_create", asker, id=made["id"], purpose="Radwege")["id"]
    decisions = ("granted", "refused")

    def answer(editor, decision):
        return lambda: f.act("inventory_access_request_answer", editor, id=request, decision=decision, text=decision)

    answers = at_once(app, [answer(*pair) for pair in zip(editors, decisions, strict=True)], "dp_inventory_request")
    [given] = [item for item in answers if isinstance(item, dict)]
    [refused] = [item for item in answers if isinstance(item, tk.ValidationError)]
    assert "bleibt bei der ersten Antwort" in str(refused)
    [kept] = f.act("inventory_access_request_list", asker)["results"]
    assert (kept["state"], kept["answer"], kept["answered_by"]) == (given["state"], given["state"], given["answered_by"])


def test_two_who_ask_at_once_for_the_same_ask_once(app, unit):
    made = f.act("inventory_record_create", title="Bäume", unit=unit["name"])
    asker = f.editor_of(f.unit(), "member")["name"]

    def ask():
        return f.act("inventory_access_request_create", asker, id=made["id"], purpose="Radwege")

    answers = at_once(app, [ask, ask], "dp_inventory_request")
    assert sorted(type(item).__name__ for item in answers) == ["ValidationError", "dict"]
    assert f.act("inventory_access_request_list", asker)["count"] == 1


def test_two_runs_send_each_mail_once(app, unit, editors, mailbox: Mailbox):
    other = f.unit()
    f.editor_of(other)
    for place in (unit, other):
        record(place, "Bäume", 0)
    record(unit, "Hunde", 2, responsible_email="hunde@example.org")
    answers = at_once(app, [remind.run, remind.run], "dp_inventory_reminder")
    assert sum(answers, Counter()) == {"sent": 4, "skipped": 4}, answers
    to = [letter.to for letter in mailbox.take()]
    assert len(to) == len(set(to)) == 4
    assert model.Session.query(Reminder).count() == 4


def test_two_confirmations_follow_one_another(app, unit, editors):
    made = record(unit, "Bäume", -3)

    def confirm(editor):
        return lambda: f.act("inventory_record_confirm", editor, id=made["id"])

    answers = at_once(app, [confirm(editor) for editor in editors], "dp_inventory_record")
    assert all(isinstance(item, dict) for item in answers), answers
    shown = f.act("inventory_record_show", editors[0], id=made["id"])
    first, last = sorted(answers, key=lambda item: item["confirmed_at"])
    assert shown["confirmed_by"] == last["confirmed_by"]
    assert shown["confirmed_at"] == last["confirmed_at"]
    history = [item for item in f.act("inventory_record_history", editors[0], id=made["id"]) if item["field"] == "confirmed_at"]
    assert {(item["before"], item["after"]) for item in history} == {
        (None, first["confirmed_at"]), (first["confirmed_at"], last["confirmed_at"])}  # fmt: skip
