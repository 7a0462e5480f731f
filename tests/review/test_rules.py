"""The board's rules: seats, deputies, recusal, majority, tracks; what a decision records and who reads it."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.review import proof
from tests import factories as f
from tests.review.scene import Scene, events, rules, scene  # noqa: F401

pytestmark = pytest.mark.usefixtures("platform")


def test_a_seat_has_one_vote(scene):
    scene.submit()
    member, deputy = scene.members[0], scene.deputy(scene.members[0])
    assert f.act("review_show", deputy["name"], id=scene.case["id"])["may_vote"]
    scene.vote(deputy)
    assert scene.vote(member, "refuse")["tally"] == {"approve": 0, "refuse": 1, "abstain": 0}
    with pytest.raises(tk.NotAuthorized):
        scene.vote(deputy)
    scene.vote(scene.members[1])
    assert scene.vote(scene.members[2])["state"] == "in_review"
    assert not scene.public


def test_the_deputy_of_who_recused_votes_and_the_member_does_not(scene):
    scene.submit()
    member, deputy = scene.members[0], scene.deputy(scene.members[0])
    f.act("review_recuse", member["name"], case_id=scene.case["id"])
    with pytest.raises(tk.NotAuthorized):
        scene.vote(member)
    for person in (deputy, *scene.members[1:3]):
        case = scene.vote(person)
    assert case["state"] == "published"
    assert len(events(scene, "recused")) == 1
    with pytest.raises(tk.ValidationError):
        f.act("review_recuse", scene.members[4]["name"], case_id=scene.case["id"])


def test_who_has_voted_cannot_recuse_and_outsiders_neither(scene):
    scene.submit()
    scene.vote(scene.members[0])
    with pytest.raises(tk.ValidationError):
        f.act("review_recuse", scene.members[0]["name"], case_id=scene.case["id"])
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        f.act("review_recuse", scene.steward, case_id=scene.case["id"])
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        tk.get_action("review_recuse")({"user": f.sysadmin()["name"], "ignore_auth": True}, {"case_id": scene.case["id"]})


def test_a_recusal_can_leave_the_votes_that_decide(scene):
    scene.submit()
    for member in scene.members[:2]:
        scene.vote(member)
    scene.vote(scene.members[2], "abstain")
    assert scene.state == "in_review"
    assert f.act("review_recuse", scene.members[3]["name"], case_id=scene.case["id"])["state"] == "published"


def test_a_deputy_who_edited_does_not_vote(scene):
    deputy = scene.deputy(scene.members[0])
    f.act("member_create", id=scene.unit["id"], object=deputy["name"], object_type="user", capacity="editor")
    f.act("package_patch", deputy["name"], id=scene.id, notes="Von der Vertretung geändert.")
    scene.submit()
    with pytest.raises(tk.NotAuthorized):
        scene.vote(deputy)


def test_two_thirds(rules):
    rules(majority="two_thirds")
    scene = Scene()
    scene.submit()
    for member, choice in zip(scene.members, ("approve", "approve", "approve", "refuse"), strict=False):
        case = scene.vote(member, choice)
    assert case["state"] == "in_review"
    assert scene.vote(scene.members[4], "refuse")["state"] == "refused"


def test_the_rules_of_the_submission_count_and_their_hash_is_part_of_the_decision(scene, rules):
    scene.submit()
    rules(quorum=5, majority="two_thirds", full={"quorum": 5})
    for member in scene.members[:3]:
        case = scene.vote(member)
    assert case["state"] == "published"
    [decision] = events(scene, "approved")
    assert decision["rules_hash"] == events(scene, "submitted")[0]["rules_hash"]
    other = Scene()
    assert events_hash(other) != decision["rules_hash"]


def events_hash(scene):
    scene.submit()
    return events(scene, "submitted")[0]["rules_hash"]


def test_a_decision_records_duty_dashboard_and_what_is_released(rules):
    scene = Scene(publication_duty=["hvd"])
    scene.submit(dashboard=True)
    f.act("inventory_record_patch", id=scene.id, publication_duty=[])
    for member in scene.members[:3]:
        scene.vote(member)
    [decision] = events(scene, "approved")
    assert (decision["duty"], decision["dashboard"], decision["released"]) == (["hvd"], True, "data")
    assert decision["tally"] == {"approve": 3, "refuse": 0, "abstain": 0}
    assert decision["content_hash"] == scene.case["content_hash"]


@pytest.mark.parametrize("more", [{"interest": ""}, {"interest": "wir wollen nicht"}, {"mend_until": "2001-01-01"},
                                  {"interest": "contract", "mend_until": "2099-01-01"}])  # fmt: skip
def test_a_no_needs_a_protected_interest_or_a_day(scene, more):
    scene.submit()
    with pytest.raises(tk.ValidationError):
        scene.vote(scene.members[0], "refuse", **more)
    assert events(scene, "voted") == []


def test_a_refusal_counts_its_interest_and_a_defect_comes_back(scene):
    scene.submit()
    for member in scene.members[:3]:
        case = scene.vote(member, "refuse")
    assert (case["state"], case["interests"]) == ("refused", ["contract"])
    [decision] = events(scene, "refused")
    assert (decision["interests"], decision["released"]) == (["contract"], "nothing")
    scene.submit()
    for member, day in zip(scene.members, ("2099-01-01", "2099-03-01", "2099-02-01"), strict=False):
        case = scene.vote(member, "refuse", mend_until=day)
    assert (case["state"], case["mend_until"]) == ("changes_requested", "2099-03-01")
    f.act("package_patch", scene.steward, id=scene.id, notes="Nachgebessert.")
    assert scene.submit()["state"] == "in_review"
    report = f.anonymous("review_report")
    assert (report["received"], report["refused"], report["changes_requested"]) == (3, 1, 1)
    assert report["refused_by_interest"] == {"contract": 1}


def test_the_lead_decides_the_fast_track_alone_and_no_other(rules, tmp_path):
    scene = Scene()
    lead = scene.lead()
    scene.submit()
    with pytest.raises(tk.NotAuthorized):
        f.act("review_decide", lead["name"], case_id=scene.case["id"], decision="approve")
    assert not scene.public
    for member in scene.members[:3]:
        scene.vote(member)
    f.act("review_revision_create", scene.steward, package_id=scene.id, dataset={"notes": "Ein viel besser beschriebener Datensatz."})
    assert scene.submit()["track"] == "fast"
    for person in (scene.members[1]["name"], scene.steward, f.sysadmin()["name"]):
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            f.act("review_decide", person, case_id=scene.case["id"], decision="approve")
    done = f.act("review_decide", lead["name"], case_id=scene.case["id"], decision="approve")
    assert done["state"] == "published"
    assert f.anonymous("package_show", id=scene.id)["notes"].startswith("Ein viel besser")
    assert events(scene, "approved")[0]["by"] == "lead"
    f.act("review_revision_create", scene.steward, package_id=scene.id, dataset={"license_id": "cc-by/4.0"})
    assert scene.submit()["track"] == "normal"
    proof.verify()


def test_the_lead_asks_for_changes_on_every_track_but_not_on_own_data(scene):
    lead = scene.lead()
    scene.submit()
    asked = {"case_id": scene.case["id"], "decision": "request_changes", "reason": "Koordinaten fehlen", "mend_until": "2099-01-01"}
    assert f.act("review_decide", lead["name"], **asked)["state"] == "changes_requested"
    f.act("member_create", id=scene.unit["id"], object=lead["name"], object_type="user", capacity="editor")
    f.act("package_patch", lead["name"], id=scene.id, notes="Von der Leitung geändert.")
    asked["case_id"] = scene.submit()["id"]
    with pytest.raises(tk.NotAuthorized):
        f.act("review_decide", lead["name"], **asked)


def test_a_track_is_raised_and_never_lowered(scene):
    assert scene.submit(track="full")["track"] == "full"
    assert scene.case["quorum"] == 4
    for member in scene.members[:3]:
        case = scene.vote(member)
    assert case["state"] == "in_review"
    with pytest.raises(tk.ValidationError):
        f.act("review_track_raise", scene.steward, case_id=scene.case["id"], track="normal")
    assert scene.vote(scene.members[3])["state"] == "published"


def test_what_once_was_personal_takes_the_full_track(rules):
    scene = Scene(kritis="yes")
    assert (scene.submit()["track"], scene.case["quorum"]) == ("full", 4)
    other = Scene()
    other.submit()
    raised = f.act("review_track_raise", other.members[0]["name"], case_id=other.case["id"], track="full")
    assert (raised["track"], raised["quorum"]) == ("full", 4)


def test_comments_are_for_those_who_see_the_case(scene):
    scene.submit()
    said = f.act("review_comment", scene.members[0]["name"], case_id=scene.case["id"], text="Sind die Höhen dabei?")
    assert said["text"] == "Sind die Höhen dabei?"
    assert f.act("review_comment", scene.steward, case_id=scene.case["id"], text="Ja.")["kind"] == "commented"
    stranger = f.editor_of(f.unit())["name"]
    for who in (stranger, ""):
        for action, data in (("review_comment", {"text": "Hallo"}), ("review_history", {}), ("review_track_raise", {"track": "full"})):
            with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
                f.act(action, who, case_id=scene.case["id"], **data)
    with pytest.raises(tk.ValidationError):
        f.act("review_comment", scene.steward, case_id=scene.case["id"], text="x" * 5001)
    history = f.act("review_history", scene.steward, package_id=scene.id)
    assert [event["text"] for event in history["results"]] == [None, "Sind die Höhen dabei?", "Ja."]
    assert history["head"]["hash"] == history["results"][-1]["hash"]


def test_the_report_names_no_dataset(scene):
    hidden = Scene()
    hidden.submit()
    scene.submit()
    for member in scene.members[:3]:
        scene.vote(member)
    report = f.anonymous("review_report")
    assert (report["received"], report["published"], report["open"]) == (2, 1, 1)
    assert [(unit["unit"], unit["published"]) for unit in report["units"]] == [(scene.unit["name"], 1)]
    title = f.act("package_show", id=hidden.id)["title"]
    assert title not in str(report)
    assert hidden.unit["name"] not in str(report)
    assert hidden.unit["name"] in str(f.act("review_report", scene.members[0]["name"]))
    assert f.anonymous("review_report", since="2099-01-01")["received"] == 0


def test_the_agenda_asks_the_database_as_often_for_many_cases_as_for_one(scene):
    def asked():
        statements = []
        engine = model.Session.get_bind()
        model.Session.commit()
        listen = lambda *args: statements.append(args[2])  # noqa: E731
        sa.event.listen(engine, "before_cursor_execute", listen)
        try:
            found = f.act("review_list", scene.members[0]["name"], limit=500)
        finally:
            sa.event.remove(engine, "before_cursor_execute", listen)
        return len(statements), found["count"]

    scene.submit()
    scene.vote(scene.members[1])
    asked()
    one = asked()
    for _ in range(4):
        other = Scene()
        other.submit()
        other.vote(other.members[0])
    assert asked() == (one[0], 5)
