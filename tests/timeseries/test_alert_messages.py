"""Who is told of alerts: mails by a real SMTP server, webhooks by a real HTTP server. Nothing is lost, nobody is flooded."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import threading
from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import jobs
from rq import SimpleWorker

from ckanext.datenplattform.timeseries.alerts import keeping, webhook
from ckanext.datenplattform.timeseries.alerts.model import Message
from ckanext.datenplattform.timeseries.alerts.outbox import PAUSES
from tests import factories as f
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401 - a fixture
from tests.timeseries.alerts_scene import AUTHORITY, KEY, Program, Scene, program, scene  # noqa: F401 - fixtures


def _opened(scene: Scene, value: float = 59.1) -> None:
    scene.write((10, value))
    scene.judge()


def test_the_responsible_authority_is_told_in_plain_words(mailbox: Mailbox, scene: Scene):
    rule = scene.rule(title="Niedriger Grundwasserstand", advice="Bitte Entnahme am Hafen stoppen.\nTelefon 0541 323-0")
    _opened(scene)
    assert scene.deliver() == 0
    letter = mailbox.take()[0]
    assert (letter.to, letter.subject.rpartition("] ")[2]) == (AUTHORITY, "Warnung: Niedriger Grundwasserstand")
    for part in (
        "Gemessen wurde: Grundwasserstand, 59,1 m", "Was die Regel meldet: Wert unter 59,5 m", "Seit: ", "Wo: Messstelle Hafen",
        "Datensatz: Grundwasserstände", "Bitte Entnahme am Hafen stoppen.", f"/dataset/{scene.name}/warnungen/{rule['id']}",
    ):  # fmt: skip
        assert part in letter.text, letter.text
    # nobody reads a page that is not public, and the end is told only to those who want it
    assert "offen für alle" not in letter.text
    scene.write((5, 60.0))
    scene.judge()
    assert scene.deliver() == 0
    assert mailbox.take() == []
    assert scene.log(rule) == ["rule_created", "opened", "mail_sent", "closed"]


def test_the_end_and_missing_values_are_told(mailbox: Mailbox, scene: Scene):
    scene.rule(kind="missing", period=20, tell_end=True)
    scene.deliver()
    letter = mailbox.take()[0]
    assert "Für diese Messreihe ist kein neuer Wert gekommen" in letter.text
    assert "Letzter Wert: " in letter.text
    assert "20 Minuten lang kein Wert" in letter.text
    scene.write((0, 60.0))
    scene.judge()
    scene.deliver()
    letter = mailbox.take()[0]
    assert letter.subject.rpartition("] ")[2] == "Warnung ist vorbei: Grundwasserstand"
    assert "Es kommen wieder neue Werte." in letter.text


def test_an_alert_that_is_over_before_its_mail_is_one_mail(mailbox: Mailbox, scene: Scene):
    scene.rule(tell_end=True)
    scene.write((10, 59.0), (5, 60.0))
    scene.judge()
    assert scene.states() == ["closed"]
    scene.deliver()
    letters = mailbox.take()
    assert [letter.subject.rpartition("] ")[2] for letter in letters] == ["Warnung, schon vorbei: Grundwasserstand"]
    assert "Dauer: 5 Minuten" in letters[0].text


def test_a_mail_server_that_is_away_loses_nothing(mailbox: Mailbox, scene: Scene):
    rule = scene.rule()
    mailbox.refuses = True
    _opened(scene)
    assert scene.deliver() == 1
    # not at once again
    assert scene.deliver() == 0
    assert scene.deliver(minutes=2) == 1
    mailbox.refuses = False
    assert scene.deliver(minutes=10) == 0
    assert [letter.to for letter in mailbox.take()] == [AUTHORITY]
    assert scene.deliver(minutes=60 * 24) == 0
    assert mailbox.take() == []
    assert scene.log(rule) == ["rule_created", "opened", "mail_failed", "mail_sent"]


def test_the_background_job_sends_what_an_action_has_found(mailbox: Mailbox, scene: Scene):
    scene.write((10, 59.0))
    scene.rule()
    SimpleWorker([jobs.get_queue()], connection=jobs.get_queue().connection).work(burst=True)
    assert [letter.to for letter in mailbox.take()] == [AUTHORITY]


def test_quiet_hours_put_mails_off_and_nothing_else(mailbox: Mailbox, program: Program, scene: Scene):
    local = scene.now.astimezone(keeping.zone())
    begin, end = (local - timedelta(hours=1)).strftime("%H:%M"), (local + timedelta(hours=2)).strftime("%H:%M")
    rule = scene.rule(quiet_from=begin, quiet_to=end, webhook=program.url, webhook_key="leitstelle")
    _opened(scene)
    scene.deliver()
    assert (scene.states(), mailbox.take(), len(program.take())) == (["open"], [], 1)
    # the quiet hours of the rule as it is now count
    f.act("alert_rule_patch", scene.editor, id=rule["id"], quiet_to=(local + timedelta(hours=3)).strftime("%H:%M"))
    scene.deliver(minutes=150)
    assert mailbox.take() == []
    scene.deliver(minutes=181)
    assert [letter.to for letter in mailbox.take()] == [AUTHORITY]


def test_many_alerts_are_one_mail_and_a_day_has_an_end(mailbox: Mailbox, scene: Scene, monkeypatch: pytest.MonkeyPatch):
    for number in range(5):
        scene.rule(title=f"Regel {number}")
    _opened(scene)
    scene.deliver()
    letters = mailbox.take()
    assert [letter.subject.rpartition("] ")[2] for letter in letters] == ["5 Warnungen"]
    assert all(f"- Regel {number}, Wert unter 59,5 m, 59,1 m" in letters[0].text for number in range(5))
    monkeypatch.setitem(tk.config, "ckanext.datenplattform.timeseries.alert_mails_per_day", 1)
    scene.rule(title="Noch eine")
    scene.deliver()
    assert mailbox.take() == []
    scene.deliver(minutes=60 * 24)
    assert [letter.subject.rpartition("] ")[2] for letter in mailbox.take()] == ["Warnung: Noch eine"]


def test_a_rule_that_flutters_sends_so_many_mails_a_day(mailbox: Mailbox, scene: Scene):
    scene.rule(mails_per_day=2)
    for minutes in range(20, 2, -4):
        scene.write((minutes, 59.0), (minutes - 2, 60.0))
        scene.judge()
        scene.deliver()
    assert scene.states() == ["closed"] * 5
    assert len(mailbox.take()) == 2
    # the other three the next day: two, and the third the day after
    scene.deliver(minutes=60 * 24)
    assert len(mailbox.take()) == 2
    scene.deliver(minutes=60 * 48)
    assert len(mailbox.take()) == 1


def test_what_nobody_wants_any_more_is_not_sent(mailbox: Mailbox, scene: Scene):
    first, second = scene.rule(), scene.rule()
    _opened(scene)
    f.act("alert_rule_patch", scene.editor, id=first["id"], recipients=["andere@example.org"])
    f.act("alert_rule_delete", scene.editor, id=second["id"])
    scene.deliver()
    assert mailbox.take() == []


def test_a_webhook_is_signed_and_told_of_everything(program: Program, scene: Scene):
    rule = scene.rule(webhook=program.url, webhook_key="leitstelle", recipients=[])
    _opened(scene)
    assert scene.deliver() == 0
    f.act("alert_acknowledge", scene.editor, id=scene.alerts()[0]["id"], note="Firma kommt")
    scene.write((5, 60.0))
    scene.judge()
    assert scene.deliver() == 0
    calls = program.take()
    told = [json.loads(body) for _, body in calls]
    assert [item["type"] for item in told] == ["alert.opened", "alert.acknowledged", "alert.closed"]
    assert (told[0]["data"]["value"], told[0]["data"]["unit"], told[0]["data"]["rule"]["id"]) == (59.1, "m", rule["id"])
    assert told[2]["data"]["alert"]["reason"] == "recovered"
    # what colleagues write stays among them
    assert b"Firma" not in calls[1][1]
    for headers, body in calls:
        # as a receiver does, by the standard's own words
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = hmac.new(base64.b64decode(KEY.removeprefix("whsec_")), signed, hashlib.sha256).digest()
        assert headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
        assert abs(int(headers["webhook-timestamp"]) - datetime.now().timestamp()) < 300
    assert len({headers["webhook-id"] for headers, _ in calls}) == 3
    assert scene.log(rule).count("webhook_sent") == 3


def test_a_webhook_is_tried_again_in_order_and_given_up_in_the_end(program: Program, scene: Scene):
    rule = scene.rule(webhook=program.url, webhook_key="leitstelle", recipients=[])
    program.answer = 500
    scene.write((10, 59.0), (5, 60.0))
    scene.judge()
    assert scene.deliver() == 1
    program.answer = 204
    assert scene.deliver(minutes=2) == 0
    calls = program.take()
    assert [json.loads(body)["type"] for _, body in calls] == ["alert.opened", "alert.opened", "alert.closed"]
    # the same message, so that the program can tell
    assert calls[0][0]["webhook-id"] == calls[1][0]["webhook-id"] != calls[2][0]["webhook-id"]
    program.answer, later = 500, 10.0
    scene.write((3, 59.0))
    scene.judge()
    for pause in (0, *PAUSES):
        later += pause + 1
        assert scene.deliver(minutes=later) == 1
    assert scene.deliver(minutes=later + 10**5) == 0
    assert len(program.take()) == len(PAUSES) + 1
    assert scene.log(rule)[-1] == "webhook_failed_for_good"


def test_a_webhook_reaches_no_inner_address_and_follows_no_redirect(program: Program, scene: Scene, monkeypatch: pytest.MonkeyPatch):
    rule = scene.rule(webhook=program.url, webhook_key="leitstelle", recipients=[])
    other = Program()
    program.answer, program.location = 302, other.url
    _opened(scene)
    assert scene.deliver() == 1
    assert (len(program.take()), other.take()) == (1, [])
    other.server.shutdown()
    other.server.server_close()
    # what the operator no longer allows is not called, although the rule still has it
    program.answer, program.location = 204, ""
    monkeypatch.setitem(tk.config, "ckanext.datenplattform.core.http.allowed_hosts", "")
    assert scene.deliver(minutes=5) == 1
    assert program.take() == []
    assert "webhook_sent" not in scene.log(rule)


def test_the_key_is_in_no_answer_no_log_and_no_table(
    program: Program, scene: Scene, caplog: pytest.LogCaptureFixture, mailbox: Mailbox
):
    caplog.set_level(logging.DEBUG)
    rule = scene.rule(webhook=program.url, webhook_key="leitstelle")
    program.answer = 500
    mailbox.refuses = True
    _opened(scene)
    assert scene.deliver() == 2
    shown = json.dumps([f.act("alert_rule_show", scene.editor, id=rule["id"]), f.act("alert_log_list", scene.editor, id=rule["id"])])
    for secret in (KEY, KEY.removeprefix("whsec_"), "kanarikanari"):
        assert secret not in shown
        assert secret not in caplog.text
    # mail.log: the mail server of this test
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name != "mail.log")
    # the address of a webhook may be a key itself, and that of a person is nobody's business
    assert "marke=geheim" not in ours
    assert AUTHORITY not in ours
    assert "marke=geheim" not in json.dumps(f.act("alert_log_list", scene.editor, id=rule["id"]))


def test_two_who_deliver_at_once_send_each_message_once(app: Any, mailbox: Mailbox, program: Program, scene: Scene):
    for number in range(3):
        scene.rule(title=f"Regel {number}", webhook=program.url, webhook_key="leitstelle")
    _opened(scene)

    def deliver() -> None:
        with app.flask_app.test_request_context():
            scene.deliver()
            model.Session.remove()

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.deliver(minutes=1)
    assert (len(mailbox.take()), len(program.take())) == (3, 3)
    assert model.Session.query(Message).filter(Message.sent.is_(None)).count() == 0


@pytest.mark.parametrize("key", ["", "wenig", "whsec_kein base64", "whsec_a3Vyeg=="])
def test_a_key_that_protects_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, with_plugins: None, key: str):
    monkeypatch.setitem(tk.config, webhook.KEYS_PREFIX + "leitstelle", key)
    with pytest.raises(webhook.ConfigurationError) as refused:
        webhook.key("leitstelle")
    assert not key or key not in refused.value.message
