"""Rules on real series: what opens and closes an alert, who may make rules, what stands in the log."""

from __future__ import annotations

import os
import threading
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.timeseries import shared
from ckanext.datenplattform.timeseries.alerts import follow, run
from tests import factories as f
from tests.timeseries.alerts_scene import Scene, scene  # noqa: F401 - a fixture


def test_a_value_below_the_limit_opens_and_one_above_closes(scene: Scene):
    rule = scene.rule(margin=0.2)
    assert (rule["state"], rule["condition"], rule["unit"]) == ("calm", "Wert unter 59,5 m", "m")
    scene.write((15, 59.1))
    scene.judge()
    assert scene.states() == ["open"]
    found = scene.alerts()[0]
    assert (found["value"], found["place"], found["dataset"]) == (59.1, "Messstelle Hafen", scene.name)
    # not back by the margin yet, and nothing new
    scene.write((10, 59.6))
    scene.judge()
    scene.judge()
    assert scene.states() == ["open"]
    scene.write((5, 59.7), (4, 59.2))
    scene.judge()
    assert scene.states() == ["closed", "open"]
    assert scene.log(rule) == ["rule_created", "opened", "closed", "opened"]


def test_what_is_so_already_is_reported_at_once(scene: Scene):
    scene.write((10, 58.0))
    assert scene.rule()["state"] == "open"
    assert scene.rule(kind="above")["state"] == "calm"


def test_history_that_is_filled_in_is_not_reported(scene: Scene):
    scene.rule()
    scene.write((60 * 24 * 40, 58.0), (60 * 24 * 39, 58.0), (60 * 24 * 38, 60.0))
    scene.judge()
    scene.write((5, 60.0))
    scene.judge()
    assert scene.states() == []


def test_minimum_duration_and_values_that_come_late(scene: Scene):
    scene.rule(duration=30)
    scene.write((20, 59.0))
    scene.judge()
    assert scene.states() == []
    # a gateway was away: what it brings is older than what was judged
    scene.write((50, 59.0), (40, 59.0), (45, 59.0), (30, 59.0))
    scene.judge()
    assert scene.states() == ["open"]


def test_a_corrected_value_ends_an_alert_that_was_none(scene: Scene):
    rule = scene.rule()
    scene.write((10, 5.9))
    scene.judge()
    assert scene.states() == ["open"]
    scene.write((10, 60.0))
    scene.judge()
    assert [(alert["state"], alert["reason"]) for alert in scene.alerts()] == [("closed", "corrected")]
    # a late value of the past, before what came since, tells nothing
    scene.write((35, 59.0))
    scene.judge()
    assert scene.states() == ["closed"]
    assert scene.log(rule) == ["rule_created", "opened", "closed"]


def test_a_clock_that_runs_ahead_is_not_believed(scene: Scene):
    scene.rule()
    scene.write((-60 * 24 * 365, 1.0))
    scene.judge()
    assert scene.states() == []
    scene.write((5, 59.0))
    scene.judge()
    assert scene.states() == ["open"]


def test_no_number_is_no_value(scene: Scene):
    scene.rule(kind="missing", period=60, threshold=None)
    scene.rule()
    scene.write((10, float("nan")), (5, float("nan")))
    scene.judge()
    assert scene.states() == []
    scene.judge(minutes=31)
    assert [(alert["state"], alert["value"]) for alert in scene.alerts()] == [("open", None)]


def test_missing_values_are_seen_by_the_clock(scene: Scene):
    scene.rule(kind="missing", period=40, threshold=None)
    scene.judge(minutes=9)
    assert scene.states() == []
    scene.judge(minutes=10)
    scene.judge(minutes=20)
    assert scene.states() == ["open"]
    scene.write((-15, 60.0))
    scene.judge(minutes=20)
    assert scene.states() == ["closed"]


def test_what_waits_for_the_board_is_not_missing(scene: Scene):
    scene.rule(kind="missing", period=40, threshold=None)
    f.act("inventory_record_patch", id=scene.id, personal_data="none", openness="open")
    f.submit_and_vote(scene.id, scene.editor, f.board())
    scene.write((-10, 58.0))
    assert shared.waiting_summary(scene.resource)[0]["rows"] == 1
    scene.judge(minutes=20)
    assert scene.states() == []


def test_a_fast_change(scene: Scene):
    scene.rule(kind="change", threshold=0.5, period=30, direction="fall")
    scene.write((25, 61.0), (20, 60.9))
    scene.judge()
    assert scene.states() == []
    scene.write((10, 60.4))
    scene.judge()
    assert scene.states() == ["open"]
    scene.write((-25, 60.4))
    scene.judge(minutes=30)
    assert scene.states() == ["closed"]


