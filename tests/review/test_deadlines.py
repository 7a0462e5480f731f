"""Dates and the clock: releases on a date, deadlines, reminders, expiry. Late or early, one result; silence publishes nothing."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from freezegun import freeze_time

from ckanext.datenplattform.inventory import shared as inventory
from ckanext.datenplattform.review import due, post, proof
from tests import factories as f
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401
from tests.review.scene import Scene, events, later, rules, scene  # noqa: F401

pytestmark = pytest.mark.usefixtures("platform")


def test_a_release_on_its_date(scene):
    scene.submit(publish_at=later(days=3).isoformat())
    for member in scene.members[:3]:
        case = scene.vote(member)
    assert (case["state"], scene.public) == ("approved", False)
    assert not due.run()
    assert not scene.public
    with pytest.raises(tk.ValidationError):
        scene.vote(scene.members[3], "refuse")
    with pytest.raises(tk.NotAuthorized):
        f.act("package_patch", scene.steward, id=scene.id, notes="Nach der Entscheidung")
    assert due.run(later(days=4))["released"] == 1
    assert scene.public
    assert not due.run(later(days=5))
    proof.verify()


def test_a_release_on_its_date_publishes_nothing_that_changed(rules, tmp_path):
    scene = Scene()
    made = f.harvested(scene.unit, tmp_path)
    scene.id = made["id"]
    scene.submit(publish_at=later(days=3).isoformat())
    for member in scene.members[:3]:
        scene.vote(member)
    resource = model.Resource.get(made["resources"]["csv"])
    path = inventory.stored({"id": resource.id, "url": resource.url, "url_type": "upload"})
    assert path is not None
    path.write_text("name\nFrau Müller\n")
    assert due.run(later(days=4))["given_back"] == 1
    assert (scene.state, scene.public) == ("changes_requested", False)
    proof.verify()


@pytest.mark.parametrize("way", ["withdraw", "purge", "delete"])
def test_what_is_gone_before_its_date_is_not_published(scene, way):
    scene.submit(publish_at=later(days=3).isoformat())
    for member in scene.members[:3]:
        scene.vote(member)
    if way == "withdraw":
        f.act("review_withdraw", scene.steward, package_id=scene.id, reason="Doch nicht")
    else:
        f.act("dataset_purge" if way == "purge" else "package_delete", id=scene.id)
    due.run(later(days=4))
    assert model.Session.execute(sa.text("SELECT state FROM dp_review_case")).scalar() == "withdrawn"
    assert not model.Session.execute(sa.text("SELECT count(*) FROM dp_publication")).scalar()
    proof.verify()


def test_a_vote_after_the_deadline_counts_and_silence_publishes_nothing(scene):
    scene.submit()
    for member in scene.members[:2]:
        scene.vote(member)
    due.run(later(days=400))
    assert (scene.state, scene.public) == ("in_review", False)
    model.Session.execute(sa.text("UPDATE dp_review_case SET deadline = deadline - interval '400 days'"))
    assert scene.vote(scene.members[2])["state"] == "published"


def test_silence_is_consent_only_where_the_file_says_so(rules):
    rules(silence="consent", days=5)
    quiet, contested, full = Scene(), Scene(), Scene(kritis="yes")
    for each in (quiet, contested, full):
        each.submit()
    contested.vote(contested.members[0], "refuse")
    due.run(later(days=4))
    assert [scene.state for scene in (quiet, contested, full)] == ["in_review"] * 3
    due.run(later(days=6))
    assert [scene.public for scene in (quiet, contested, full)] == [True, False, False]
    assert events(quiet, "approved")[0]["by"] == "rules"
    proof.verify()


def test_undecided_cases_expire_unpublished(rules):
    rules(days=5, expire_days=10)
    scene = Scene()
    scene.submit()
    due.run(later(days=14))
    assert scene.state == "in_review"
    assert due.run(later(days=16))["expired"] == 1
    assert (scene.state, scene.public) == ("expired", False)
    assert f.act("package_patch", scene.steward, id=scene.id, notes="Wieder änderbar.")
    assert scene.submit()["state"] == "in_review"


def test_what_is_not_mended_in_time_expires(scene):
    lead = scene.lead()
    scene.submit()
    f.act("review_decide", lead["name"], case_id=scene.case["id"], decision="request_changes", reason="Fehler",
          mend_until=later(days=5).date().isoformat())  # fmt: skip
    assert not due.run(later(days=4))
    assert due.run(later(days=7))["expired"] == 1
    assert scene.state == "expired"


def test_members_who_leave_let_the_votes_decide_and_never_publish_without_quorum(scene):
    scene.submit()
    scene.vote(scene.members[0])
    scene.vote(scene.members[1])
    for member in scene.members[2:]:
        f.act("role_revoke", user=member["name"], role="board")
    due.run()
    assert (scene.state, scene.public) == ("in_review", False)
    f.act("role_grant", user=scene.members[2]["name"], role="board", unit="neu")
    assert scene.vote(scene.members[2])["state"] == "published"


def test_the_clock_goes_back(scene):
    """The order of votes and the chain do not depend on the clock."""
    with freeze_time(later(days=2)):
        scene.submit()
        scene.vote(scene.members[0])
        scene.vote(scene.members[1])
        former = scene.members[2]
        scene.vote(former, "refuse")
    # two days earlier: another sits on the third seat, and votes
    seat = scene.seat(former)
    f.act("role_revoke", user=former["name"], role="board")
    new = f.editor_of(f.unit(), "member")
    f.act("role_grant", user=new["name"], role="board", unit=seat)
    case = scene.vote(new)
    assert (case["tally"], case["state"]) == ({"approve": 3, "refuse": 0, "abstain": 0}, "published")
    proof.verify()


def test_reminder_and_escalation_are_sent_once(scene, mailbox: Mailbox):
    lead = scene.lead()
    scene.submit()
    scene.vote(scene.members[1])
    assert post.deliver() == 0
    mailbox.take()
    assert not due.run(later(days=2))
    assert due.run(later(days=12))["reminded"] == 1
    assert post.deliver() == 0
    letters = mailbox.take()
    assert {letter.to for letter in letters} == {m["email"] for m in scene.members if m is not scene.members[1]}
    assert f"/gremium/{scene.case['id']}" in letters[0].text
    assert not due.run(later(days=12))
    assert due.run(later(days=16))["escalated"] == 1
    assert post.deliver() == 0
    assert [letter.to for letter in mailbox.take()] == [lead["email"]]
    assert not due.run(later(days=17))
    assert not scene.public
