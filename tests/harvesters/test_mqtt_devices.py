"""The table of devices: who may change it, what is checked, that it is recorded; and its pages."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.harvesters.mqtt import report
from tests import factories
from tests.browser import log_in, looked_at

from .mqtt_scene import assign, make

ACTIONS = {
    "mqtt_device_list": {},
    "mqtt_device_update": {"device": "baum-1", "rows": []},
    "mqtt_device_delete": {"device": "baum-1"},
    "mqtt_device_history_list": {},
    "mqtt_status_show": {},
}


@pytest.fixture
def source(unit: dict[str, Any]) -> dict[str, Any]:
    return make("mqtts://broker.example.org:8883", unit, "lorawan", "broker")


@pytest.mark.parametrize("action", ACTIONS)
def test_for_all_but_its_editors_the_source_never_was(source: dict[str, Any], unit: dict[str, Any], action: str):
    editor, stranger = factories.editor_of(unit), factories.editor_of(factories.unit())
    factories.act(action, editor["name"], source=source["name"], **ACTIONS[action])
    for user in (stranger["name"], factories.user()["name"], ""):
        with pytest.raises(tk.ObjectNotFound) as mine:
            factories.act(action, user, source=source["id"], **ACTIONS[action])
        with pytest.raises(tk.ObjectNotFound) as never:
            factories.act(action, user, source="gibt-es-nicht", **ACTIONS[action])
        assert str(mine.value) == str(never.value)


def test_every_change_is_recorded_with_who_did_it(source: dict[str, Any], unit: dict[str, Any]):
    editor = factories.editor_of(unit)
    row = {"field": "moisture", "dataset": "trees", "unit": "%"}
    for rows in ([row], [row], [row | {"factor": "0,1"}], []):
        factories.act("mqtt_device_update", editor["name"], source=source["id"], device="baum-1", rows=rows)

    history = factories.act("mqtt_device_history_list", editor["name"], source=source["id"])
    assert [(bool(entry["before"]), bool(entry["after"])) for entry in history] == [(True, False), (True, True), (False, True)]
    assert {entry["user_id"] for entry in history} == {editor["id"]}
    assert history[1]["after"][0]["factor"] == 0.1


def test_all_errors_are_told_at_their_field(source: dict[str, Any]):
    with pytest.raises(tk.ValidationError) as refused:
        factories.act(
            "mqtt_device_update",
            source=source["id"],
            device="baum-1",
            rows=[
                {"field": "a", "dataset": "Bäume!"},
                {"field": "b", "dataset": "trees", "factor": "0", "lon": "8"},
                {"field": "c", "dataset": "trees", "lon": "nan", "lat": "91", "name": "x" * 201},
                {"field": "", "dataset": ""},
                {"field": "d"},
            ],
        )
    rows: Any = refused.value.error_dict["rows"]
    assert [sorted(row) for row in rows] == [["dataset"], ["factor", "lat"], ["lat", "lon", "name"], [], ["dataset"]]
    assert factories.act("mqtt_device_list", source=source["id"])["devices"] == []


@pytest.mark.parametrize("rows", ["x", [1], None, [{"field": "a", "dataset": "b"}] * 201])
def test_what_is_no_table_is_refused(source: dict[str, Any], rows: Any):
    with pytest.raises(tk.ValidationError):
        factories.act("mqtt_device_update", source=source["id"], device="baum-1", rows=rows)


def test_lists_of_what_strangers_send_stay_short(source: dict[str, Any]):
    for start in range(0, 1200, 300):
        outcome = report.Outcome()
        for number in range(start, start + 300):
            outcome.strange(f"geraet-{number}", {"v": "1"})
            outcome.problem("The message is not JSON.", f"x/{number}", b"?")
        report.note(source["id"], outcome)

    assert len(report.unknown(source["id"], 10_000)) <= report.MOST_UNKNOWN
    assert len(report.problems(source["id"], 10_000)) <= report.MOST_PROBLEMS
    assert report.status(source["id"])["unknown"] == 1200


def test_the_form_keeps_what_was_entered_and_saves_it(app: Any, source: dict[str, Any], unit: dict[str, Any]):
    editor = factories.editor_of(unit)
    token = factories.act("api_token_create", editor["name"], user=editor["name"], name="t", expires_in=1, unit=86400)["token"]
    headers = {"Authorization": token}
    outcome = report.Outcome(received=1)
    outcome.strange("baum-7", {"soil.moisture": "21.5"})
    outcome.problem("The message is not JSON.", "v3/<script>", b"<script>alert(1)</script>")
    report.note(source["id"], outcome)

    page = app.get(f"/harvest/mqtt/{source['name']}", headers=headers, status=200).body
    assert "Unbekannte Geräte" in page
    assert "<script>alert(1)" not in page
    form = f"/harvest/mqtt/{source['name']}/device"
    assert "soil.moisture" in app.get(f"{form}?device=baum-7", headers=headers, status=200).body

    bad = app.post(form, headers=headers, data={"device": "baum-7", "field": "soil.moisture", "dataset": "Bäume", "unit": "Prozent"})
    assert "Es wurde noch nichts gespeichert" in bad.body
    assert 'value="Prozent"' in bad.body
    good = app.post(form, headers=headers, data={"device": "baum-7", "field": "soil.moisture", "dataset": "trees", "unit": "%"})
    assert "ist gespeichert" in good.body
    assert "soil.moisture → trees" in good.body

    assert app.get(f"/harvest/mqtt/{source['name']}", status=404)


def test_the_datasets_follow_the_table(source: dict[str, Any]):
    from .conftest import datasets, errors, run

    assign(source, "baum-1")
    assign(source, "zaehler-1", "count", "traffic", property="Fahrräder", unit="1")
    assert errors(run(source)) == []
    found = datasets(source)
    assert set(found) == {"trees", "traffic"}
    assert all(dataset["private"] for dataset in found.values())
    assert [resource["format"] for resource in found["trees"]["resources"]] == ["CSV", "GeoJSON"]


def test_the_pages_are_for_everybody(page: Any, source: dict[str, Any], unit: dict[str, Any]):
    """By keyboard and by axe, at 1280 and 360 pixels."""
    editor = factories.editor_of(unit)
    assign(source, "baum-1")
    outcome = report.Outcome(received=2)
    outcome.strange("baum-7", {"soil.moisture": "21.5", "battery": "3.61"})
    outcome.problem("The message is not JSON.", "v3/gruen@ttn/devices/baum-9/up", b"<kaputt>")
    report.note(source["id"], outcome)
    log_in(page, editor["name"])
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"/harvest/mqtt/{source['name']}")
        looked_at(page, f"mqtt-devices-{width}")
        page.goto(f"/harvest/mqtt/{source['name']}/device?device=baum-7")
        looked_at(page, f"mqtt-device-{width}")

    page.get_by_label("Datensatz").first.fill("baeume")
    page.get_by_label("Datensatz").first.press("Enter")
    page.get_by_text("ist gespeichert").wait_for()
