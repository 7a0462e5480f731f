"""The map on a dataset's page, in a real browser: seen, by keyboard, without scripts, and with hostile titles."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest
import yaml

from ckanext.datenplattform.core import config
from ckanext.datenplattform.core import municipality as towns
from ckanext.datenplattform.theme import map_helpers
from tests import factories
from tests.browser import findings

SQUARE = {"type": "Polygon", "coordinates": [[[7.95, 52.22], [8.15, 52.22], [8.15, 52.34], [7.95, 52.34], [7.95, 52.22]]]}
POINT = {"type": "Point", "coordinates": [8.05, 52.28]}
HOSTILE = "<img src=x onerror=\"window.hit='title'\">'\"</script><script>window.hit='script'</script>{{7*7}}%(x)s"


@pytest.fixture
def mapped(platform: None, tmp_path: Path) -> str:
    """The path of a published dataset with an area and a place."""
    places = [{"text": "Stadtgebiet", "bbox": json.dumps(SQUARE)}, {"text": "Hafen", "geom": json.dumps(POINT)}]
    return f"/dataset/{factories.published_dataset(tmp_path=tmp_path, title='Bäume', spatial_coverage=places)['name']}"


def opened(page: Any, path: str) -> Any:
    """The page with its map drawn; the map."""
    page.goto(path)
    page.wait_for_selector(".dp-map .dp-map-area")
    return page.locator(".dp-map")


def scale(page: Any) -> float:
    """Width of the drawn area in pixels: larger when zoomed in."""
    return page.locator(".dp-map path.dp-map-area").first.bounding_box()["width"]


def test_the_map_says_the_same_in_words(app, mapped):
    text = app.get(mapped).text
    assert "Wo die Daten gelten" in text
    for words in ("Stadtgebiet", "Hafen", "52,3400°", "52,2200°", "7,9500°", "8,1500°"):
        assert words in text
    # 0.2° along 52.28° N, 0.12° of longitude
    assert "Von Westen nach Osten sind es rund 14 km, von Norden nach Süden rund 13 km." in text


def test_a_single_place_in_words(app, platform, tmp_path):
    made = factories.published_dataset(tmp_path=tmp_path, spatial_coverage=[{"geom": json.dumps(POINT)}])
    text = app.get(f"/dataset/{made['name']}").text
    assert "Es ist ein einzelner Ort." in text
    assert "Breitengrad" in text


def test_without_a_place_there_is_no_map_and_nothing_is_loaded_for_it(page, platform, tmp_path):
    made = factories.published_dataset(tmp_path=tmp_path, spatial_coverage=[{"text": "Innenstadt"}])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in (f"/dataset/{made['name']}", "/", "/dataset/"):
        page.goto(path)
        assert page.locator("[data-dp-map]").count() == 0
    assert asked
    assert not [url for url in asked if "map" in urlsplit(url).path or "leaflet" in url]


def test_what_is_sent(browser, live_site, mapped):
    """By a web server in front that compresses: less than 200 kB for the first page; a map adds less than 80 kB."""
    sizes = {}
    for path in ("/", mapped):
        context = browser.new_context(base_url=live_site, locale="de-DE")
        page = context.new_page()
        bodies: list[bytes] = []
        page.on("requestfinished", lambda request, bodies=bodies: bodies.append(request.response().body()))
        page.goto(path)
        page.wait_for_load_state("networkidle")
        sizes[path] = sum(len(gzip.compress(body)) for body in bodies)
        context.close()
    assert 10_000 < sizes["/"] < 200_000
    assert sizes["/"] < sizes[mapped] < sizes["/"] + 80_000


def test_all_comes_from_this_server(page, mapped, live_site):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, mapped)
    page.wait_for_load_state("networkidle")
    assert any("map" in url for url in asked)
    assert not [url for url in asked if not url.startswith((live_site, "data:"))]


def test_by_keyboard_alone(page, mapped):
    shown = opened(page, mapped)
    assert page.get_by_role("application", name="Karte: Bäume").count() == 1
    for _ in range(60):
        page.keyboard.press("Tab")
        if shown.evaluate("map => map === document.activeElement"):
            break
    assert shown.evaluate("map => map === document.activeElement")
    before = scale(page)
    page.keyboard.press("+")
    page.wait_for_timeout(600)
    assert scale(page) > before * 1.5
    where = page.locator(".dp-map .leaflet-map-pane").get_attribute("style")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)
    assert page.locator(".dp-map .leaflet-map-pane").get_attribute("style") != where
    # the zoom buttons, then out of the map to the legend: no trap
    for name in ("Karte vergrößern", "Karte verkleinern", "Stadtgebiet"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('aria-label') || document.activeElement.textContent") == name
    page.keyboard.press("Enter")
    page.wait_for_selector(".leaflet-popup-content")
    assert page.locator(".leaflet-popup-content").text_content() == "Stadtgebiet"
    page.keyboard.press("Escape")


def test_a_hostile_title_stays_text(page, platform, tmp_path):
    made = factories.published_dataset(tmp_path=tmp_path, title=HOSTILE, spatial_coverage=[{"text": HOSTILE, "geom": json.dumps(POINT)}])
    opened(page, f"/dataset/{made['name']}")
    page.locator(".dp-map-legend button").click()
    assert page.locator(".leaflet-popup-content").text_content() == HOSTILE
    assert page.locator(".dp-map-legend button").text_content() == HOSTILE
    assert page.locator(".dp-map").get_attribute("aria-label") == f"Karte: {HOSTILE}"
    assert page.evaluate("window.hit") is None


def test_a_portal_without_the_library_says_it_in_words(page, mapped, tmp_path, monkeypatch):
    monkeypatch.setattr(map_helpers, "LIBRARY", tmp_path / "missing.js")
    answer = page.goto(mapped)
    assert answer.status == 200
    assert page.get_by_text("Von Westen nach Osten sind es rund 14 km").is_visible()
    assert not page.locator(".dp-map").is_visible()
    assert "_map.js" not in page.content()


def test_without_scripts_the_words_are_there(browser, live_site, mapped):
    context = browser.new_context(base_url=live_site, locale="de-DE", java_script_enabled=False)
    page = context.new_page()
    page.goto(mapped)
    assert not page.locator(".dp-map").is_visible()
    assert page.get_by_text("Von Westen nach Osten sind es rund 14 km").is_visible()
    assert page.get_by_text("52,3400°").is_visible()
    assert page.locator(".dp-map-legend").get_by_text("Hafen").is_visible()
    context.close()


@pytest.mark.parametrize(("width", "colours"), [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")])
def test_axe_finds_nothing(browser, live_site, mapped, width, colours):
    context = browser.new_context(
        base_url=live_site, locale="de-DE", viewport={"width": width, "height": 800}, color_scheme=colours, reduced_motion="reduce"
    )
    page = context.new_page()
    opened(page, mapped)
    page.locator(".dp-map-legend button").first.click()
    assert findings(page, f"map-{width}-{colours}") == []
    context.close()


@pytest.fixture
def tile_server() -> Iterator[tuple[str, list[str]]]:
    """Another server with tiles: its address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"><rect width="256" height="256" fill="#cfc"/></svg>'
            self.send_response(200)
            self.send_header("Content-Type", "image/svg+xml")
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def configure(monkeypatch: pytest.MonkeyPatch, folder: Path, **base_map: str) -> None:
    """The town's file with a background map."""
    town = yaml.safe_load(towns.find(config.municipality()).read_text())
    file = folder / "town.yaml"
    file.write_text(yaml.safe_dump({**town, "map": base_map}))
    monkeypatch.setitem(tk.config, "ckanext.datenplattform.core.municipality", str(file))


