"""Pictures of the running demo, made by Debian's chromium: always of the same size, in German, without animation."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from .paths import ROOT, RUN

CHROMIUM = os.environ.get("DATENPLATTFORM_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars"]
SIZES = {1280: 900, 360: 800}
MOST_BYTES = 300_000


class Shot(NamedTuple):
    """A page: the picture's name, its address (or how to find it), and whose eyes see it (None: anonymous)."""

    name: str
    address: str | Callable[[Any], str]
    account: str | None = None
    in_docs: bool = False
    optional: bool = False


def _dataset(page: Any) -> str:
    """The first published dataset with a table to preview, else the first."""
    answer = page.request.get("/api/3/action/package_search?rows=100&sort=name+asc").json()["result"]["results"]
    if not answer:
        raise LookupError("kein veröffentlichter Datensatz")
    tables = [item for item in answer if any(resource.get("datastore_active") for resource in item["resources"])]
    return f"/dataset/{quote((tables or answer)[0]['name'])}"


def _case(page: Any) -> str:
    """The first case on the agenda."""
    page.goto("/gremium?show=open")
    link = page.locator(".dp-cases h2 a").first
    if not link.count():
        raise LookupError("kein Vorgang auf der Tagesordnung")
    return link.get_attribute("href")


def _edit(page: Any) -> str:
    """The form of the dataset that `_dataset` finds."""
    return _dataset(page).replace("/dataset/", "/dataset/edit/")


def _record(page: Any) -> str:
    """The inventory record of the dataset that `_dataset` finds."""
    return _dataset(page).replace("/dataset/", "/inventar/")


SHOTS = (
    Shot("start", "/", in_docs=True),
    Shot("search", "/dataset/"),
    Shot("dataset", _dataset, in_docs=True),
    Shot("login", "/user/login"),
    Shot("agenda", "/gremium", "board", in_docs=True),
    Shot("case", _case, "board", in_docs=True),
    Shot("sources", "/harvest", "steward"),
    Shot("inventory", "/inventar", "inventory_lead", in_docs=True, optional=True),
    Shot("record", _record, "steward", optional=True),
    Shot("edit", _edit, "steward"),
)


def _accounts() -> tuple[str, dict[str, Any]]:
    file = RUN / "demo.json"
    if not file.exists():
        raise SystemExit("Die Demo läuft nicht: bitte zuerst bin/demo starten.")
    data = json.loads(file.read_text())
    accounts = {name: (value[0] if isinstance(value, list) else value) for name, value in data["accounts"].items()}
    return data["url"], accounts


def _log_in(page: Any, account: dict[str, Any]) -> None:
    page.goto("/user/login")
    page.fill("#field-login", account["name"])
    page.fill("#field-password", account["password"])
    page.click("main button[type=submit]")
    page.wait_for_selector(".dp-menu")


@contextmanager
def _page(browser: Any, url: str, width: int, account: dict[str, Any] | None) -> Iterator[Any]:
    context = browser.new_context(
        base_url=url,
        locale="de-DE",
        timezone_id="Europe/Berlin",
        color_scheme="light",
        reduced_motion="reduce",
        viewport={"width": width, "height": SIZES[width]},
    )
    page = context.new_page()
    try:
        if account:
            _log_in(page, account)
        yield page
    finally:
        context.close()


def _shoot(page: Any, shot: Shot, file: Path, whole: bool) -> str | None:
    """Make one picture; a sentence when something is wrong."""
    try:
        address = shot.address if isinstance(shot.address, str) else shot.address(page)
    except LookupError as error:
        return f"{shot.name}: {error}"
    answer = page.goto(address)
    if answer.status == 404 and shot.optional:
        print(f"  {shot.name}: {address} gibt es noch nicht, ausgelassen")
        return None
    if answer.status != 200:
        return f"{shot.name}: {address} antwortet mit {answer.status}"
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(file), full_page=whole, animations="disabled", caret="hide")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        return f"{file.name}: {wide} Pixel breiter als das Fenster"
    size = file.stat().st_size
    print(f"  {file.name}  {size // 1000} kB")
    return f"{file.name}: {size} Bytes, mehr als {MOST_BYTES}" if not whole and size > MOST_BYTES else None


def make(folder: Path, every: bool) -> list[str]:
    """Make the pictures; returns what is wrong."""
    from playwright.sync_api import sync_playwright

    url, accounts = _accounts()
    folder.mkdir(parents=True, exist_ok=True)
    faults = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for width in SIZES if every else (1280,):
            for shot in SHOTS:
                if every or shot.in_docs:
                    name = f"{shot.name}-{width}.png" if every else f"{shot.name}.png"
                    with _page(browser, url, width, accounts[shot.account] if shot.account else None) as page:
                        faults.append(_shoot(page, shot, folder / name, whole=every))
        browser.close()
    return [fault for fault in faults if fault]


def main(arguments: list[str]) -> int:
    """`bin/pictures [--all FOLDER]`."""
    if arguments and (len(arguments) != 2 or arguments[0] != "--all"):
        print("bin/pictures [--all ORDNER]", file=sys.stderr)
        return 2
    folder = Path(arguments[1]) if arguments else ROOT / "docs" / "pictures"
    faults = make(folder, every=bool(arguments))
    print("\n".join(faults), file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
