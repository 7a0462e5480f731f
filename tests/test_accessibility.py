"""Every page: nothing for axe to find and nothing wider than the window, large and small, light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.datenplattform.timeseries import shared as timeseries
from tests import factories
from tests.browser import findings, log_in

LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenverzeichnis der Stadt und aller ihrer Beteiligungen"


@pytest.fixture
def town(platform: None, tmp_path: Any) -> dict[str, Any]:
    """A published and an internal dataset, one before the board; a steward and the board."""
    unit = factories.unit("gruen", title="Fachdienst " + LONG[:60])
    steward = factories.editor_of(unit)
    members = factories.board()
    published = factories.published_dataset(unit, tmp_path, title="Bäume", tag_string="Umwelt,Stadtgrün," + LONG[:60])
    running = factories.harvested(unit, tmp_path, remote_id="2", title=LONG)["id"]
    case = factories.act("review_submit", steward["name"], package_id=running)
    internal = factories.dataset(unit, steward["name"], title="Noch intern", notes="")
    factories.act("dataspace_create", name="raum", title=LONG, purpose=LONG, owner_org=unit["name"])
    factories.act("dataspace_dataset_add", dataspace="raum", package_id=running)
    factories.act("dataspace_member_add", dataspace="raum", user=steward["name"], until="2999-01-01")
    rule = _watched(internal, steward["name"])
    author = members[0]["name"]
    paper = {"kind": "plan", "title": LONG, "valid_from": "2024-01-01"}
    factories.act("review_paper_create", author, text="## Ziel\n\n" + LONG, name="plan", **paper)
    factories.act("review_paper_version_create", author, id="plan", text="## Ziel\n\nKurz", **paper)
    factories.act("review_paper_cite", author, case_id=case["id"], paper="plan", version=1, note=LONG)
    milestone = factories.act("review_milestone_create", author, title=LONG, due="2024-01-01", note=LONG)
    return {
        "milestone": milestone["id"], "rule": rule,
        "published": published, "running": running, "internal": internal["name"], "case": case["id"],
        "steward": steward["name"], "member": members[0]["name"], "unit": unit["name"],
    }  # fmt: skip


def _watched(dataset: dict[str, Any], steward: str) -> str:
    """A series with a rule that reports something, acknowledged; id of the rule."""
    table = factories.act("resource_create", steward, package_id=dataset["id"], name="Pegel", url="x", url_type="datastore")["id"]
    timeseries.ensure_table(table, [{"id": "value", "type": "numeric"}])
    timeseries.describe_streams(table, [timeseries.Stream(stream="pegel", name=LONG, thing=LONG, property="Wasserstand", unit="cm")])
    timeseries.write_rows(table, [["pegel", "2026-03-01T00:00:00Z", 1]], ["stream", "time", "value"])
    asked = {"resource_id": table, "stream": "pegel", "kind": "missing", "period": 60, "advice": LONG, "recipients": ["stelle@example.org"]}
    for title in (LONG, "Kurz"):
        rule = factories.act("alert_rule_create", steward, **asked, title=title)["id"]
    alert = factories.act("alert_list", steward, dataset=dataset["id"])[0]["id"]
    factories.act("alert_acknowledge", steward, id=alert, note=LONG)
    return rule


def _pages(town: dict[str, Any]) -> list[tuple[str | None, str, list[tuple[str, str]]]]:
    """(who, for whom in the picture's name, [(name, path)])."""
    published = town["published"]
    name, file = published["name"], published["resources"][0]["id"]
    return [
        (None, "citizen", [
            ("start", "/"), ("search", "/dataset/"), ("nothing-found", "/dataset/?q=gibtesnicht"),
            ("filtered", "/dataset/?res_format=CSV"), ("dataset", f"/dataset/{name}"),
            ("file", f"/dataset/{name}/resource/{file}"), ("units", "/organization/"),
            ("unit", f"/organization/{town['unit']}"), ("about", "/about"), ("login", "/user/login"),
            ("not-found", "/dataset/gibt-es-nicht"), ("no-stations", f"/vor-ort/{name}"), ("board-report", "/gremium/bericht"),
        ]),
        (town["steward"], "steward", [
            ("internal", f"/dataset/{town['internal']}"), ("in-review", f"/dataset/{town['running']}"),
            ("inventory", "/inventar"), ("import", "/inventar/import"), ("inventory-empty", "/inventar?q=gibtesnicht"),
            ("inventory-cards", "/inventar?view=cards"), ("inventory-filtered", "/inventar?q=intern&completeness=incomplete"),
            ("inventory-alike", "/inventar?q=Nohc"),
            ("due", "/inventar/faellig"), ("rounds", "/inventar/runden"), ("report", "/inventar/bericht"),
            ("requests", "/inventar/anfragen"),
            ("record", f"/inventar/{town['internal']}"), ("submit", f"/dataset/{town['internal']}/einreichen"),
            ("checked", f"/dataset/{town['running']}/geprueft"), ("alerts", f"/dataset/{town['internal']}/warnungen"),
            ("alert-new", f"/dataset/{town['internal']}/warnungen/neu"), ("alerts-mine", "/warnungen"),
            ("alert-rule", f"/dataset/{town['internal']}/warnungen/{town['rule']}"),
            ("change", f"/dataset/{name}/fassung/bearbeiten"),
            ("withdraw", f"/dataset/{name}/zurueckziehen"), ("new", "/dataset/new"),
            ("edit", f"/dataset/edit/{town['internal']}"), ("mine", "/dashboard/datasets"),
            ("standing-new", "/gremium/dauerfreigaben/neu"),
            ("dataspaces", "/datenraeume"), ("dataspace-new", "/datenraeume/neu"), ("dataspace", "/datenraeume/raum"),
            ("merge", f"/inventar/{town['internal']}/zusammenfuehren/{town['running']}"),
        ]),
        (town["member"], "board", [("agenda", "/gremium"), ("agenda-open", "/gremium?show=open"),
            ("agenda-decided", "/gremium?show=decided"), ("case", f"/gremium/{town['case']}"),
            ("recuse", f"/gremium/{town['case']}/befangen"),
            ("several", f"/gremium/abstimmen?case={town['case']}"),
            ("minutes", "/gremium/protokoll?since=2020-01-01"), ("minutes-wrong", "/gremium/protokoll?since=heute"),
            ("board-report", "/gremium/bericht"), ("standing", "/gremium/dauerfreigaben"),
            ("milestone", f"/gremium/meilensteine/{town['milestone']}"),
            ("papers", "/gremium/papiere"), ("paper", "/gremium/papiere/plan"), ("paper-old", "/gremium/papiere/plan?version=1"),
            ("paper-new", "/gremium/papiere/neu"), ("paper-version", "/gremium/papiere/plan/neue-fassung"),
        ]),
    ]  # fmt: skip


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (360, "light"), (1280, "dark")])
def test_all_pages(browser: Any, live_site: str, town: dict[str, Any], width: int, colours: Any):
    problems = []
    for user, who, places in _pages(town):
        context = browser.new_context(
            base_url=live_site, locale="de-DE", viewport={"width": width, "height": 800}, color_scheme=colours
        )
        page = context.new_page()
        if user:
            log_in(page, user)
        for name, path in places:
            answer = page.goto(path)
            if answer.status != (404 if name == "not-found" else 200):
                problems.append(f"{path} for {who}: {answer.status}")
            page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
            problems += findings(page, f"{who}-{name}-{width}-{colours}")
        context.close()
    assert problems == []
