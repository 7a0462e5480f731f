"""Finding in the inventory: German words, filters with counts, and nothing that the reader may not know."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from ckanext.datenplattform.core.clock import utcnow
from ckanext.datenplattform.inventory import record, search, units
from ckanext.datenplattform.inventory.model import InventoryRecord
from ckanext.datenplattform.inventory.model_search import InventorySearch
from tests import factories as f
from tests.browser import log_in, looked_at

pytestmark = pytest.mark.usefixtures("platform")

SECRET = "Zwergkaninchen"


@pytest.fixture
def unit():
    return f.unit("gruen", title="Fachdienst Stadtgrün")


@pytest.fixture
def other():
    """Staff of another unit."""
    return f.editor_of(f.unit("andere"))["name"]


def titles(user: str | None, **asked: Any) -> list[str]:
    return [item["title"] for item in f.act("inventory_record_list", user, **asked)["results"]]


def counts(user: str | None, facet: str, **asked: Any) -> dict[str, int]:
    return {item["name"]: item["count"] for item in f.act("inventory_record_list", user, **asked)["facets"][facet]}


def token(user: str) -> dict[str, str]:
    return {"Authorization": f.act("api_token_create", user=user, name="test")["token"]}


@pytest.mark.parametrize(
    ("q", "title"),
    [
        ("Bäume", "Baumkataster"), ("Baeume", "Baumkataster"), ("baum", "Baumkataster"), ("Baumkat", "Baumkataster"),
        ("Kataster", "Baumkataster"), ("BAUMKATASTER", "Baumkataster"), ("Baumktaster", "Baumkataster"), ("Baumkatster", "Baumkataster"),
        ("Strasse", "Straße"), ("Straßen", "Straße"), ("Straße", "Strassenverzeichnis"), ("häuser", "Haus der Jugend"),
        ("Spielplätze für Kinder", "Spielplatz der Kinder"), ("Müll Abfuhr", "Abfuhr von Müll"), ("cafe", "Café"),
        ("Schinkel-Ost", "Karte Schinkel Ost"), ("2024", "Wahl 2024"), ("und", "Hin und her"), ("FB62", "Liste FB62"),
    ],
)  # fmt: skip
def test_german_words(unit, editor, q, title):
    f.dataset(unit, title=title)
    f.dataset(unit, title="Ganz anders", notes="")
    assert titles(editor, q=q) == [title]


def test_description_keywords_unit_and_record_count_and_titles_come_first(unit, editor):
    f.dataset(unit, title="Eins", notes="Alle Bänke der Stadt")
    f.dataset(unit, title="Zwei", tag_string="Sitzbank")
    f.dataset(unit, title="Bänke")
    f.act("inventory_record_create", editor, title="Vier", unit=unit["name"], source_system="Bankverwaltung")
    assert titles(editor, q="bank")[0] == "Bänke"
    assert set(titles(editor, q="bank")) == {"Bänke", "Eins", "Vier"}
    assert titles(editor, q="Sitzbank") == ["Zwei"]
    assert len(titles(editor, q="Stadtgrün")) == 4
    assert titles(editor, q="Stadtgrün Bankverwaltung") == ["Vier"]


@pytest.mark.parametrize("field", [field.name for field in record.FIELDS if field.kind in ("line", "email", "text")
                                   and field.name != "musterdatensatz"])  # a closed list of its own
def test_internal_facts_are_found_by_those_who_see_them_alone(unit, editor, other, field):
    value = f"{SECRET}@example.org" if field == "responsible_email" else f"Amt {SECRET} 7"
    made = f.act("inventory_record_create", editor, title="Unauffällig", unit=unit["name"], **{field: value})
    assert titles(editor, q=SECRET) == ["Unauffällig"]
    found = f.act("inventory_record_list", other, q=SECRET)
    assert (found["count"], found["results"]) == (0, [])
    assert all(not items for items in found["facets"].values())
    assert f.act("inventory_record_list", other, q="Unauffällig")["count"] == 1
    f.act("inventory_record_patch", editor, id=made["id"], **{field: ""})
    assert titles(editor, q=SECRET) == []


def test_filters_and_counts_on_the_record_know_only_what_one_sees(unit, editor, other):
    f.act("inventory_record_create", editor, title="A", unit=unit["name"], personal_data="yes", openness="restricted")
    f.act("inventory_record_create", editor, title="B", unit=unit["name"], confidentiality="high")
    f.act("inventory_record_create", editor, title="C", unit=unit["name"], draft=True)
    assert titles(other) == ["A"]
    assert titles(editor) == ["A", "B", "C"]
    for facet in ("protection", "personal_data", "openness", "freshness", "completeness"):
        assert counts(other, facet) == {}
        for value in counts(editor, facet):
            assert titles(other, **{facet: value}) == []
    assert counts(other, "status") == {"internal": 1}
    assert counts(editor, "status") == {"draft": 1, "internal": 2}
    assert counts(editor, "protection") == {"high": 1, "unset": 2}
    assert counts(editor, "personal_data") == {"yes": 1, "unset": 2}
    assert titles(editor, openness="restricted") == ["A"]
    assert titles(editor, personal_data="unset") == ["B", "C"]


def test_a_stage_of_review_is_told_only_to_those_who_see_the_case(unit, editor, other, tmp_path):
    made = f.harvested(unit, tmp_path)
    f.board()
    f.act("review_submit", editor, package_id=made["id"])
    assert counts(editor, "status") == {"in_review": 1}
    assert counts(other, "status") == {"internal": 1}
    assert titles(other, status="in_review") == []
    f.published_dataset(unit, tmp_path, title="Öffentlich")
    assert counts(other, "status") == {"internal": 1, "published": 1}
    assert titles(other, status="published") == ["Öffentlich"]


def test_units_count_what_is_below_them(editor):
    big = f.act("organization_create", name="fb-umwelt-klimaschutz", title="Fachbereich Umwelt")
    small = f.act("organization_create", name="fd-naturschutz", title="Fachdienst Naturschutz")
    f.dataset(big, title="Oben")
    f.dataset(small, title="Unten")
    lead = f.user()
    f.act("role_grant", user=lead["name"], role="inventory_lead")
    assert titles(lead["name"], unit="fb-umwelt-klimaschutz") == ["Oben", "Unten"]
    assert titles(lead["name"], unit=small["id"]) == ["Unten"]
    assert titles(lead["name"], unit="gibtesnicht") == []
    found = counts(lead["name"], "unit")
    assert (found["fb-umwelt-klimaschutz"], found["fd-naturschutz"], found["stadt-osnabrueck"]) == (2, 1, 2)
    assert "fb-finanzen" not in found


def test_formats_and_themes(unit, editor, app):
    f.dataset(unit, title="A", theme=["ENVI", "TRAN"], resources=[{"url": "http://127.0.0.1/a", "format": "csv"}])
    two = [{"url": "http://127.0.0.1/a", "format": "CSV"}, {"url": "http://127.0.0.1/b", "format": "WFS"}]
    f.dataset(unit, title="B", theme=["ENVI"], resources=two)
    assert counts(editor, "format") == {"CSV": 2, "WFS": 1}
    assert counts(editor, "theme") == {"ENVI": 2, "TRAN": 1}
    assert titles(editor, format="wfs") == ["B"]
    assert titles(editor, theme="TRAN", format="CSV") == ["A"]
    answer = app.get("/api/3/action/inventory_record_list", headers=token(editor)).json["result"]
    assert {item["name"]: item["label"] for item in answer["facets"]["theme"]}["ENVI"] == "Umwelt"


def test_freshness_and_sorting(unit, editor):
    now = utcnow()
    days = {"Alt": (now - timedelta(days=400), -35), "Neu": (None, 365), "Gut": (now, 300)}
    for title, (confirmed, due) in days.items():
        made = f.dataset(unit, title=title)
        model.Session.execute(
            update(InventoryRecord).where(InventoryRecord.package_id == made["id"])
            .values(confirmed_at=confirmed, due_on=now.date() + timedelta(days=due))
        )  # fmt: skip
        model.Session.commit()
    assert counts(editor, "freshness") == {"confirmed": 1, "never": 1, "overdue": 1}
    assert titles(editor, freshness="overdue") == ["Alt"]
    assert titles(editor, sort="due") == ["Alt", "Gut", "Neu"]
    assert titles(editor) == ["Alt", "Gut", "Neu"]
    f.act("package_patch", editor, id=f.act("inventory_record_list", editor, q="Alt")["results"][0]["id"], notes="neu")
    assert titles(editor, sort="changed")[0] == "Alt"


def test_titles_are_sorted_as_people_do(unit, editor):
    for title in ("Zoo", "Ämter", "bäder", "Amt"):
        f.dataset(unit, title=title)
    assert titles(editor) == ["Amt", "Ämter", "bäder", "Zoo"]
    assert titles(editor, limit=2, offset=1) == ["Ämter", "bäder"]
    assert f.act("inventory_record_list", editor, limit=0)["count"] == 4


def test_sql_knows_completeness_as_python_does(unit):
    values = {
        "openness": [None, "open", "internal"], "personal_data": [None, "none", "yes"], "personal_categories": [None, [], ["health"]],
        "openness_review_on": [None, utcnow().date()],
    }  # fmt: skip
    texts = {field.name: "x" for field in record.FIELDS if field.required and field.name not in values}
    texts |= {"protected_interest": "other", "openness_reason": "x", "processing_record": "x"}
    cases = [dict(zip(values, case, strict=True)) | texts for case in itertools.product(*values.values())]
    cases += [{**case, name: ""} for case in cases for name in texts]
    for number, case in enumerate(cases):
        model.Session.add(InventoryRecord(package_id=f"p{number}", **case))
    model.Session.flush()
    rows = {row[0]: row[1] for row in model.Session.execute(select(InventoryRecord.package_id, search.complete()))}
    assert rows == {f"p{number}": not record.missing(case) for number, case in enumerate(cases)}
    assert {True, False} == set(rows.values())


def test_the_index_follows_every_way_of_writing(unit, editor, tmp_path):
    made = f.harvested(unit, tmp_path)

    def entry() -> str:
        model.Session.expire_all()
        return model.Session.execute(select(InventorySearch.entry).where(InventorySearch.package_id == made["id"])).scalar_one()

    f.act("package_patch", id=made["id"], notes="Nashorn", tag_string="Giraffe", theme=["HEAL"])
    assert "nashorn" in entry()
    assert "giraff" in entry()
    f.act("organization_patch", id=unit["id"], title="Fachdienst Elefanten")
    assert "elefant" in entry()
    model.Session.execute(text("UPDATE package SET title = 'Pinguin' WHERE id = :id"), {"id": made["id"]})
    model.Session.execute(text("UPDATE tag SET name = 'Zebra' WHERE name = 'Giraffe'"))
    model.Session.commit()
    assert "pinguin" in entry()
    assert "giraff" not in entry()
    model.Package.get(made["id"]).resources[0].state = "deleted"
    model.Session.commit()
    assert counts(editor, "format") == {}
    f.act("dataset_purge", id=made["id"])
    assert model.Session.query(InventorySearch).count() == 0


def test_reindex_builds_it_anew(unit, editor, cli):
    from ckan.cli.cli import ckan

    f.dataset(unit, title="Baumkataster")
    model.Session.execute(text("UPDATE dp_inventory_search SET entry = '', title_key = ''"))
    model.Session.commit()
    assert titles(editor, q="Baum") == []
    done = cli.invoke(ckan, ["datenplattform", "inventory", "reindex"])
    assert done.exit_code == 0, done.output
    assert "1" in done.output
    assert titles(editor, q="Baum") == ["Baumkataster"]


def test_nothing_like_it_is_found_in_what_is_hidden(unit, editor, other):
    f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"], confidentiality="high")
    found = f.act("inventory_record_list", other, q="Baumktaster")
    assert found["count"] == 0
    assert f.act("inventory_record_list", editor, q="Baumktaster")["fuzzy"] is True


NASTY = st.one_of(
    st.text(st.characters(codec=None), max_size=60),
    st.text("'\\:*!&|<->() \0%_äß\ud800", max_size=30),
    st.sampled_from(["a" * 5000, "' OR 1=1 --", "a & | !", "b:*:*", "\0", "%", "_", "()", "<->", "½", "ﬃ", "İ", "\ud800", "ae ue oe"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=NASTY, unit_name=NASTY, code=NASTY)
def test_any_text_is_answered(q, unit_name, code):
    root = f.system()
    for asked in ({"q": q}, {"q": f"Baum {q}", "unit": unit_name}, {"format": code, "theme": code}):
        try:
            found = f.act("inventory_record_list", root, **asked)
        except tk.ValidationError:
            assert any(char == "\0" or "\ud800" <= char <= "\udfff" for value in asked.values() for char in value)
            continue
        assert found["count"] == len(found["results"])


@pytest.fixture
def staff(editor):
    return token(editor)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(max_size=40), status=st.text(max_size=10), page=st.integers(-5, 10**20))
def test_the_page_answers_any_text(app, staff, q, status, page):
    asked = {"q": q, "status": status, "unit": q, "format": q, "sort": q, "page": page, "view": q}
    assert app.get("/inventar", query_string=asked, headers=staff).status_code == 200 if page > 0 else True


def test_codes_in_no_list_are_refused(editor):
    for facet in ("status", "protection", "personal_data", "openness", "freshness", "completeness", "sort"):
        with pytest.raises(tk.ValidationError) as refused:
            f.act("inventory_record_list", editor, **{facet: "Unsinn"})
        assert list(refused.value.error_dict) == [facet]
    assert "gruen" not in units.above({}, "gruen")


def test_saved_searches_are_ones_own(editor, other):
    made = f.act("inventory_filter_create", editor, name="Fällig", query={"freshness": "overdue", "limit": 5, "sonst": "x"})
    assert made["query"] == {"freshness": "overdue"}
    f.act("inventory_filter_create", editor, name="Fällig", query={"q": "Baum"})
    [kept] = f.act("inventory_filter_list", editor)
    assert (kept["id"], kept["query"]) == (made["id"], {"q": "Baum"})
    assert f.act("inventory_filter_list", other) == []
    with pytest.raises(tk.ObjectNotFound):
        f.act("inventory_filter_delete", other, id=made["id"])
    with pytest.raises(tk.ValidationError):
        f.act("inventory_filter_delete", other, id="gibtesnicht\0")
    f.act("inventory_filter_delete", editor, id=made["id"])
    assert f.act("inventory_filter_list", editor) == []
    for name in ("create", "list", "delete"):
        with pytest.raises(tk.NotAuthorized):
            f.anonymous(f"inventory_filter_{name}", id="x")
        with pytest.raises(tk.NotAuthorized):
            f.act(f"inventory_filter_{name}", f.user()["name"], id="x")


@pytest.mark.parametrize("given", [{}, {"name": "X"}, {"name": "X", "query": {}}, {"name": " ", "query": {"q": "a"}},
                                   {"name": "X", "query": {"status": "x"}}, {"name": "x" * 101, "query": {"q": "a"}}])  # fmt: skip
def test_saved_searches_need_a_name_and_a_filter(editor, given):
    with pytest.raises(tk.ValidationError):
        f.act("inventory_filter_create", editor, **given)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_clerk_finds_filters_and_keeps_a_search(page, unit, editor, tmp_path, width):
    """By the page alone: no script of ours runs there."""
    long = "Verzeichnis der Donaudampfschifffahrtsgesellschaftskapitänsmützen und ihrer Beteiligungen"
    for title, fields in (("Baumkataster", {"openness": "open"}), (long, {"confidentiality": "high"}), ("Parkbänke", {}),
                          ("Spielplätze", {"openness": "not_publishable", "personal_data": "none"})):  # fmt: skip
        f.act("inventory_record_create", editor, title=title, unit=unit["name"], notes="Wird jährlich erfasst.", **fields)
    f.published_dataset(unit, tmp_path, title="Haltestellen")
    f.act("inventory_record_create", editor, title="Noch ein Entwurf", unit=unit["name"], draft=True)
    f.dataset(f.unit("soziales", title="Fachbereich Soziales"), title="Kita-Plätze")
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, editor)
    page.goto("/inventar")
    looked_at(page, f"inventory-list-{width}")
    assert page.locator("tbody tr").count() == 7
    page.fill("#dp-q", "Bäume")
    page.press("#dp-q", "Enter")
    assert page.locator("tbody tr th a").all_inner_texts() == ["Baumkataster", "Haltestellen"]  # its description names trees
    page.goto("/inventar")
    if width < 900:
        page.locator(".dp-filter-link").first.click()
    page.locator(".dp-facet").get_by_role("link", name="Intern", exact=False).first.click()
    assert "status=internal" in page.url
    page.goto("/inventar?q=Stadt&completeness=incomplete&view=cards")
    looked_at(page, f"inventory-cards-{width}")
    if width < 900:
        page.goto("/inventar?q=Stadt&completeness=incomplete&view=cards#filter")
    page.fill("#dp-keep-name", "Unvollständige im Stadtgrün")
    page.press("#dp-keep-name", "Enter")
    page.wait_for_selector(".alert")
    page.goto("/inventar#filter")
    looked_at(page, f"inventory-filters-{width}")
    page.get_by_role("link", name="Unvollständige im Stadtgrün").click()
    assert "completeness=incomplete" in page.url
    page.goto("/inventar#filter")
    page.get_by_role("button", name="Unvollständige im Stadtgrün").click()
    page.wait_for_selector(".alert")
    assert f.act("inventory_filter_list", editor) == []
    page.goto("/inventar?q=Baumktaster")
    looked_at(page, f"inventory-alike-{width}")
    page.goto("/inventar?q=Xylophon&status=refused")
    looked_at(page, f"inventory-nothing-{width}")
