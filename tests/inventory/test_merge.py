"""Two records become one: nothing that somebody said is lost, and nobody merges what is not his."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.inventory.model import InventoryRecord
from ckanext.datenplattform.inventory.model_care import AccessRequest
from tests import factories as f
from tests.browser import log_in, looked_at

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def pair(unit, editor) -> tuple[dict[str, Any], dict[str, Any]]:
    """(goes, stays)"""
    one = f.act("inventory_record_create", editor, title="Bäume alt", unit=unit["name"], notes="Alle Bäume.")
    other = f.act("inventory_record_create", editor, title="Baumkataster", unit=unit["name"], deputy="Leitung")
    f.act("inventory_record_patch", editor, id=one["id"], deputy="Alt", volume="96.000 Bäume", integrity="high")
    f.act("inventory_record_patch", editor, id=one["id"], part_of=other["id"], personal_categories="contact")
    return one, other


def test_gaps_are_filled_and_both_histories_stand_together(unit, editor, pair):
    one, other = pair
    whole = f.act("inventory_record_create", editor, title="Grün", unit=unit["name"], derived_from=f"{one['id']};{other['id']}")
    part = f.act("inventory_record_create", editor, title="Fällungen", unit=unit["name"], part_of=one["id"])
    f.act("inventory_record_patch", editor, id=other["id"], integrity="normal")
    merged = f.act("inventory_record_merge", editor, id=one["id"], into=other["name"])
    assert merged["id"] == other["id"]
    assert (merged["deputy"], merged["volume"], merged["integrity"]) == ("Leitung", "96.000 Bäume", "high")
    assert merged["personal_categories"] == ["contact"]
    assert not merged["part_of"]  # not of itself
    assert f.act("package_show", editor, id=other["id"])["notes"] == "Alle Bäume."
    assert f.act("inventory_record_show", editor, id=whole["id"])["derived_from"] == [other["id"]]
    assert f.act("inventory_record_show", editor, id=part["id"])["part_of"] == [other["id"]]
    history = f.act("inventory_record_history", editor, id=other["id"])
    assert ("deputy", "Alt") in [(item["field"], item["after"]) for item in history if item["of"] == one["id"]]
    assert [item["after"] for item in history if item["field"] == "merged"] == [{"id": one["id"], "title": "Bäume alt"}]
    with pytest.raises(tk.ObjectNotFound):
        f.act("inventory_record_show", editor, id=one["id"])
    # and once more into a third one: all three histories
    f.act("inventory_record_merge", editor, id=other["id"], into=whole["id"])
    fields = {item["of"] for item in f.act("inventory_record_history", editor, id=whole["id"])}
    assert {one["id"], other["id"], whole["id"]} <= fields


def test_requests_follow_and_count_once_for_each_person(editor, pair):
    one, other = pair
    for package_id, user_id, purpose in ((one["id"], "a", "Gießen"), (other["id"], "a", "Karte"), (one["id"], "b", "Statik")):
        model.Session.add(AccessRequest(package_id=package_id, user_id=user_id, purpose=purpose))
    model.Session.commit()
    f.act("inventory_record_merge", editor, id=one["id"], into=other["id"])
    rows = model.Session.query(AccessRequest.package_id, AccessRequest.user_id, AccessRequest.purpose).order_by("user_id").all()
    assert [tuple(row) for row in rows] == [(other["id"], "a", "Karte\n\nGießen"), (other["id"], "b", "Statik")]


def test_the_stricter_confidentiality_counts(unit, editor, pair):
    one, other = pair
    stranger = f.editor_of(f.unit())["name"]
    f.act("inventory_record_patch", editor, id=one["id"], confidentiality="very_high")
    f.act("inventory_record_patch", editor, id=other["id"], confidentiality="normal")
    assert f.act("package_show", stranger, id=other["id"])
    f.act("inventory_record_merge", editor, id=one["id"], into=other["id"])
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", stranger, id=other["id"])


def test_only_who_may_change_both_and_hidden_is_unknown(unit, editor, pair):
    one, other = pair
    theirs = f.unit()
    stranger = f.editor_of(theirs)["name"]
    foreign = f.act("inventory_record_create", stranger, title="Fremd", unit=theirs["name"])
    secret = f.act("inventory_record_create", stranger, title="Geheim", unit=theirs["name"], confidentiality="high")
    for data in ({"id": one["id"], "into": foreign["id"]}, {"id": foreign["id"], "into": other["id"]}):
        for user in (editor, stranger):
            with pytest.raises(tk.NotAuthorized):
                f.act("inventory_record_merge", user, **data)
    for hidden in (secret["id"], "gibtesnicht", ""):
        for data in ({"id": one["id"], "into": hidden}, {"id": hidden, "into": one["id"]}):
            with pytest.raises(tk.ObjectNotFound):
                f.act("inventory_record_merge", editor, **data)
    for user in ("", f.user()["name"]):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            f.act("inventory_record_merge", user, id=one["id"], into=other["id"])


def test_what_is_public_before_the_board_harvested_or_has_files_does_not_go(unit, editor, pair, tmp_path):
    one, other = pair
    published = f.published_dataset(unit, tmp_path)["id"]
    harvested = f.harvested(unit, tmp_path, remote_id="2")["id"]
    waiting = f.dataset(unit, editor)["id"]
    f.act("inventory_record_patch", id=waiting, personal_data="none", openness="open")
    f.act("review_submit", editor, package_id=waiting)
    files = f.dataset(unit, editor, resources=[{"url": "https://example.org/a.csv", "name": "A"}])["id"]
    for gone in (published, harvested, waiting, files, other["id"]):
        with pytest.raises(tk.ValidationError) as refused:
            f.act("inventory_record_merge", editor, id=gone, into=other["id"])
        assert list(refused.value.error_dict) == ["id"]
    # into a published one: its record is filled, its public facts stay as decided
    f.act("inventory_record_merge", editor, id=one["id"], into=published)
    assert f.act("inventory_record_show", editor, id=published)["volume"] == "96.000 Bäume"
    assert f.anonymous("package_show", id=published)["title"] == "Baumkataster"


def test_nothing_is_half_done_when_it_breaks(editor, pair, monkeypatch):
    one, other = pair

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("ckanext.datenplattform.inventory.merging._redirect_requests", broken)
    with pytest.raises(RuntimeError):
        f.act("inventory_record_merge", editor, id=one["id"], into=other["id"])
    assert f.act("inventory_record_show", editor, id=one["id"])["state"] == "active"
    assert model.Session.get(InventoryRecord, other["id"]).volume is None


def test_in_the_browser(page: Any, unit, editor, pair):
    log_in(page, editor)
    f.act("inventory_record_create", editor, title="Baum-Kataster", unit=unit["name"], volume="viele")
    page.goto("/inventar/baumkataster")
    page.click("text=mit diesem Datensatz zusammenführen")
    assert "viele" in page.inner_text("main")
    looked_at(page, "merge")
    page.click("text=Andersherum")
    page.click("text=Andersherum")
    page.click("main button:has-text('Zusammenführen')")
    page.wait_for_url("**/inventar/baumkataster")
    assert "Zusammengeführt mit" in page.inner_text("main")
    assert page.input_value("#volume") == "viele"
    assert page.goto("/inventar/baum-kataster").status == 404
    assert page.goto("/inventar/baumkataster/zusammenfuehren/gibtesnicht").status == 404
