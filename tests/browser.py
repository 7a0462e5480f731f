"""A real browser on the portal: the site of the test's stack on its own address, and Debian's chromium."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
import pytest

CHROMIUM = os.environ.get("DATENPLATTFORM_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
PASSWORD = "correct horse battery"


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