def test_the_background_of_this_server_is_there_at_once(page, mapped, tmp_path, monkeypatch):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    configure(monkeypatch, tmp_path, tiles="/kacheln/{z}/{x}/{y}.png", attribution="Beispielkarte")
    opened(page, mapped)
    page.wait_for_load_state("networkidle")
    assert [path for path in asked if path.startswith("/kacheln/1")]
    assert page.get_by_text("Hintergrundkarte: Beispielkarte").is_visible()
    assert page.get_by_role("button", name="Hintergrundkarte laden").count() == 0


def test_the_background_of_another_server_is_loaded_only_when_asked_for(page, mapped, tile_server, tmp_path, monkeypatch):
    host, asked = tile_server
    configure(
        monkeypatch, tmp_path, tiles=f"http://{host}/{{z}}/{{x}}/{{y}}.svg", attribution="© <b>Beispielkarte</b>",
        attribution_url="https://karte.example.org/",
    )  # fmt: skip
    opened(page, mapped)
    page.wait_for_load_state("networkidle")
    assert asked == []
    assert page.get_by_text(f"Sie kommt von {host}. Dieser Server erfährt dann Ihre Internet-Adresse.").is_visible()
    assert not page.get_by_text("Beispielkarte").is_visible()
    page.get_by_role("button", name="Hintergrundkarte laden").click()
    page.wait_for_selector(".dp-map img.leaflet-tile-loaded")
    assert asked
    assert page.get_by_role("link", name="© <b>Beispielkarte</b>").is_visible()
    assert page.evaluate("document.activeElement.className").startswith("dp-map")
    assert findings(page, "map-tiles") == []
