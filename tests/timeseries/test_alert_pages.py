"""The pages of alerts as an editor uses them, and the command that a timer calls."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.datenplattform.core.cli import datenplattform
from tests import factories as f
from tests.timeseries.alerts_scene import Scene, scene  # noqa: F401 - a fixture


def _headers(user: str) -> dict[str, str]:
    return {"Authorization": f.act("api_token_create", user, user=user, name="seiten")["token"]}


def test_from_a_preview_to_the_log(app: Any, scene: Scene):
    scene.write(*[(60 * 24 * day, 59.0) for day in (20, 10)], *[(60 * 24 * day - 60, 60.0) for day in (20, 10)])
    me, stranger, base = _headers(scene.editor), _headers(f.editor_of(f.unit("andere"))["name"]), f"/dataset/{scene.name}/warnungen"
    assert f'href="{base}"' in app.get(f"/dataset/{scene.name}", headers=me).text
    assert "Es gibt noch keine Regel." in app.get(base, headers=me).text
    assert "Messstelle Hafen, Grundwasserstand (m)" in app.get(f"{base}/neu", headers=me).text
    for path in (base, f"{base}/neu", "/dataset/gibt-es-nicht/warnungen"):
        app.get(path, headers=stranger, status=404)
        app.get(path, status=404)
    form = {"series": f"{scene.resource}/gw-3", "kind": "below", "threshold": "59,5", "duration": "", "period": "", "margin": "0,1",
            "recipients": "wasser@example.org", "mails_per_day": "3", "advice": "Pumpe prüfen"}  # fmt: skip
    seen = app.post(f"{base}/neu", headers=me, data={**form, "do": "preview"}).text
    assert "In den letzten 30 Tagen hätte diese Regel 2-mal gemeldet." in seen
    assert 'value="59,5"' in seen
    assert "Pumpe prüfen" in seen
    wrong = app.post(f"{base}/neu", headers=me, data={**form, "threshold": "viel", "do": "save"}).text
    assert "Es wurde noch nichts gespeichert." in wrong
    assert 'value="viel"' in wrong
    assert f.act("alert_rule_list", scene.editor) == []
    saved = app.post(f"{base}/neu", headers=me, data={**form, "do": "save"}, follow_redirects=False)
    rule = f.act("alert_rule_list", scene.editor)[0]
    assert saved.headers["Location"].endswith(f"{base}/{rule['id']}")
    assert (rule["threshold"], rule["margin"], rule["recipients"]) == (59.5, 0.1, ["wasser@example.org"])
    page = f"{base}/{rule['id']}"
    app.get(page, headers=stranger, status=404)
    app.post(f"{page}/tun", headers=stranger, data={"deed": "delete"}, status=404)
    other = f.dataset(scene.unit, scene.editor)["name"]
    app.get(f"/dataset/{other}/warnungen/{rule['id']}", headers=me, status=404)

    scene.write((10, 59.1))
    scene.judge()
    assert "59,1 m" in app.get("/warnungen", headers=me).text
    assert "59,1 m" not in app.get("/warnungen", headers=stranger).text
    app.get("/warnungen", status=404)
    alert = scene.alerts()[0]["id"]
    app.post(f"{page}/tun", headers=me, data={"deed": "acknowledge", "alert": alert, "note": "<b>Firma</b> kommt"}, follow_redirects=False)
    again = app.post(f"{page}/tun", headers=me, data={"deed": "acknowledge", "alert": alert, "note": "Noch eine"}).text
    assert "Diese Warnung hat schon jemand übernommen." in again
    shown = app.get(page, headers=me).text
    assert "&lt;b&gt;Firma&lt;/b&gt; kommt" in shown
    for words in ("Regel angelegt", "Warnung begann", "Warnung übernommen", "Endet, wenn der Wert um 0,1 m zurückgegangen ist."):
        assert words in shown

    stored = app.get(f"{page}/aendern", headers=me).text
    assert 'value="59,5"' in stored
    changed = {**form, "threshold": "58", "period": "", "duration": "2", "duration_unit": "60", "do": "save"}
    app.post(f"{page}/aendern", headers=me, data=changed, follow_redirects=False)
    now = f.act("alert_rule_show", scene.editor, id=rule["id"])
    assert (now["threshold"], now["duration"], now["state"]) == (58.0, 120, "calm")
    assert "die Regel wurde geändert" in app.get(page, headers=me).text
    for deed, state in (("off", "off"), ("on", "calm")):
        app.post(f"{page}/tun", headers=me, data={"deed": deed}, follow_redirects=False)
        assert f.act("alert_rule_show", scene.editor, id=rule["id"])["state"] == state
    app.post(f"{page}/tun", headers=me, data={"deed": "wish"}, status=404)
    app.post(f"{page}/tun", headers=me, data={"deed": "delete"}, follow_redirects=False)
    app.get(page, headers=me, status=404)


def test_a_timer_can_do_it(cli: Any, scene: Scene):
    scene.rule(recipients=[])
    scene.write((10, 59.0))
    done = cli.invoke(datenplattform, ["alerts", "run", "--once"], catch_exceptions=False)
    assert (done.exit_code, scene.states()) == (0, ["open"])
    assert "Regeln, die nicht geprüft werden konnten: 0" in done.output
    assert tk.config["ckan.locale_default"] == "de"
