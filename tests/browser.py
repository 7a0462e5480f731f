"""A real browser on the portal: the site of the test's stack on its own address, and Debian's chromium."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest
from axe_playwright_python.sync_playwright import Axe

CHROMIUM = os.environ.get("DATENPLATTFORM_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip
PASSWORD = "correct horse battery"
# WCAG 2.1 AA, what BITV 2.0 asks for
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]


@pytest.fixture
def live_site(platform: Any, app: Any) -> Iterator[str]:
    """The portal at the address `ckan.site_url`; it sees what is committed. Gives the address without final slash."""
    from werkzeug.serving import make_server

    address = tk.config["ckan.site_url"].rstrip("/")
    parts = urlsplit(address)
    server = make_server(parts.hostname or "127.0.0.1", parts.port or 80, app.flask_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield address
    server.shutdown()
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def page(browser: Any, live_site: str) -> Iterator[Any]:
    """A fresh page of 1280 pixels that speaks German; addresses count from the portal."""
    context = browser.new_context(base_url=live_site, locale="de-DE", viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def log_in(page: Any, user: str, password: str = PASSWORD) -> None:
    """Log in by the form."""
    page.goto("/user/login")
    page.fill("#field-login", user)
    page.fill("#field-password", password)
    page.click("main button[type=submit]")
    page.wait_for_selector(".dp-menu")


def findings(page: Any, name: str, ours: bool = True) -> list[str]:
    """What is wrong with the page as it is shown: findings of axe (for pages of ours also against good practice), and
    what is wider than the window. A picture where somebody wants one (DATENPLATTFORM_PICTURES names a folder)."""
    folder = os.environ.get("DATENPLATTFORM_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    found = Axe().run(page, options={"runOnly": [*RULES, "best-practice"] if ours else RULES}).response["violations"]
    problems = [f"{name}: {item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return problems + ([f"{name}: {wide} pixels wider than the window"] if wide > 0 else [])


def looked_at(page: Any, name: str, ours: bool = True) -> None:
    """The page has no findings."""
    assert findings(page, name, ours) == []