def test_a_rule_is_changed_switched_off_and_deleted(scene: Scene):
    rule = scene.rule()
    scene.write((10, 59.0))
    scene.judge()
    changed = f.act("alert_rule_patch", scene.editor, id=rule["id"], threshold=58.0, title="Trockenheit")
    assert (changed["state"], changed["title"], changed["recipients"]) == ("calm", "Trockenheit", rule["recipients"])
    assert scene.alerts()[0]["reason"] == "changed"
    assert f.act("alert_rule_patch", scene.editor, id=rule["id"], threshold=59.5)["state"] == "open"
    assert f.act("alert_rule_patch", scene.editor, id=rule["id"], enabled=False)["state"] == "off"
    scene.write((5, 50.0))
    scene.judge()
    assert scene.states() == ["closed", "closed"]
    assert f.act("alert_rule_patch", scene.editor, id=rule["id"], enabled=True)["state"] == "open"
    # what does not change the question changes no alert
    assert f.act("alert_rule_patch", scene.editor, id=rule["id"], advice="Pumpe prüfen")["state"] == "open"
    f.act("alert_rule_delete", scene.editor, id=rule["id"])
    assert f.act("alert_rule_list", scene.editor, dataset=scene.name) == []
    scene.judge()
    for action in ("alert_rule_show", "alert_rule_patch", "alert_rule_delete", "alert_log_list"):
        with pytest.raises(tk.ObjectNotFound):
            f.act(action, scene.editor, id=rule["id"])


def test_a_deleted_dataset_reports_nothing(scene: Scene):
    rule = scene.rule()
    f.act("package_delete", scene.editor, id=scene.id)
    shared.write_rows(scene.resource, [["gw-3", scene.now, 1]], ["stream", "time", "value"])
    scene.judge()
    assert f.act("alert_list", scene.editor) == []
    with pytest.raises(tk.ObjectNotFound):
        f.act("alert_rule_show", scene.editor, id=rule["id"])


def test_a_person_acknowledges(scene: Scene):
    rule = scene.rule()
    scene.write((10, 59.0))
    scene.judge()
    alert = scene.alerts()[0]
    done = f.act("alert_acknowledge", scene.editor, id=alert["id"], note="Pumpe ist aus, Firma kommt.")
    assert (done["state"], done["note"]) == ("acknowledged", "Pumpe ist aus, Firma kommt.")
    assert done["acknowledged_by"] == f.act("user_show", id=scene.editor)["display_name"]
    with pytest.raises(tk.ValidationError):
        f.act("alert_acknowledge", scene.editor, id=alert["id"], note="Noch einmal")
    assert f.act("alert_rule_show", scene.editor, id=rule["id"])["state"] == "acknowledged"
    scene.write((5, 60.0))
    scene.judge()
    assert (scene.alerts()[0]["state"], scene.alerts()[0]["note"]) == ("closed", done["note"])
    assert scene.log(rule) == ["rule_created", "opened", "acknowledged", "closed"]


def test_a_preview_of_the_last_month_stores_nothing(scene: Scene):
    scene.write(*[(60 * 24 * day, 59.0) for day in (20, 10, 2)], *[(60 * 24 * day - 60, 60.0) for day in (20, 10, 2)], (60 * 24 * 40, 1))
    asked: dict[str, Any] = {"resource_id": scene.resource, "stream": "gw-3", "kind": "below", "threshold": 59.5}
    found = f.act("alert_rule_preview", scene.editor, **asked)
    assert (found["days"], found["count"]) == (30, 3)
    assert found["alerts"][0]["opened"] > found["alerts"][1]["opened"]
    assert all(alert["closed"] for alert in found["alerts"])
    assert f.act("alert_rule_preview", scene.editor, **{**asked, "threshold": 1})["count"] == 0
    assert f.act("alert_rule_preview", scene.editor, **{**asked, "kind": "missing", "period": 60 * 24 * 5})["count"] == 2
    assert f.act("alert_rule_list", scene.editor, dataset=scene.name) == []


