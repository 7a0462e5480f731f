"""A clerk's whole round by keyboard alone: no mouse, every stop can be seen."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from .. import factories
from ..browser import PASSWORD

FOCUSED = "document.activeElement"
# an outline, a shadow or another border: something shows where one is
SHOWN = f"""(() => {{
    const style = getComputedStyle({FOCUSED});
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== "none";
}})()"""


def go_to(page: Any, selector: str, most: int = 120) -> None:
    """Press Tab until the element has the focus; each stop on the way shows itself."""
    for _ in range(most):
        if page.evaluate(f"{FOCUSED}.matches({selector!r})"):
            return
        page.keyboard.press("Tab")
        assert page.evaluate(SHOWN) or page.evaluate(f"{FOCUSED} === document.body"), page.evaluate(f"{FOCUSED}.outerHTML")[:200]
    raise AssertionError(f"{selector} is not reached by keyboard")


def press(page: Any, selector: str, key: str = "Enter") -> None:
    """Go to the element and press a key there; wait for the page that it leads to."""
    go_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press(key)


def test_a_dataset_from_entry_to_submission_and_export(page: Any):
    unit = factories.unit("gruen", title="Fachdienst Grün")
    editor = factories.editor_of(unit)["name"]

    factories.board()
    page.goto("/user/login")
    go_to(page, "#field-login")
    page.keyboard.type(editor)
    go_to(page, "#field-password")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")

    # quick entry: four answers
    page.goto("/inventar/neu")
    go_to(page, "#title")
    page.keyboard.type("Baumkataster")
    go_to(page, "#notes")
    page.keyboard.type("Alle Bäume an Straßen.")
    go_to(page, "#personal_data")
    page.keyboard.type("keine")
    press(page, "main button[type=submit]:not([name])")
    assert page.url.endswith("/inventar/baumkataster")

    # the checklist leads to the gaps, the form is filled in
    go_to(page, ".dp-state a[href='#responsible_function']")
    page.keyboard.press("Enter")
    go_to(page, "#responsible_function")
    page.keyboard.press("Control+A")
    page.keyboard.type("Sachgebiet Baumpflege")
    go_to(page, "#source_class")
    page.keyboard.type("Fachdienst")
    go_to(page, "#source_system")
    page.keyboard.type("Baumpflegesystem")
    go_to(page, "#openness")
    page.keyboard.type("offen")
    press(page, "main .form-actions button[type=submit]")
    assert "Der Eintrag ist vollständig" in page.inner_text("[role=status]")
    shown = factories.act("inventory_record_show", editor, id="baumkataster")
    assert (shown["responsible_function"], shown["openness"], shown["missing"]) == ("Sachgebiet Baumpflege", "open", [])

    # found again, taken along as a file
    page.goto("/inventar")
    go_to(page, "#dp-q")
    page.keyboard.type("Bäume")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    go_to(page, "a[href*='csv']")
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) == 2
    assert "Baumkataster" in rows[1]

    # handed to the board, nothing typed twice
    press(page, "tbody th a")
    factories.act("package_patch", editor, id="baumkataster", license_id="dl-de/by-2-0")
    press(page, "a[href*='einreichen']")
    press(page, "main button[type=submit]")
    assert "Liegt dem Datengremium vor" in page.inner_text("main")
    assert factories.act("package_show", editor, id="baumkataster")["notes"] == "Alle Bäume an Straßen."
