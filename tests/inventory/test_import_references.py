"""Rows that name other rows of their file: by key or title, also forwards; the same file again changes nothing."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import pytest

from tests import factories as f

from .test_bulk import load
from .test_import import german, problems, row  # noqa: F401

pytestmark = pytest.mark.usefixtures("platform")

MADE_OF, PART = "Abgeleitet aus", "Teil von"


def ids() -> dict[str, str]:
    """{title: id} of all datasets."""
    model.Session.rollback()
    return {row.title: row.id for row in model.Session.query(model.Package)}


def test_by_key_and_title_forwards_and_twice_is_once(unit, editor):
    there = f.act("inventory_record_create", editor, title="Schon da", unit=unit["name"])
    rows = [
        row(unit, "Karte", **{MADE_OF: "k2; Luftbilder 2024", PART: "Atlas"}),
        row(unit, "Kataster", Schlüssel="k2", **{MADE_OF: there["name"]}),
        row(unit, "Luftbilder 2024"),
        row(unit, "Atlas", Schlüssel="a"),
    ]
    dry = load(rows, editor, dry_run=True)
    assert dry["report"]["counts"] == {"create": 4, "change": 0, "same": 0, "problems": 0}
    load(rows, editor)
    known = ids()
    card = f.act("inventory_record_show", editor, id=known["Karte"])
    assert card["derived_from"] == [known["Kataster"], known["Luftbilder 2024"]]
    assert card["part_of"] == [known["Atlas"]]
    assert f.act("inventory_record_show", editor, id=known["Kataster"])["derived_from"] == [there["id"]]
    assert load(rows, editor)["report"]["counts"] == {"create": 0, "change": 0, "same": 4, "problems": 0}
    # a dataset that exists and one that is still to be made, named by the same file
    rows += [row(unit, "Neu", Schlüssel="n", **{PART: "Kataster"})]
    rows[3][PART] = "n"
    dry = load(rows, editor, dry_run=True)
    [change] = [item for item in dry["report"]["items"] if item["action"] == "change"]
    assert change["changes"] == [{"label": PART, "from": "", "to": "Neu"}]
    assert load(rows, editor)["report"]["counts"] == {"create": 1, "change": 1, "same": 3, "problems": 0}
    known = ids()
    assert f.act("inventory_record_show", editor, id=known["Atlas"])["part_of"] == [known["Neu"]]
    assert f.act("inventory_record_show", editor, id=known["Neu"])["part_of"] == [known["Kataster"]]
    assert load(rows, editor)["report"]["counts"]["same"] == 5
    rows[3][PART] = "-"
    load(rows, editor)
    assert not f.act("inventory_record_show", editor, id=known["Atlas"])["part_of"]


def test_a_key_counts_before_a_title_and_the_own_unit_before_others(unit):
    lead, other = f.sysadmin()["name"], f.unit()
    rows = [
        row(unit, "A", Schlüssel="B"),
        row(unit, "B", Schlüssel="A"),
        row(other, "Anderes", Schlüssel="A"),
        row(other, "Fragt", Schlüssel="f", **{PART: "A"}),
        row(unit, "Fragt auch", Schlüssel="g", **{PART: "a"}),
    ]
    load(rows, lead)
    known = ids()
    assert f.act("inventory_record_show", lead, id=known["Fragt"])["part_of"] == [known["Anderes"]]
    assert f.act("inventory_record_show", lead, id=known["Fragt auch"])["part_of"] == [known["A"]]
    assert load(rows, lead)["report"]["counts"]["same"] == 5


def test_what_is_wrong_is_told_at_its_cell(unit, editor, german):
    rows = [
        row(unit, "Eins", Schlüssel="1", **{PART: "1"}),
        row(unit, "Zwei", Schlüssel="2", **{PART: "gibt es nicht"}),
        row(unit, "Gleich", Schlüssel="3"),
        row(unit, "Gleich", Schlüssel="4"),
        row(unit, "Drei", Schlüssel="5", **{PART: "Gleich"}),
    ]
    said = problems(rows, editor)
    head = list(dict.fromkeys(name for item in rows for name in item)).index(PART)
    letter = "ABCDEFGH"[head]
    assert said == [
        (f"{letter}2", "Diese Zeile nennt sich selbst."),
        (f"{letter}3", "Einen Datensatz „gibt es nicht“ gibt es nicht, weder im Inventar noch in dieser Datei."),
        (f"{letter}6", "„Gleich“ kann eine der Zeilen 4, 5 sein. Bitte geben Sie jeder einen eigenen Schlüssel, und nennen Sie den."),
    ]


def test_hidden_and_unknown_datasets_are_refused_alike(unit, editor):
    secret = f.act("inventory_record_create", title="Geheim", unit=f.unit()["name"], confidentiality="high")

    def said(name: Any) -> Any:
        [(cell, text)] = problems([row(unit, "Neu", **{PART: name})], editor)
        return cell, text.replace(name, "…")

    assert said(secret["name"]) == said("gibt-es-nicht")
    # a title of the inventory is no address: only rows of the file are found by title
    assert said("Geheim") == said("Gibt es nicht")


def test_an_own_address_is_oneself_too(unit, editor):
    load([row(unit, "Eins", Schlüssel="1")], editor)
    name = model.Session.query(model.Package).one().name
    assert len(problems([row(unit, "Eins", Schlüssel="1", **{PART: name})], editor)) == 1
