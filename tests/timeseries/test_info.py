"""The page on the spot: what it says, how little it needs, who sees it; and its codes to print."""

from __future__ import annotations

import io
import itertools
import math
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pypdf import PdfReader

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core.observed import words
from ckanext.datenplattform.timeseries import shared, store
from ckanext.datenplattform.timeseries.forecast import run as forecasting
from ckanext.datenplattform.timeseries.forecast.records import ForecastDay
from ckanext.datenplattform.timeseries.info import chart, stations
from ckanext.datenplattform.timeseries.shared import Stream
from tests import factories
from tests.browser import findings

MOST_BYTES = 100_000
NAMES = ["stream", "time", "value"]
FIELDS = [{"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"}]
FINITE = st.floats(-1e9, 1e9)
EVIL = "<script>alert(1)</script>"


@given(FINITE, FINITE)
@example(0.0, 5e-324)
@example(1e9, 1e9 + 1e-7)
@example(0.1, 0.1 + 1e-16)
def test_an_axis_has_few_round_numbers_around_its_values(one: float, other: float):
    low, high = sorted((one, other))
    marks = chart.ticks(low, high)
    assert 2 <= len(marks) <= 6
    assert marks == sorted(set(marks))
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert marks[0] <= low + slack
    assert marks[-1] >= high - slack


@given(st.lists(st.tuples(st.integers(0, 167), FINITE), min_size=1, max_size=168, unique_by=lambda point: point[0]))
def test_a_picture_stays_in_its_frame_and_breaks_where_hours_are_missing(found: list[tuple[int, float]]):
    begin = datetime(2026, 3, 23, tzinfo=timezone.utc)
    points = [(begin + timedelta(hours=hour), value) for hour, value in sorted(found)]
    drawn = chart.line('"Pegel" <b>', points, begin, begin + timedelta(days=7), [(begin, "Mo")], str)
    assert "<b>" not in drawn
    hours = [hour for hour, _ in sorted(found)]
    assert drawn.count("<polyline") + drawn.count("<circle") == 1 + sum(b - a > 1 for a, b in itertools.pairwise(hours))
    for x, y in re.findall(r"(-?[\d.]+),(-?[\d.]+)", " ".join(re.findall(r'points="([^"]+)"', drawn))):
        assert 0 <= float(x) <= chart.WIDTH
        assert 0 <= float(y) <= chart.HEIGHT


def test_a_code_stays_when_all_but_the_source_s_name_changes():
    assert stations.code("urn:ngsi-ld:Tree:1") == stations.code("urn:ngsi-ld:Tree:1")
    assert re.fullmatch(r"[a-z2-7]{10}", stations.code("ü ber/alles,"))
    assert len({stations.code(str(number)) for number in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    "data",
    [[{"below": 3}], [{"de": "x", "below": 5}, {"de": "y", "below": 3}], [{"de": "x"}, {"de": "y", "below": 3}], "frei",
     [{"de": "x", "free": "ja"}], [{"de": "x", "wenn": 3}], [{"de": "x", "below": 3, "states": ["a"]}], [None]],
)  # fmt: skip
def test_words_that_say_nothing_are_refused(data: Any):
    with pytest.raises(ValueError, match="words"):
        words(data)


def _station(name: str, streams: list[Stream], rows: list[list[Any]]) -> dict[str, str]:
    made = factories.dataset(factories.unit(), name=name, title=name.title(),
                             resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])  # fmt: skip
    resource = made["resources"][0]["id"]
    shared.ensure_table(resource, FIELDS)
    shared.describe_streams(resource, streams)
    shared.write_rows(resource, rows, NAMES)
    return {"package": made["id"], "resource": resource}


def _publish(package: str) -> None:
    access.publish(package, access.content_hash(package) or "", "decision-1")
    model.Session.commit()


