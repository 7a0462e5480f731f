"""Records by the actions: made in a minute, every change kept, two people at once."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.inventory.record import FIELDS
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

VALUES: dict[str, Any] = {
    "derived_from": [], "part_of": [], "publication_duty": ["dng", "hvd"], "agreement_until": "2027-12-31",
    "personal_categories": ["health", "social"], "openness_review_on": "2028-03-01", "responsible_email": "a@example.org",
    "openness": "internal", "personal_data": "none", "musterdatensatz": "Flora und Fauna - Baumbestand - Baumkataster",
}  # fmt: skip


def test_quick_entry_is_private_and_fills_in_who_answers(unit, editor):
    first = f.act("inventory_record_create", editor, title="Bäume", unit=unit["name"], personal_data="none")
    package = f.act("package_show", id=first["id"])
    assert package["private"] is True
    assert package["state"] == "active"
    assert package["name"] == "baeume"
    f.act("inventory_record_patch", editor, id=first["id"], responsible_function="Baumkontrolle", deputy="Leitung")
    second = f.act("inventory_record_create", editor, title="Bäume", unit=unit["name"])
    assert second["name"] != "baeume"
    assert (second["responsible_function"], second["deputy"]) == ("Baumkontrolle", "Leitung")


def test_only_editors_of_the_unit_add(unit):
    stranger = f.editor_of(f.unit())["name"]
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_create", stranger, title="Bäume", unit=unit["name"])
    with pytest.raises(tk.NotAuthorized):
        f.anonymous("inventory_record_create", title="Bäume", unit=unit["name"])
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_record_create", f.editor_of(unit)["name"], unit=unit["name"])
    assert "title" in refused.value.error_dict


def test_a_draft_is_the_units_own_until_it_is_finished(unit, editor):
    made = f.act("inventory_record_create", editor, title="Entwurf", unit=unit["id"], draft=True)
    other = f.editor_of(f.unit())["name"]
    with pytest.raises(tk.ObjectNotFound):
        f.act("inventory_record_show", other, id=made["id"])
    f.act("inventory_record_patch", editor, id=made["id"], draft=False)
    assert f.act("package_show", editor, id=made["id"])["state"] == "active"
    assert made["id"] in [item["id"] for item in f.act("inventory_record_list", other)["results"]]


def test_every_field_comes_out_as_it_went_in_and_its_change_is_kept(unit, editor):
    made = f.act("inventory_record_create", editor, title="Alles", unit=unit["name"])
    wanted = {
        field.name: VALUES.get(field.name, field.choices[0] if isinstance(field.choices, tuple) else f"Wert {field.name}")
        for field in FIELDS
    }
    wanted["part_of"] = [made["name"]]
    f.act("inventory_record_patch", editor, id=made["id"], **wanted)
    shown = f.act("inventory_record_show", editor, id=made["id"])
    wanted["part_of"] = [made["id"]]
    assert {name: shown[name] or None for name in wanted} == {name: value or None for name, value in wanted.items()}
    assert shown["missing"] == []
    assert shown["completeness"] == 100
    kept = {item["field"]: item for item in f.act("inventory_record_history", editor, id=made["id"])}
    assert set(kept) == {name for name, value in wanted.items() if value}
    assert kept["agreement_until"]["after"] == "2027-12-31"
    assert kept["deputy"]["by"] == editor
    f.act("inventory_record_patch", editor, id=made["id"], deputy="", agreement_until="")
    newest = {item["field"]: item for item in f.act("inventory_record_history", editor, id=made["id"])[:2]}
    assert newest["deputy"]["before"] == "Wert deputy"
    assert newest["deputy"]["after"] is None
    assert newest["agreement_until"]["before"] == "2027-12-31"


@pytest.mark.parametrize("field", [field for field in FIELDS if field.choices or field.kind in ("date", "datasets", "email")])
def test_nonsense_is_refused_at_its_field(unit, editor, field):
    made = f.act("inventory_record_create", editor, title="X", unit=unit["name"])
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_record_patch", editor, id=made["id"], **{field.name: "Unsinn"})
    assert list(refused.value.error_dict) == [field.name]
    assert f.act("inventory_record_show", editor, id=made["id"])[field.name] in (None, [])


def test_a_hidden_dataset_cannot_be_named(unit, editor):
    other = f.unit()
    hidden = f.act("inventory_record_create", title="Geheim", unit=other["name"], confidentiality="high")
    made = f.act("inventory_record_create", editor, title="X", unit=unit["name"])
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_record_patch", editor, id=made["id"], part_of=hidden["name"])
    unknown = str(refused.value.error_dict).replace(hidden["name"], "")
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_record_patch", editor, id=made["id"], part_of="gibtesnicht")
    assert str(refused.value.error_dict).replace("gibtesnicht", "") == unknown


def test_what_is_not_open_needs_interest_reason_and_date(unit, editor):
    made = f.act("inventory_record_create", editor, title="X", unit=unit["name"])
    shown = f.act("inventory_record_patch", editor, id=made["id"], openness="restricted", personal_data="yes")
    for name in ("protected_interest", "openness_reason", "openness_review_on", "personal_categories", "processing_record"):
        assert name in shown["missing"]
    shown = f.act("inventory_record_patch", editor, id=made["id"], openness="open", personal_data="none")
    assert shown["missing"] == ["responsible_function", "source_class", "source_system"]


def test_two_people_at_one_record(unit, editor):
    other = f.editor_of(unit)["name"]
    seen = f.act("inventory_record_create", editor, title="X", unit=unit["name"], deputy="alt", provider="alt")
    form = {name: seen[name] for name in ("deputy", "provider", "volume")}
    # the other one saves first
    f.act("inventory_record_patch", other, id=seen["id"], modified=seen["modified"], **{**form, "deputy": "anders"})
    # a field of one's own goes through, what the other wrote stays
    merged = f.act("inventory_record_patch", editor, id=seen["id"], modified=seen["modified"], **{**form, "volume": "10"})
    assert (merged["deputy"], merged["volume"]) == ("anders", "10")
    with pytest.raises(tk.ValidationError) as refused:
        f.act("inventory_record_patch", editor, id=seen["id"], modified=seen["modified"], **{**form, "deputy": "mein"})
    problems: Any = refused.value.error_dict
    [difference] = problems["differences"]
    assert (difference["field"], difference["yours"], difference["theirs"]) == ("deputy", "mein", "anders")
    assert difference["by"] == other
    assert f.act("inventory_record_show", editor, id=seen["id"])["deputy"] == "anders"
    now = f.act("inventory_record_show", editor, id=seen["id"])["modified"]
    assert f.act("inventory_record_patch", editor, id=seen["id"], modified=now, deputy="mein")["deputy"] == "mein"


def test_deleted_is_gone_for_all_and_the_record_stays(unit, editor, tmp_path):
    made = f.act("inventory_record_create", editor, title="X", unit=unit["name"], deputy="D")
    f.act("inventory_record_delete", editor, id=made["id"])
    with pytest.raises(tk.ObjectNotFound):
        f.act("inventory_record_show", editor, id=made["id"])
    kept = {item["field"]: item["after"] for item in f.act("inventory_record_history", id=made["id"])}
    assert kept["deputy"] == "D"
    assert kept["state"] == "deleted"
    published = f.published_dataset(unit, tmp_path)
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_delete", editor, id=published["id"])


def test_a_relation_to_what_one_may_not_know_shows_no_name(unit, editor, app):
    other = f.unit()
    lead = f.user()["name"]
    f.act("role_grant", user=lead, role="inventory_lead")
    hidden = f.act("inventory_record_create", title="Kanarienvogel", unit=other["name"], confidentiality="high")
    made = f.act("inventory_record_create", editor, title="X", unit=unit["name"])
    f.act("inventory_record_patch", lead, id=made["id"], part_of=hidden["name"])
    headers = {"Authorization": f.act("api_token_create", editor, user=editor, name="t")["token"]}
    page = app.get(f"/inventar/{made['name']}", headers=headers)
    assert hidden["id"] in page.text
    assert "kanarienvogel" not in page.text.lower()
    # and the form can be sent as it is
    saved = f.act("inventory_record_patch", editor, id=made["id"], part_of=hidden["id"], deputy="D")
    assert saved["part_of"] == [hidden["id"]]


def test_the_inventory_lead_adds_for_every_unit(unit):
    lead = f.user()["name"]
    f.act("role_grant", user=lead, role="inventory_lead")
    made = f.act("inventory_record_create", lead, title="Bäume", unit=unit["name"])
    assert made["owner_org"] == unit["id"]
    assert f.act("package_show", id=made["id"])["private"] is True
    for who in (lead, f.sysadmin()["name"]):
        with pytest.raises((tk.ValidationError, tk.NotAuthorized)):
            f.act("inventory_record_create", who, title="Bäume", unit="gibtesnicht")