def test_only_who_edits_the_dataset(scene: Scene):
    rule = scene.rule()
    scene.write((10, 59.0))
    scene.judge()
    alert = scene.alerts()[0]["id"]
    colleague, member = f.editor_of(f.unit("andere"))["name"], f.editor_of(scene.unit, "member")["name"]
    calls: list[tuple[str, dict[str, Any]]] = [
        ("alert_rule_show", {"id": rule["id"]}), ("alert_rule_patch", {"id": rule["id"], "threshold": 1}),
        ("alert_rule_delete", {"id": rule["id"]}), ("alert_log_list", {"id": rule["id"]}),
        ("alert_rule_list", {"dataset": scene.name}), ("alert_list", {"dataset": scene.id}), ("alert_acknowledge", {"id": alert}),
        ("alert_rule_preview", {"resource_id": scene.resource, "stream": "gw-3", "kind": "below", "threshold": 1}),
        ("alert_rule_create", {"resource_id": scene.resource, "stream": "gw-3", "kind": "below", "threshold": 1}),
    ]  # fmt: skip
    for action, data in calls:
        for person in (colleague, member):
            with pytest.raises(tk.NotAuthorized):
                f.act(action, person, **data)
    # who may not know of the dataset learns nothing
    f.act("inventory_record_patch", id=scene.id, confidentiality="high")
    for action, data in calls:
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)) as refused:
            f.act(action, colleague, **data)
        assert refused.type is tk.ObjectNotFound, action
        with pytest.raises(tk.NotAuthorized):
            f.anonymous(action, **data)
    assert f.act("alert_list", colleague) == f.act("alert_rule_list", colleague) == []
    assert [item["id"] for item in f.act("alert_rule_list", scene.editor)] == [rule["id"]]
    assert f.act("alert_rule_show", scene.editor, id=rule["id"])["threshold"] == 59.5


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("threshold", {"threshold": "viel"}), ("threshold", {"threshold": None}), ("threshold", {"threshold": float("nan")}),
    ("period", {"kind": "missing"}), ("period", {"kind": "change"}), ("threshold", {"kind": "change", "period": 5, "threshold": -1}),
    ("margin", {"margin": -1}), ("margin", {"kind": "change", "period": 5, "threshold": 1, "margin": 2}), ("kind", {"kind": "near"}),
    ("duration", {"duration": 10**6}), ("quiet_to", {"quiet_from": "22:00"}),
    ("quiet_to", {"quiet_from": "22:00", "quiet_to": "22:00"}), ("quiet_from", {"quiet_from": "25:00", "quiet_to": "06:00"}),
    ("recipients", {"recipients": ["kein Briefkasten"]}), ("recipients", {"recipients": [f"a{n}@example.org" for n in range(6)]}),
    ("recipients", {"recipients": ["a@example.org\nBcc: b@example.org"]}), ("stream", {"stream": "gibt-es-nicht"}),
    ("mails_per_day", {"mails_per_day": 0}), ("webhook", {"webhook": "http://10.0.0.1/", "webhook_key": "x"}),
    ("webhook", {"webhook": "ftp://example.org/"}), ("webhook", {"webhook": "https://name:wort@example.org/"}),
    ("webhook_key", {"webhook": "https://example.org/"}), ("webhook_key", {"webhook": "https://example.org/", "webhook_key": "fehlt"}),
    ("webhook_key", {"webhook_key": "a b"}),
]  # fmt: skip


def test_a_rule_that_makes_no_sense_is_refused(scene: Scene, subtests: Any):
    for field, data in NONSENSE:
        with subtests.test(field=field, data=data):
            with pytest.raises(tk.ValidationError) as refused:
                scene.rule(**data)
            assert list(refused.value.error_dict) == [field]


def test_a_series_without_numbers_can_only_be_missed(scene: Scene):
    made = f.act("resource_create", scene.editor, package_id=scene.id, name="Zustand", url="x", url_type="datastore")["id"]
    shared.ensure_table(made, [{"id": "value", "type": "text"}])
    shared.write_rows(made, [["tor", scene.now, "offen"]], ["stream", "time", "value"])
    with pytest.raises(tk.ValidationError):
        scene.rule(resource_id=made, stream="tor")
    assert scene.rule(resource_id=made, stream="tor", kind="missing", period=60)["state"] == "calm"


def test_two_who_judge_at_once_open_one_alert(app: Any, scene: Scene):
    rule = scene.rule()
    scene.write((10, 59.0))

    def judge() -> None:
        with app.flask_app.app_context():
            follow.run([scene.resource])
            model.Session.remove()

    threads = [threading.Thread(target=judge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scene.judge()
    assert scene.states() == ["open"]
    assert scene.log(rule) == ["rule_created", "opened"]


def test_a_table_that_was_made_again_is_judged_anew(scene: Scene):
    scene.rule()
    f.act("datastore_delete", resource_id=scene.resource, force=True)
    shared.ensure_table(scene.resource, [{"id": "value", "type": "numeric"}])
    scene.judge()
    scene.write((10, 59.0))
    scene.judge()
    assert scene.states() == ["open"]


def test_the_process_hears_of_new_rows_at_once(app: Any, scene: Scene):
    """With a look at all rules only once an hour, the alert opens because writing was told."""
    scene.rule()
    reading, writing = os.pipe()
    ended: list[bool] = []
    looked = threading.Event()

    def process() -> None:
        with app.flask_app.test_request_context():
            run.forever(3600, lambda: bool(ended), reading, looked.set)

    thread = threading.Thread(target=process)
    thread.start()
    try:
        assert looked.wait(30)
        scene.write((10, 59.0))
        for _ in range(300):
            if scene.states():
                break
            model.Session.rollback()
            looked.clear()
            looked.wait(0.1)
        assert scene.states() == ["open"]
    finally:
        ended.append(True)
        os.write(writing, b".")
        thread.join(timeout=30)
    assert not thread.is_alive()
