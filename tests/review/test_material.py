"""What is material: typing errors pass at once and leave their event, everything else waits for the board."""

from __future__ import annotations

import re

import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.review import material, proof
from tests import factories as f


@pytest.mark.parametrize(
    ("before", "after", "passes"),
    [
        ("Alle Bäumme der Stadt", "Alle Bäume der Stadt", True),
        ("Die Strassen, nach Namne", "Die Straßen nach Name.", True),
        ("Stanodrte der Bäume", "Standorte der Bäume", True),
        ("Messwerte je Stunde", "Messwerte je Stunde, bereinigt", False),
        ("keine Personen", "eine Personen", False),
        ("Werte von 2019", "Werte von 2018", False),
        ("Höhe in 10m", "Höhe in 10cm", False),
        ("unbelastet", "belastet", False),
        ("Fragen an amt@stadt.de", "Fragen an arzt@stadt.de", False),
        ("Fragen an amt@stadt.de", "Fragen an amt stadt.de", False),
        ("Text", "", False),
        ("", "Text", False),
        ("Daten <b>neu</b>", "Daten <i>neu</i>", False),
        ("haben laufen sehen geben nehmen kommen", "hagen laufer sehem gebem nehmer kommer", False),
    ],
)
def test_typing_errors(before, after, passes):
    assert material.is_typing_error(before, after) is passes
    assert material.is_typing_error(after, before) is passes


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_correction_adds_and_drops_no_word_and_no_digit(before, after):
    if material.is_typing_error(before, after):
        assert len(re.findall(r"\w+", before)) == len(re.findall(r"\w+", after))
        assert [c for c in before if c.isdigit()] == [c for c in after if c.isdigit()]
    assert material.is_typing_error(before, before)


BEFORE = {
    "package": {"title": "Bäumme der Stadt", "license_id": "cc-zero"}, "extras": {"frequency": "ANNUAL"}, "tags": ["baum"],
    "resources": {"r": {"name": "Liste der Bäumme", "url": "a.csv", "extras": {}}},
}  # fmt: skip


def test_only_in_texts():
    def changed(part, name, value):
        return {**BEFORE, part: {**BEFORE[part], name: value}}

    right = changed("package", "title", "Bäume der Stadt")
    assert material.only_typing_errors(BEFORE, right)
    assert material.only_typing_errors(BEFORE, changed("resources", "r", {"name": "Liste der Bäume", "url": "a.csv", "extras": {}}))
    for other in (
        changed("package", "license_id", "cc-zera"), changed("extras", "frequency", "ANNUEL"), {**BEFORE, "tags": ["bäum"]},
        changed("resources", "s", {}), changed("resources", "r", {"name": "Liste der Bäumme", "url": "b.csv", "extras": {}}),
        {**BEFORE, "resources": {}}, changed("package", "author", "Muster"),
    ):  # fmt: skip
        assert not material.only_typing_errors(BEFORE, other)


@pytest.mark.usefixtures("platform")
def test_a_typing_error_is_corrected_at_once_and_proved():
    unit = f.unit()
    shown = f.published_dataset(unit, notes="Alle Bäumme der ganzen Stadt.")
    steward = f.editor_of(unit)["name"]

    def change(**dataset):
        return f.act("review_revision_create", steward, package_id=shown["id"], dataset=dataset)["state"]

    assert change(notes="Alle Bäume der ganzen Stadt.") == "corrected"
    assert f.anonymous("package_show", id=shown["id"])["notes"] == "Alle Bäume der ganzen Stadt."
    assert f.anonymous("package_search", q="Bäume")["count"] == 1
    [event] = [item for item in f.act("review_history", package_id=shown["id"])["results"] if item["kind"] == "corrected"]
    assert event["facts"]["before"] != event["facts"]["content_hash"]
    proof.verify()
    # measured from what the board decided: a second small step does not go further
    assert change(notes="Alle Säume der ganzen Stadt.") == "pending"
    assert f.anonymous("package_show", id=shown["id"])["notes"] == "Alle Bäume der ganzen Stadt."
    # the gate itself lets nobody past: neither a direct change nor a stranger's correction
    with pytest.raises(tk.NotAuthorized):
        f.act("package_patch", steward, id=shown["id"], notes="Alle Bäumme der ganzen Stadt.")
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        stranger = f.editor_of(f.unit())["name"]
        f.act("review_revision_create", stranger, package_id=shown["id"], dataset={"notes": "Alle Bäume der ganzen Statt."})
