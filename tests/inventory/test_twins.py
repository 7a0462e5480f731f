"""Likely twins: alike in title, unit and system; found for each reader among what he may know of, and by the page in time."""

from __future__ import annotations

import time
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from ckanext.datenplattform.inventory import twins
from ckanext.datenplattform.inventory.twins import Known
from tests import factories as f
from tests.browser import log_in, looked_at

TREES = "Flora und Fauna - Baumbestand - Baumkataster"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Baumkataster", "Baum-Kataster der Stadt"),
        ("Straßenbäume", "Übersicht der Strassenbäume im Stadtgebiet"),
        ("Spielplätze und Bolzplätze", "Bolzplätze, Spielplätze"),
        ("Verkehrszählung Wallring 2024", "Verkehrszälung Wallring 2024"),
        ("Standorte der Wertstoffcontainer", "Wertstoffcontainer"),
        ("Statistik", "Statistik"),
    ],
)
def test_titles_that_are_the_same(one, other):
    assert [twin.known.id for twin in twins.find(Known("", one), [Known("1", other)])] == ["1"]
    assert twins.score(Known("", one), Known("1", other)) == twins.score(Known("1", other), Known("", one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Haushaltsplan 2023", "Haushaltsplan 2024"),
        ("Baumkataster", "Baumfällungen"),
        ("Schülerzahlen", "Schulstandorte"),
        ("Spielplätze", "Parkplätze"),
    ],
)
def test_titles_that_are_not(one, other):
    assert twins.find(Known("", one, "u"), [Known("1", other, "v")]) == []


def test_the_same_list_of_another_year_is_no_twin_in_its_own_unit_either():
    wanted = Known("", "Haushaltsplan 2023", "kaemmerei", "H&H")
    assert twins.find(wanted, [Known("1", "Haushaltsplan 2024", "kaemmerei", "H&H")]) == []
    assert twins.find(wanted, [Known("1", "Haushaltsplan", "kaemmerei", "H&H")])


def test_unit_and_system_decide_when_titles_leave_it_open():
    wanted = Known("", "Baumkataster Innenstadt", "gruen", "GRIS-Baum")
    assert twins.find(wanted, [Known("1", "Baumkataster Nord")]) == []
    assert twins.find(wanted, [Known("1", "Baumkontrollen Innenstadt", "tiefbau", "Excel")]) == []
    assert twins.find(wanted, [Known("1", "Baumkontrollen Innenstadt", "gruen", "gris-baum")])
    assert twins.find(Known("1", "Bäume"), [Known("1", "Bäume")]) == []  # nobody is his own twin


@given(st.lists(st.tuples(st.text(max_size=40), st.text(max_size=5)), max_size=8), st.text(max_size=40))
def test_any_titles(others: list[tuple[str, str]], title: str):
    found = twins.find(Known("", title, "u"), [Known(str(n), other, unit) for n, (other, unit) in enumerate(others)])
    assert all(twins.LIKELY <= twin.score <= 100 for twin in found)


def _ids(user: str, **data: Any) -> list[str]:
    return [item["id"] for item in f.act("inventory_twin_list", user, **data)]


@pytest.mark.usefixtures("platform")
def test_each_reader_sees_twins_among_what_he_may_know_of(unit, editor):
    other = f.unit()
    stranger = f.editor_of(other)["name"]
    shown = f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"])["id"]
    draft = f.act("inventory_record_create", editor, title="Baum-Kataster", unit=unit["name"], draft=True)["id"]
    secret = f.act("inventory_record_create", editor, title="Das Baumkataster", unit=unit["name"], confidentiality="high")["id"]
    assert set(_ids(editor, title="Baumkataster", unit=unit["name"])) == {shown, draft, secret}
    assert _ids(editor, title="Baumkataster", id=shown) == sorted([draft, secret], key=_ids(editor, title="Baumkataster").index)
    [item] = f.act("inventory_twin_list", stranger, title="Baumkataster", unit=unit["name"])
    assert (item["id"], item["level"], item["unit_title"]) == (shown, "entry", unit["title"])
    # a hidden id changes nothing, and tells nothing
    assert _ids(stranger, title="Baumkataster", id=secret) == _ids(stranger, title="Baumkataster", id="gibtesnicht") == [shown]
    for user in (f.user()["name"], ""):
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_twin_list", user, title="Baumkataster")
    f.act("member_delete", id=other["id"], object=stranger, object_type="user")
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_twin_list", stranger, title="Baumkataster")


