"""Hints of a dry run: what is perhaps there already, among what the reader may know of, and never a refusal."""

from __future__ import annotations

import time
from typing import Any

import ckan.model as model
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.inventory import import_twins, twin_index, twins
from ckanext.datenplattform.inventory.twins import Known
from tests import factories as f
from tests.browser import log_in, looked_at

from .test_bulk import load, upload
from .test_import import counts, row
from .test_import_jobs import work

TITLES = ["Baumkataster", "Baum-Kataster der Stadt", "Straßenbäume", "Übersicht der Strassenbäume", "Spielplätze 2023",
          "Spielplätze 2024", "Spielplätze", "2023", "2024", "der die das", "Hundesteuer", "Hundesteuern"]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(TITLES) | st.text(max_size=12), st.sampled_from("ab")), max_size=12))
def test_what_it_finds_is_what_one_by_one_finds(rows: list[tuple[str, str]]):
    known = [Known(str(number), title, unit) for number, (title, unit) in enumerate(rows)]
    index = twin_index.Index(known)
    for wanted in known:
        slow = {twin.known.id: twin.score for twin in twins.find(wanted, known, n=99)}
        fast = {twin.known.id: twin.score for twin in index.find(wanted, n=99)}
        assert fast.items() <= slow.items()
        # the same title is never missed
        same = [other for other in known if other.title == wanted.title and other.id != wanted.id]
        assert len(set(fast) & {other.id for other in same}) >= min(len(same), twin_index.MOST_ALIKE, 1 if slow else 0)


def test_typing_errors_signs_and_order_are_forgiven():
    index = twin_index.Index([Known(title, title) for title in (*TITLES, "Bolzplätze und Grillplätze am Hafen")])
    for wanted, title in (("Baumkatastr", "Baumkataster"), ("Am Hafen: Grillplätze, Bolzplätze", "Bolzplätze und Grillplätze am Hafen"),
                          ("Baum-Kataster", "Baumkataster"), ("Hundesteuern ", "Hundesteuer")):  # fmt: skip
        assert title in [twin.known.id for twin in index.find(Known("", wanted))]
    assert index.find(Known("", "Haushaltsplan")) == []


@pytest.mark.parametrize("title", ["Verzeichnis {} der Straßenbäume", "Verzeichnis der Straßenbäume"])
def test_ten_thousand_alike_are_no_trap(title):
    known = [Known(str(number), title.format(number), f"u{number % 7}") for number in range(10_000)]
    before = time.process_time()
    index = twin_index.Index(known)
    found = [index.find(item) for item in known]
    assert time.process_time() - before < 10
    assert all(found) == ("{}" not in title)
    assert max(map(len, found)) <= 3


@pytest.fixture
def unit(platform):
    return f.unit()


def hints(found: dict[str, Any]) -> dict[str, list[Any]]:
    """The twins of each title: ids of datasets and numbers of rows."""
    return {item["title"]: [twin.get("id") or twin["row"] for twin in item["twins"]] for item in found["report"]["items"]}


def test_the_dry_run_shows_datasets_and_rows_and_refuses_nothing(unit, editor):
    there = f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"])
    rows = [row(unit, "Baum-Kataster"), row(unit, "Hundesteuer", Schlüssel="1"), row(unit, "Hundesteuern", Schlüssel="2"),
            row(unit, "Haushaltsplan 2023"), row(unit, "Haushaltsplan 2024")]  # fmt: skip
    before = counts()
    found = load(rows, editor, dry_run=True)
    assert counts() == before
    assert hints(found) == {"Baum-Kataster": [there["id"]], "Hundesteuer": [4], "Hundesteuern": [3],
                            "Haushaltsplan 2023": [], "Haushaltsplan 2024": []}  # fmt: skip
    assert (found["state"], found["report"]["twins"]) == ("checked", 3)
    [twin] = found["report"]["items"][0]["twins"]
    assert (twin["title"], twin["unit_title"], twin["level"]) == ("Baumkataster", unit["title"], "all")
    assert twin["score"] >= twins.LIKELY
    # told, and done all the same; what is there then is no twin of itself
    assert load(rows, editor)["report"]["counts"]["create"] == 5
    assert load(rows, editor, dry_run=True)["report"]["twins"] == 0


def test_what_the_reader_may_not_know_gives_no_hint(unit, editor):
    f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"], confidentiality="high")
    f.act("inventory_record_create", editor, title="Hundesteuer", unit=unit["name"], draft=True)
    shown = f.act("inventory_record_create", editor, title="Baumkontrollen Innenstadt", unit=unit["name"], source_system="GRIS-Baum")
    other = f.unit()
    stranger = f.editor_of(other)["name"]

    def told(as_user: str, system: str) -> Any:
        rows = [row(other, "Baumkataster"), row(other, "Hundesteuer"),
                {**row(unit, "Baumkataster Innenstadt", **{"Fachverfahren oder Ablage": system})}]  # fmt: skip
        if as_user == stranger:
            rows[2]["Zuständige Stelle"] = other["title"]
        return hints(load(rows, as_user, dry_run=True))

    lead = f.sysadmin()["name"]
    assert all(told(lead, "GRIS-Baum").values())
    # a stranger learns the same whatever the record says
    assert told(stranger, "GRIS-Baum") == told(stranger, "Excel") == {
        "Baumkataster": [], "Hundesteuer": [], "Baumkataster Innenstadt": []}  # fmt: skip
    rows = [row(other, "Baumkontrollen Innenstadt")]
    found = f.act("inventory_import", stranger, upload=upload(rows), background=True)
    work()
    assert hints(f.act("inventory_import_show", stranger, id=found["id"])) == {"Baumkontrollen Innenstadt": [shown["id"]]}
    # hidden since it was checked
    f.act("inventory_record_patch", editor, id=shown["id"], confidentiality="high")
    later = f.act("inventory_import_show", stranger, id=found["id"])
    assert hints(later) == {"Baumkontrollen Innenstadt": []}
    assert later["report"]["twins"] == 0
    assert shown["id"] not in str(later)


def test_scores_in_words():
    assert len({import_twins.likelihood(score) for score in (100, 90, 80)}) == 3


def test_the_page_shows_them_with_links(page: Any, unit, editor):
    there = f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"])
    foreign = f.act("inventory_record_create", title="Hundesteuer", unit=f.unit()["name"])
    rows = [row(unit, "Baum-Kataster"), row(unit, "Hundesteuer"), row(unit, "Wahlen", Schlüssel="1"), row(unit, "Wahlen", Schlüssel="2")]
    found = f.act("inventory_import", editor, upload=upload(rows), background=True)
    work()
    log_in(page, editor)
    page.goto(f"/inventar/import/{found['id']}")
    assert "4 Zeilen stehen vielleicht schon im Inventar" in page.inner_text("main")
    table = page.locator("table").last
    assert "Vielleicht schon da:" in table.inner_text()
    assert "fast sicher" in table.inner_text()
    links = table.locator("td a").evaluate_all("all => all.map(link => link.getAttribute('href'))")
    assert links == [f"/inventar/{there['name']}", f"/dataset/{foreign['name']}", "#row-5", "#row-4"]
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        looked_at(page, f"import-twins-{width}")
    page.get_by_role("link", name="Zeile 5").click()
    assert page.locator("#row-5:target").count() == 1
    model.Session.rollback()