@pytest.fixture
def world(platform: None) -> dict[str, Any]:
    """A published dataset: a tree with dry soil, a bay with a forecast, a counter that fell silent, and wind."""
    now = datetime.now(timezone.utc).replace(second=0, microsecond=0)
    times = [now - timedelta(minutes=5 + 30 * n) for n in range(48 * 8)]
    gap = (now - timedelta(hours=83), now - timedelta(hours=75))
    rows = [["baum", time, 90 + 10 * math.sin(time.timestamp() / 20_000)] for time in times if not gap[0] < time < gap[1]]
    rows += [["bucht", time, int(time.hour > 8)] for time in times[1:]] + [["bucht", times[0], 0]]
    rows += [["rad", time, time.hour] for time in times if now - time > timedelta(days=2)]
    rows += [["wind", time, 300 + time.hour] for time in times]
    made = _station("vor-ort-probe", [
        Stream(stream="baum", thing="Linde 17", name="Saugspannung", property="Saugspannung", unit="kPa", interval_seconds=1800),
        Stream(stream="bucht", thing="Stellplatz Markt " + EVIL, property="Belegung", kind="category", interval_seconds=1800),
        Stream(stream="rad", thing="Neumarkt", name="Fahrräder Richtung Wallhöfe", property="Fahrräder", unit="1", interval_seconds=1800),
        Stream(stream="wind", thing="Linde 17", property="Windrichtung", unit="deg", interval_seconds=1800),
    ], rows)  # fmt: skip
    day = now.date()
    model.Session.add_all(
        ForecastDay(resource_id=made["resource"], stream="bucht", horizon=horizon, day=day - timedelta(days=n), count=90, ours=9.0,
                    profile=18.0, as_now=15.0, pull=9.0, spread=18.0)
        for n in range(20) for horizon in (15, 30, 60)
    )  # fmt: skip
    model.Session.commit()
    forecasting.run()
    _publish(made["package"])
    return made


def _path(source_stream: str) -> str:
    return f"/vor-ort/vor-ort-probe/{stations.code(source_stream)}"


def _read(app: Any, source_stream: str) -> str:
    return app.get(_path(source_stream), status=200).get_data(as_text=True)


def test_the_page_says_in_plain_words_what_is_measured(app: Any, world: dict[str, Any]):
    tree = _read(app, "baum")
    assert "Linde 17" in tree
    assert "Der Boden ist trocken." in tree
    assert "kPa" in tree
    assert "vor 5 Minuten" in tree or "vor 6 Minuten" in tree
    assert "Stunden fehlen" in tree
    # both series of the tree, the one that was asked for first
    assert tree.index("Saugspannung") < tree.index("Windrichtung")
    assert "Nord" in tree.split("Windrichtung")[1]

    bay = _read(app, "bucht")
    assert ">frei<" in bay
    assert "Wie wahrscheinlich ist bald frei?" in bay
    assert "der Zeit frei" in bay
    assert EVIL not in bay
    assert "&lt;script&gt;" in bay

    counter = _read(app, "rad")
    assert "keine neuen Werte" in counter
    assert "vor 48 Stunden" in counter or "vor 2 Tagen" in counter
    assert "An diesen Tagen gibt es keine Werte" in counter
    assert "Am meisten: 552" in counter  # a whole day: two each hour, of 0 to 23
    assert "letzte einzelne Messung" in counter


def test_the_page_is_small_whole_and_needs_nothing_but_itself(app: Any, world: dict[str, Any]):
    for stream in ("baum", "bucht", "rad"):
        answer = app.get(_path(stream), status=200)
        html = answer.get_data(as_text=True)
        assert len(answer.get_data()) < MOST_BYTES
        assert "<script" not in html
        assert not re.search(r"(?:src|srcset|style)=|@import|url\(", html)
        assert [link for link in re.findall(r"<link[^>]*>", html) if 'href="data:,"' not in link] == []
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "no-cache" in answer.headers["Cache-Control"]


def test_the_week_comes_from_rollups_alone(app: Any, world: dict[str, Any]):
    """Ten million values cost what ten do: all single values but the last are gone, and the week stays."""
    shown = re.compile(r"<svg.*?</svg>|<table.*?</table>", re.DOTALL)
    before, table = shown.findall(_read(app, "baum")), world["resource"]
    with store.transaction() as cursor:
        cursor.execute(f'DELETE FROM "{table}" t WHERE time < (SELECT max(time) FROM "{table}" o WHERE o.stream = t.stream)')
        assert cursor.rowcount > 1000
    # the chart ends at the present minute: what is drawn is compared, not how far to the left
    left = re.compile(r'[\d.]+,|c?x[12]?="[\d.]+"')
    assert [left.sub("", piece) for piece in shown.findall(_read(app, "baum"))] == [left.sub("", piece) for piece in before]


