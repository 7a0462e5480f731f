"""A stop blocks the submission; only the data-protection officer refutes one about people; nothing leaks."""

import json
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.core import signals
from ckanext.datenplattform.inventory import shared as inventory
from ckanext.datenplattform.review import cases, ready
from ckanext.datenplattform.review.checks import wiring
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")
SECRET = "name;mail\nErika Kanarienvogel;erika.kanarienvogel@gmx.de\n"


@pytest.fixture
def unit():
    return f.unit("geodaten")


@pytest.fixture
def steward(unit):
    return f.editor_of(unit)


@pytest.fixture
def dpo(unit):
    made = f.user("dpo")
    f.act("role_grant", user=made["name"], role="dpo")
    return made


@pytest.fixture
def personal(unit, tmp_path):
    f.board()
    return f.harvested(unit, tmp_path, SECRET)["id"]


def submit(package_id, who):
    return f.act("review_submit", who["name"], package_id=package_id)


def stopped(package_id, who):
    with pytest.raises(tk.ValidationError) as problem:
        submit(package_id, who)
    model.Session.rollback()
    return problem.value.error_dict


def finding(package_id, who, code="mail"):
    shown = f.act("review_check_show", who["name"], package_id=package_id)
    return next(item for item in shown["results"] if item["code"] == code)


def refute(package_id, who, key, **context):
    data = {"package_id": package_id, "key": key, "evidence": "Die Adressen sind erfunden."}
    full: Any = {"user": who["name"], **context}
    return tk.get_action("review_check_refute")(full, data)


def test_personal_data_stop_the_submission(personal, steward):
    errors = stopped(personal, steward)
    assert "mail" in json.dumps(errors)
    assert "kanarien" not in json.dumps(errors).lower()
    with pytest.raises(tk.ObjectNotFound):
        f.act("review_show", steward["name"], package_id=personal)


def test_only_the_officer_refutes_and_then_it_can_be_submitted(personal, unit, steward, dpo):
    stopped(personal, steward)
    key = finding(personal, steward)["key"]
    others = (steward, f.sysadmin(), f.board()[0], f.editor_of(unit))
    for person in others:
        for context in ({}, {"ignore_auth": True}):
            with pytest.raises(tk.NotAuthorized):
                refute(personal, person, key, **context)
    for person in (f.user("citizen"), {"name": ""}):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            refute(personal, person, key)
    shown = refute(personal, dpo, key)
    assert next(item for item in shown["results"] if item["key"] == key)["refuted"]["text"] == "Die Adressen sind erfunden."
    for item in shown["results"]:
        if item["level"] == "stop" and item["key"] != key:
            refute(personal, dpo, item["key"])
    case = submit(personal, steward)
    assert case["state"] == "in_review"
    assert case["track"] == "full"
    assert "check_refuted" in [event["kind"] for event in f.act("review_show", steward["name"], id=case["id"])["events"]]


def test_twice_is_once(personal, steward, dpo):
    stopped(personal, steward)
    key = finding(personal, steward)["key"]
    refute(personal, dpo, key)
    with pytest.raises(tk.ValidationError):
        refute(personal, dpo, key)
    with pytest.raises(tk.ValidationError):
        refute(personal, dpo, "unknown")


def test_an_officer_who_edited_does_not_refute(personal, unit, steward, dpo):
    f.act("member_create", id=unit["id"], object=dpo["name"], object_type="user", capacity="editor")
    f.act("package_patch", dpo["name"], id=personal, notes="Von der Datenschutzbeauftragten geändert.")
    stopped(personal, steward)
    with pytest.raises(tk.NotAuthorized):
        refute(personal, dpo, finding(personal, steward)["key"])


def test_a_refutation_holds_for_this_content_only(personal, unit, steward, dpo, tmp_path):
    stopped(personal, steward)
    for item in f.act("review_check_show", steward["name"], package_id=personal)["results"]:
        if item["level"] == "stop":
            refute(personal, dpo, item["key"])
    f.harvested(unit, tmp_path, SECRET + "Hans Meier;hans.meier@web.de\n")
    assert stopped(personal, steward)


def test_what_is_no_personal_stop_cannot_be_refuted(unit, steward, dpo):
    f.board()
    made = f.dataset(unit, steward["name"])
    f.act("inventory_record_patch", id=made["id"], personal_data="none", openness="open", business_secrets="yes")
    stopped(made["id"], steward)
    with pytest.raises(tk.ValidationError):
        refute(made["id"], dpo, finding(made["id"], steward, "declared")["key"])
    assert stopped(made["id"], steward)


def test_findings_are_hidden_and_masked(personal, steward, app, caplog):
    stopped(personal, steward)
    other = f.editor_of(f.unit("andere"))
    for reader in (other["name"], f.user("citizen")["name"], ""):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            f.act("review_check_show", reader, package_id=personal)
        as_reader = {"REMOTE_USER": reader} if reader else {}
        answer = app.get(f"/api/action/review_check_show?package_id={personal}", environ_overrides=as_reader)
        assert answer.status_code in (403, 404)
        assert "anarienvogel" not in answer.text
    mine = json.dumps(f.act("review_check_show", steward["name"], package_id=personal))
    assert "anarienvogel" not in mine
    assert "anarienvogel" not in caplog.text
    rows = model.Session.query(wiring.Result).all()
    assert "anarienvogel" not in json.dumps([row.verdicts for row in rows])


def test_clean_data_pass_and_the_case_shows_it(unit, steward, tmp_path):
    members = f.board()
    made = f.harvested(unit, tmp_path)["id"]
    case = submit(made, steward)
    shown = f.act("review_check_show", members[0]["name"], package_id=made)
    assert (shown["state"], shown["current"]) == ("done", True)
    assert shown["level"] != "stop"
    assert case["track"] == "normal"


def test_others_add_checks_and_a_broken_one_stops(unit, steward):
    f.board()
    made = f.dataset(unit, steward["name"])
    f.act("inventory_record_patch", id=made["id"], personal_data="none", openness="open")

    def agreement(package_id, dataset, record):
        return [{"check": "agreement", "code": "register", "level": "stop", "text": "No such agreement.", "field": "agreement"}]

    def broken(package_id, dataset, record):
        raise RuntimeError("Kanarienvogel")

    for receiver, field in ((agreement, "agreement"), (broken, "__all__")):
        f.act("package_patch", steward["name"], id=made["id"], notes=f"Neu: {field}.")
        with signals.review_checks.connected_to(receiver):
            assert field in stopped(made["id"], steward)


def test_a_file_that_is_swapped_after_the_check_is_not_submitted(unit, steward, tmp_path):
    f.board()
    made = f.harvested(unit, tmp_path)
    package: Any = model.Package.get(made["id"])
    seen = ready.check(package)
    resource = f.act("package_show", steward["name"], id=made["id"])["resources"][0]
    path = inventory.stored(resource)
    assert path
    path.write_text(SECRET)
    with pytest.raises(cases.Conflict):
        cases.submit(package, steward["id"], "publication", checks=seen)
    model.Session.rollback()
