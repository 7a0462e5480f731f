"""What people find who write German, what is suggested to them, and what nobody is told."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.search import conf, query
from tests import factories as f

TITLES = {
    "baumkataster": "Baumkataster der Innenstadt", "fahrradabstellanlagen": "Fahrradabstellanlagen", "strassen": "Straßenverzeichnis",
    "kitas": "Kindertagesstätten", "haushalt": "Haushaltsplan 2026", "spiel": "Öffentliche Spielplätze",
}  # fmt: skip


def found(q: str, user: str | None = None, **more) -> list[str]:
    """Names of what a search finds, best first."""
    data = {"q": q, "rows": 50, **more}
    result = f.act("package_search", user, **data) if user else f.anonymous("package_search", **data)
    return [hit["name"] for hit in result["results"]]


@pytest.fixture
def town(platform):
    """Published datasets, and one that only its unit sees."""
    unit = f.unit()
    steward = f.editor_of(unit)
    members = f.board()
    for name, title in TITLES.items():
        package = f.dataset(unit, steward["name"], name=name, title=title, notes="Daten der Stadt", tags=[{"name": f"wort {name}"}])
        f.act("inventory_record_patch", id=package["id"], personal_data="none", openness="open")
        f.submit_and_vote(package["id"], steward["name"], members)
    f.dataset(unit, steward["name"], name="geheim", title="Kanarienvogelzählung")
    return steward


def test_a_search_in_german(app, town):
    """One world for all of it: to publish takes longest."""
    what_people_find(town)
    suggestions_while_somebody_types(town)
    did_you_mean(town)
    what_the_page_says(app)


def what_people_find(town):
    for q, name in {
        "Bäume": "baumkataster", "Baum": "baumkataster", "baeume": "baumkataster", "Rad": "fahrradabstellanlagen",
        "Fahrrad": "fahrradabstellanlagen", "Strasse": "strassen", "Straßen": "strassen", "Kita": "kitas", "Kitas": "kitas",
        "Kindergärten": "kitas", "Etat": "haushalt", "Haushalt": "haushalt", "Spielplatz": "spiel", "der Spielplatz": "spiel",
        "wort spiel": "spiel",
    }.items():  # fmt: skip
        assert found(q)[:1] == [name], q
    assert found("geheim") == found("Kanarienvogel") == []
    assert found("Kanarienvogel", town["name"], include_private=True) == ["geheim"]
    # what CKAN can do besides stays as it is
    assert found("title:Spielplätze") == ["spiel"]
    assert found("Spielplatz", qf="name") == []
    assert found("Spielplatz -öffentliche") == []
    assert set(found("")) == set(TITLES)


def suggestions_while_somebody_types(town):
    def suggested(q, user=None, **more):
        act = f.anonymous("search_suggest", q=q, **more) if user is None else f.act("search_suggest", user, q=q, **more)
        return [hit["name"] for hit in act]

    assert suggested("spi") == suggested("Öffentliche Sp") == suggested("oeff") == ["spiel"]
    assert f.anonymous("search_suggest", q="haus") == [{"name": "haushalt", "title": "Haushaltsplan 2026"}]
    # a part of a word begins like it
    assert suggested("anla") == ["fahrradabstellanlagen"]
    assert suggested("platz") == ["spiel"]
    assert suggested("kanar") == []
    assert suggested("kanar", town["name"]) == ["geheim"]
    assert suggested("") == suggested('"): *:* OR (') == []
    assert len(suggested("st", limit=1)) == 1
    with pytest.raises(tk.ValidationError):
        suggested("st", limit="viele")


def did_you_mean(town):
    def meant(q, user=None):
        return (f.anonymous("search_correct", q=q) if user is None else f.act("search_correct", user, q=q))["q"]

    assert meant("Baumkatster") == "baumkataster"
    assert meant("oeffentliche spielplätze") is None or meant("oeffentliche spielplätze") == "öffentliche spielplätze"
    assert meant("Haushaltsplan") is None
    assert meant("Xylophon") is None
    # a word of a hidden title is neither suggested nor is it told that it is there
    assert meant("Kanarienvogelzählng") is None
    assert meant("Kanarienvogelzählung") is None
    assert meant("Kanarienvogelzählng", town["name"]) == "kanarienvogelzählung"


def what_the_page_says(app):
    answer = app.get("/dataset/?q=Baumkatster")
    assert "Meinten Sie" in answer.body
    assert "q=baumkataster" in answer.body
    assert "Meinten Sie" not in app.get("/dataset/?q=Xylophon").body
    assert "Meinten Sie" not in app.get("/dataset/?q=Kanarienvogelz%C3%A4hlng").body


def test_words_are_normalized_as_solr_does(platform):
    words = [
        "bäume",
        "baeume",
        "straße",
        "quelle",
        "neue",
        "frauen",
        "fuenf",
        "poesie",
        "aue",
        "mauer",
        "zuege",
        "öl",
        "oel",
        "israel",
        "duell",
        "bauer",
    ]
    address = (
        tk.config["solr_url"]
        + "/analysis/field?"
        + urllib.parse.urlencode({"analysis.fieldtype": "text_de_begin", "analysis.query": " ".join(words), "wt": "json"})
    )
    with urllib.request.urlopen(address, timeout=10) as answer:
        steps = json.load(answer)["analysis"]["field_types"]["text_de_begin"]["query"]
    assert [token["text"] for token in steps[-1]] == [conf.normalized(word) for word in words]


def test_the_configuration_is_written_with_and_without_a_word_list(tmp_path: Path):
    words = tmp_path / "words"
    words.write_text("Katze\nsie\nDDR\nder\nKind\nklug\nschön\nAllzweckhubschrauber\n", encoding="utf-8")
    assert conf.write(tmp_path / "with", words)
    assert not conf.write(tmp_path / "without", tmp_path / "nowhere")
    with_list, without = (set((tmp_path / name / "compounds_de.txt").read_text().split()) for name in ("with", "without"))
    assert with_list - without == {"katze", "kind", "schon"}
    assert {"rad", "baum", "strasse"} <= without
    schema = (tmp_path / "without" / "schema.xml").read_text()
    assert 'name="ckan-2.12"' in schema
    assert '<copyField source="notes" dest="text_de"/>' in schema
    own = tmp_path / "synonyms"
    own.write_text("a, b\n")
    conf.write(tmp_path / "own", words, own)
    assert (tmp_path / "own" / "synonyms_de.txt").read_text() == "a, b\n"
    with pytest.raises(ValueError, match="schema"):
        conf.schema("<schema/>", (conf.FILES / "german.xml").read_text())


@given(st.text(max_size=60), st.dictionaries(st.text("abcäß", min_size=1, max_size=8), st.integers(1, 9), max_size=8))
def test_a_correction_is_made_of_known_words(text, known):
    better = query.corrected(text, known)
    assert better is None or (set(better.split()) <= set(known) and better != text.lower())


@given(st.text(max_size=80))
def test_a_beginning_asks_for_words_alone(text):
    asked = query.beginning(text)
    assert asked == "" or (asked.startswith("title_de_begin:(") and not set(asked[16:-1]) & set('():"\\*?~^{}[]!+-&|/'))