def test_what_is_not_published_is_not_there_and_a_withdrawal_counts_at_once(app: Any, world: dict[str, Any]):
    _station("geheim", [Stream(stream="x", thing="Kanarienlinde", property="Wasserstand", unit="cm")], [["x", "2026-03-01T00:00:00Z", 1]])
    token = factories.act("api_token_create", user=factories.sysadmin()["name"], name="t")["token"]
    code = stations.code("x")
    hidden = [f"/vor-ort/geheim/{code}", f"/vor-ort/geheim/{code}/qr.svg", "/vor-ort/geheim", "/vor-ort/gibt-es-nicht",
              f"/vor-ort/vor-ort-probe/{code}", "/vor-ort/vor-ort-probe/%00", "/vor-ort/%00", _path("baum") + "/qr.gif"]  # fmt: skip
    for path in hidden:
        for headers in ({}, {"Authorization": token}):
            assert "Kanarienlinde" not in app.get(path, headers=headers, status=404).get_data(as_text=True)
    open_now = [_path("baum"), _path("baum") + "/qr.svg", "/vor-ort/vor-ort-probe"]
    for path in open_now:
        app.get(path, status=200)
    access.unpublish(world["package"])
    model.Session.commit()
    for path in open_now:
        app.get(path, status=404)


def test_codes_to_print_lead_to_the_page(app: Any, world: dict[str, Any]):
    listed = app.get("/vor-ort/vor-ort-probe", status=200).get_data(as_text=True)
    assert [name in listed for name in ("Linde 17", "Neumarkt", "Stellplatz Markt")] == [True] * 3
    assert listed.count("qr.pdf") == 3
    assert app.get("/vor-ort/vor-ort-probe?q=linde&page=9999", status=200).get_data(as_text=True).count("qr.pdf") == 1

    assert app.get(_path("baum") + "/qr.png", status=200).get_data().startswith(b"\x89PNG")
    assert "<path" in app.get(_path("baum") + "/qr.svg", status=200).get_data(as_text=True)
    (sheet,) = PdfReader(io.BytesIO(app.get(_path("baum") + "/qr.pdf", status=200).get_data())).pages
    said = sheet.extract_text()
    assert "Linde 17" in said
    assert stations.code("baum") in re.sub(r"\s", "", said)

    root = factories.sysadmin()
    token = factories.act("api_token_create", user=root["name"], name="t")["token"]
    mine = app.get("/dataset/vor-ort-probe", headers={"Authorization": token}, status=200).get_data(as_text=True)
    assert "QR-Codes zum Ausdrucken" in mine
    assert "QR-Codes zum Ausdrucken" not in app.get("/dataset/vor-ort-probe", status=200).get_data(as_text=True)


def test_one_request_in_a_browser_and_nothing_for_axe(browser: Any, live_site: str, world: dict[str, Any]):
    problems = []
    for width, colours in ((320, "light"), (360, "dark"), (1280, "light")):
        context = browser.new_context(base_url=live_site, locale="de-DE", viewport={"width": width, "height": 800}, color_scheme=colours)
        page = context.new_page()
        asked: list[str] = []
        told: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, told=told: told.append(message.text))
        for stream in ("baum", "bucht"):
            asked.clear()
            page.goto(_path(stream), wait_until="networkidle")
            assert [url for url in asked if not url.startswith("data:")] == [f"{live_site}{_path(stream)}"]
            page.evaluate("document.querySelectorAll('details').forEach(item => item.open = true)")
            problems += findings(page, f"station-{stream}-{width}-{colours}")
        page.goto("/vor-ort/vor-ort-probe")
        problems += findings(page, f"stations-{width}-{colours}")
        problems += [text for text in told if "Content Security" in text or "CSP" in text]
        context.close()
    assert problems == []