@pytest.mark.usefixtures("platform")
def test_the_source_system_counts_only_for_those_who_see_it(unit, editor):
    stranger = f.editor_of(f.unit())["name"]
    f.act("inventory_record_create", editor, title="Baumkontrollen Innenstadt", unit=unit["name"], source_system="GRIS-Baum")
    asked = {"title": "Baumkataster Innenstadt", "unit": unit["name"]}
    answers = {
        (user, system): f.act("inventory_twin_list", user, **asked, source_system=system)
        for user in (editor, stranger) for system in ("GRIS-Baum", "Excel")
    }  # fmt: skip
    assert len(answers[editor, "GRIS-Baum"]) == 1
    assert answers[editor, "Excel"] == []
    assert answers[stranger, "GRIS-Baum"] == answers[stranger, "Excel"]


@pytest.mark.usefixtures("platform")
def test_a_musterdatensatz_is_suggested_to_staff_and_only_the_catalogue_is_taken(unit, editor):
    assert f.act("inventory_musterdatensatz_suggest", editor, title="Straßenbäume")[0]["name"] == TREES
    for user in ("", f.user()["name"]):
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_musterdatensatz_suggest", user, title="Straßenbäume")
    with pytest.raises(tk.ValidationError):
        f.act("inventory_musterdatensatz_suggest", editor)
    made = f.act("inventory_record_create", editor, title="X", unit=unit["name"], musterdatensatz=TREES)
    earlier = "Grünflächen - Baumfällungen"
    patched = f.act("inventory_record_patch", editor, id=made["id"], musterdatensatz=earlier)
    assert patched["musterdatensatz"] == "Flora und Fauna - Baumbestand - Baumfällung"
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_record_patch", editor, id=made["id"], musterdatensatz="Umwelt - Bäume")
    assert list(refused.value.error_dict) == ["musterdatensatz"]
    assert f.act("inventory_record_patch", editor, id=made["id"], musterdatensatz="")["musterdatensatz"] is None


@pytest.mark.usefixtures("platform")
def test_twins_among_20000_records_come_in_time(unit, editor):
    words = ["Bäume", "Straßen", "Kitas", "Schulen", "Pegel", "Haushalt", "Parkplätze", "Gewerbe", "Wahlen", "Lärm"]
    model.Session.execute(
        text(
            """INSERT INTO package (id, name, title, type, state, private, owner_org, extras, plugin_data)
            SELECT 'p' || n, 'p-' || n, (:words)[1 + n % 10] || ' ' || (:words)[1 + n / 10 % 10] || ' Bezirk ' || chr(65 + n / 100 % 26)
                || ' Blatt ' || n, 'dataset', 'active', true, :unit, '{}', '{}' FROM generate_series(1, 20000) AS n"""
        ),
        {"words": words, "unit": unit["id"]},
    )
    model.Session.commit()
    model.Session.execute(text("ANALYZE"))
    model.Session.commit()
    for title in ("Baumkataster Nord", "Haushalt", "Bäume Straßen Bezirk C"):
        f.act("inventory_twin_list", editor, title=title)
        started = time.perf_counter()
        f.act("inventory_twin_list", editor, title=title, unit=unit["name"])
        took = time.perf_counter() - started
        print(f"{title}: {took * 1000:.0f} ms")
        assert took < 2  # far from what it takes, also on a busy machine


def test_quick_entry_asks_before_it_makes_a_twin(page: Any):
    unit = f.unit("gruen", title="Grünflächen")
    editor = f.editor_of(unit)["name"]
    f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"])
    log_in(page, editor)
    page.goto("/inventar/neu")
    page.fill("#title", "Baum-Kataster")
    page.fill("#notes", "Alle Bäume an Straßen.")
    page.select_option("#personal_data", "none")
    page.click("text=Als Entwurf speichern")
    assert "Gibt es den Datensatz schon?" in page.inner_text("main")
    assert page.input_value("#notes") == "Alle Bäume an Straßen."
    assert page.get_attribute(".dp-state a", "href").endswith("/inventar/baumkataster")
    looked_at(page, "twins-new")
    page.click("text=Trotzdem anlegen")
    page.wait_for_url("**/inventar/baum-kataster")
    assert f.act("package_show", id="baum-kataster")["state"] == "draft"
    # three suggestions beside the list, and the twin beside the record
    page.click("summary:has-text('Nutzen')") if not page.is_visible("#musterdatensatz-1") else None
    assert page.locator("input[name=musterdatensatz-suggested]").count() == 4
    assert "Doppelt eingetragen?" in page.inner_text("aside")
    page.set_viewport_size({"width": 360, "height": 800})
    looked_at(page, "twins-record-360")
    page.check("#musterdatensatz-1")
    page.click("main form button:has-text('Speichern') >> nth=0")
    page.wait_for_selector(".alert, .dp-flash, .flash-messages")
    assert f.act("inventory_record_show", id="baum-kataster")["musterdatensatz"] == TREES
    assert page.locator("input[name=musterdatensatz-suggested]").count() == 0
