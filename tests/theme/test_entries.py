"""What somebody typed survives a session that ended, and is gone when they log out."""

from __future__ import annotations

from typing import Any

from tests import factories as f
from tests.browser import log_in


def _clerk() -> tuple[str, str]:
    unit = f.unit()
    editor = f.editor_of(unit)["name"]
    return editor, f.act("inventory_record_create", editor, title="Bäume", unit=unit["name"])["name"]


def test_entries_survive_a_lost_session(page: Any):
    editor, name = _clerk()
    log_in(page, editor)
    page.goto(f"/inventar/{name}")
    page.fill("#responsible_function", "Baumkontrolle mit langem Namen")
    page.select_option("#personal_data", "none")
    page.context.clear_cookies()
    page.click("main form button[type=submit]")
    assert "Ihre Eingaben sind in diesem Fenster aufgehoben" in page.inner_text("[role=status]")
    page.fill("#field-login", editor)
    page.fill("#field-password", "correct horse battery")
    page.click("main button[type=submit]")
    page.wait_for_url(f"**/inventar/{name}")
    assert page.input_value("#responsible_function") == ""
    page.click("text=Wieder einsetzen")
    assert page.input_value("#responsible_function") == "Baumkontrolle mit langem Namen"
    page.click("main form button.btn-primary[type=submit]")
    assert f.act("inventory_record_show", id=name)["responsible_function"] == "Baumkontrolle mit langem Namen"
    page.goto(f"/inventar/{name}")
    assert page.locator("text=Wieder einsetzen").count() == 0


def test_logging_out_leaves_nothing_behind(page: Any):
    editor, name = _clerk()
    log_in(page, editor)
    page.goto(f"/inventar/{name}")
    page.fill("#responsible_function", "Geheim")
    assert page.evaluate("JSON.stringify(sessionStorage)").count("Geheim") == 1
    page.click(".dp-menu summary")
    page.click("text=Abmelden")
    page.wait_for_selector(".dp-login")
    assert "Geheim" not in page.evaluate("JSON.stringify(sessionStorage)")
