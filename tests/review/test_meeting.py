"""The whole case in a real browser: a steward submits, five seats decide (one by keyboard alone, one through the deputy), one
comments; somebody without an account reads what was published, and the minutes name the decision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.browser import PASSWORD, log_in
from tests.inventory.test_keyboard import go_to


@pytest.fixture
def sit_down(browser: Any, live_site: str):
    """Makes a page of somebody who was never here; logged in where a user is named."""
    contexts = []

    def make(user: str | None = None, **more: Any) -> Any:
        contexts.append(browser.new_context(base_url=live_site, locale="de-DE", **more))
        page = contexts[-1].new_page()
        if user:
            log_in(page, user)
        return page

    yield make
    for context in contexts:
        context.close()


def _submit(unit: dict[str, Any], steward: str, tmp_path: Any, **data: Any) -> dict[str, Any]:
    package_id = factories.harvested(unit, tmp_path, **data)["id"]
    return factories.act("review_submit", steward, package_id=package_id)


def _deputy_of(member: dict[str, Any]) -> str:
    seat = next(role["unit"] for role in factories.act("role_list") if role["user_id"] == member["id"])
    made = factories.editor_of(factories.unit("vertretung"), "member")
    factories.act("role_grant", user=made["name"], role="board_deputy", unit=seat)
    return made["name"]


def test_from_the_submission_to_the_minutes(sit_down: Any, tmp_path: Any):
    unit = factories.unit("gruen")
    steward = factories.editor_of(unit)["name"]
    members = factories.board()
    deputy = _deputy_of(members[1])
    package = factories.act("package_show", id=factories.harvested(unit, tmp_path)["id"])
    address, anonymous = f"/dataset/{package['name']}", sit_down()
    assert anonymous.goto(address).status == 404

    desk = sit_down(steward)
    desk.goto(address)
    desk.click(".dp-state a.btn")
    desk.fill("#comment", "Bitte freigeben.")
    desk.click("main button[type=submit]")
    case = factories.act("review_show", package_id=package["id"])
    assert case["state"] == "in_review"

    # the first one comments and says yes
    first = sit_down(members[0]["name"])
    first.goto("/gremium")
    first.click(".dp-cases h2 a")
    assert "Linde" in first.inner_text(".dp-file table")
    first.fill("#text", "Die Lage der Bäume ist genau genug.")
    first.click("form[action$='kommentar'] button")
    assert "genau genug" in first.inner_text(".dp-comments")
    first.click("button[value=approve]")
    assert "Ihre Stimme ist gezählt" in first.inner_text("[role=status]")
    assert first.locator(".dp-cases li").count() == 0

    # the second one takes no part: the deputy votes for the seat
    second = sit_down(members[1]["name"])
    second.goto(f"/gremium/{case['id']}")
    second.click("a[href$='befangen']")
    second.click("main button[type=submit]")
    assert second.locator("#dp-vote").count() == 0
    third = sit_down(deputy)
    third.goto("/gremium")
    third.click(".dp-cases h2 a")
    third.click("button[value=abstain]")

    # the third one says no: the form asks for the reason before it is sent, and nothing is counted without an interest
    no = sit_down(members[2]["name"])
    no.goto(f"/gremium/{case['id']}")
    no.click("summary.dp-vote-no")
    no.fill("#no-reason", "Der Bezug zu Betrieben ist nicht geklärt.")
    no.click("button[value=refuse]")
    assert no.locator("main [role=alert]").count() == 1
    assert no.input_value("#no-reason") == "Der Bezug zu Betrieben ist nicht geklärt."
    no.select_option("#no-interest", "business_secrets")
    no.click("button[value=refuse]")
    assert "Ihre Stimme ist gezählt" in no.inner_text("[role=status]")
    assert anonymous.goto(address).status == 404

    # the fourth one uses the keyboard alone: from the agenda to the case, two keys for the vote
    keys = sit_down()
    keys.goto("/user/login")
    go_to(keys, "#field-login")
    keys.keyboard.type(members[3]["name"])
    go_to(keys, "#field-password")
    keys.keyboard.type(PASSWORD)
    with keys.expect_navigation():
        keys.keyboard.press("Enter")
    keys.goto("/gremium")
    go_to(keys, ".dp-cases h2 a")
    with keys.expect_navigation():
        keys.keyboard.press("Enter")
    keys.keyboard.press("j")
    with keys.expect_navigation():
        keys.keyboard.press("Enter")
    assert factories.act("review_show", id=case["id"])["tally"] == {"approve": 2, "refuse": 1, "abstain": 1}
    assert anonymous.goto(address).status == 404

    # the fifth one decides it
    last = sit_down(members[4]["name"])
    last.goto(f"/gremium/{case['id']}")
    last.click("button[value=approve]")
    assert anonymous.goto(address).status == 200
    last.goto("/gremium?show=decided")
    assert "Baumkataster" in last.inner_text(".dp-cases")

    # the minutes name it, to be read and to be printed
    last.click(".dp-subnav a[href$='/protokoll']")
    minutes = last.inner_text("main")
    assert "Baumkataster" in minutes
    assert "Die Lage der Bäume" not in minutes
    with last.expect_download() as waiting:
        last.click("a[href*='protokoll.pdf']")
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF-")


def test_keys_are_no_votes_while_somebody_types_or_when_switched_off(sit_down: Any, tmp_path: Any):
    unit = factories.unit()
    members = factories.board()
    case = _submit(unit, factories.editor_of(unit)["name"], tmp_path)
    page = sit_down(members[0]["name"])
    page.goto(f"/gremium/{case['id']}")
    page.focus("#text")
    page.keyboard.type("jen")
    assert page.input_value("#text") == "jen"
    page.fill("#text", "")
    page.focus("h1 >> xpath=..")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    assert page.evaluate("document.activeElement.id") == "no-reason"
    # Enter in a field of the no never says yes
    page.focus("#no-mend")
    page.keyboard.press("Enter")
    assert factories.act("review_show", id=case["id"])["votes"] == []
    page.goto(f"/gremium/{case['id']}")
    page.uncheck("#dp-keys")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.value") != "approve"
    page.reload()
    assert not page.is_checked("#dp-keys")


def test_without_scripts_a_member_votes_all_the_same(sit_down: Any, tmp_path: Any):
    unit = factories.unit()
    members = factories.board()
    case = _submit(unit, factories.editor_of(unit)["name"], tmp_path)
    page = sit_down(java_script_enabled=False)
    page.goto("/user/login")
    page.fill("#field-login", members[0]["name"])
    page.fill("#field-password", PASSWORD)
    page.click("main button[type=submit]")
    page.goto(f"/gremium/{case['id']}")
    page.click("button[value=abstain]")
    assert factories.act("review_show", id=case["id"])["tally"]["abstain"] == 1
