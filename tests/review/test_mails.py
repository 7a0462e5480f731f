"""Who is told what by mail: by a real SMTP server. A step never waits for it, and nothing is told twice."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.lib import jobs
from rq import SimpleWorker

from ckanext.datenplattform.core.mail import NotSent
from ckanext.datenplattform.review import checking, post
from ckanext.datenplattform.review.model_post import Letter
from tests import factories as f
from tests.inventory.mailbox import Mailbox, mailbox  # noqa: F401 - a fixture
from tests.review.scene import Scene, later, rules  # noqa: F401 - a fixture
from tests.review.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("platform")


def mail_of(name):
    return f.act("user_show", id=name)["email"]


@pytest.fixture
def scene(mailbox, rules):
    jobs.get_queue().empty()
    scene = Scene()
    scene.dpo = f.user("dpo")
    f.act("role_grant", user=scene.dpo["name"], role="dpo")
    scene.mailbox = mailbox
    return scene


def told(scene):
    """{address: subject} of what the background job sends."""
    SimpleWorker([jobs.get_queue()], connection=jobs.get_queue().connection).work(burst=True)
    letters = scene.mailbox.take()
    assert len({letter.to for letter in letters}) == len(letters)
    return {letter.to: letter for letter in letters}


def addresses(people):
    return {person["email"] for person in people}


def test_a_submission_asks_for_votes_and_tells_the_officer(scene):
    deputy = scene.deputy(scene.members[0])
    scene.submit()
    letters = told(scene)
    assert set(letters) == addresses([*scene.members, scene.dpo])
    letter = letters[scene.members[0]["email"]]
    assert letter.subject.startswith("Ihre Stimme fehlt: Datensatz")
    assert f"/gremium/{scene.case['id']}" in letter.text
    assert "Ein Datensatz." not in letter.text
    assert letters[scene.dpo["email"]].subject != letter.subject
    # the deputy is asked when nobody else of the seat may vote
    f.act("review_withdraw", scene.steward, package_id=scene.id, reason="Noch einmal")
    f.act("package_patch", scene.steward, id=scene.id, notes="Neu")
    f.act("member_create", id=scene.unit["id"], object=scene.members[0]["name"], object_type="user", capacity="editor")
    f.act("package_patch", scene.members[0]["name"], id=scene.id, notes="Neuer")
    told(scene)
    scene.submit()
    assert set(told(scene)) == addresses([*scene.members[1:], deputy, scene.dpo])


def test_the_decision_is_told_and_the_late_letter_is_not_sent(scene):
    scene.submit()
    for member in scene.members[:3]:
        scene.vote(member)
    letters = told(scene)
    # the request for votes is no news any more
    assert {letter.subject.split(":")[0] for letter in letters.values() if letter.to != scene.dpo["email"]} == {"Veröffentlicht"}
    assert set(letters) == addresses([*scene.members, scene.dpo]) | {mail_of(scene.steward)}


def test_a_no_and_changes_and_a_withdrawal_are_told(scene):
    scene.submit()
    lead = scene.lead()
    told(scene)
    f.act("review_decide", lead["name"], case_id=scene.case["id"], decision="request_changes", reason="Kanarienvogel",
          mend_until=later(days=5).date().isoformat())  # fmt: skip
    letters = told(scene)
    assert set(letters) == {mail_of(scene.steward)}
    assert "Kanarienvogel" not in letters[mail_of(scene.steward)].text
    scene.submit()
    told(scene)
    for member in scene.members[:3]:
        scene.vote(member, "refuse")
    assert set(told(scene)) == {mail_of(scene.steward), scene.dpo["email"]}
    scene.submit()
    told(scene)
    f.act("review_withdraw", scene.steward, package_id=scene.id, reason="Kanarienvogel")
    letters = told(scene)
    # who withdrew knows
    assert set(letters) == addresses(scene.members)
    assert not any("Kanarienvogel" in letter.text for letter in letters.values())


def test_the_end_of_a_publication_is_told(scene):
    scene.submit()
    for member in scene.members[:3]:
        scene.vote(member)
    told(scene)
    f.act("review_withdraw", scene.members[0]["name"], package_id=scene.id, reason="Fehler")
    assert set(told(scene)) == addresses(scene.members[1:]) | {mail_of(scene.steward)}


@pytest.mark.ckan_config("ckanext.datenplattform.review.check_at_once_megabytes", -1)
def test_the_unit_hears_of_the_checks(scene):
    scene.submit()
    assert told(scene).keys() == addresses([*scene.members, scene.dpo]) | {mail_of(scene.steward)}
    assert scene.state == "in_review"
    other = Scene(business_secrets="yes")
    other.submit()
    checking.carry_on(other.case["id"])
    scene.mailbox.take()
    assert other.state == "changes_requested"
    letters = told(scene)
    assert [letters[address].subject.split(":")[0] for address in letters] == ["Die automatische Prüfung hat die Einreichung angehalten"]


def test_a_mail_server_that_is_away_holds_nothing_up(scene):
    scene.mailbox.refuses = True
    scene.submit()
    with pytest.raises(NotSent):
        post.job()
    assert post.deliver() == post.FAILURES
    scene.mailbox.refuses = False
    assert post.deliver() == 0
    assert {letter.to for letter in scene.mailbox.take()} == addresses([*scene.members, scene.dpo])
    assert post.deliver() == 0
    post.job()
    assert scene.mailbox.take() == []


def test_what_is_rolled_back_is_not_told(scene):
    with pytest.raises(tk.ValidationError):
        f.act("review_submit", scene.steward, package_id=scene.id, publish_at="2001-01-01")
    f.act("package_patch", scene.steward, id=scene.id, license_id="")
    with pytest.raises(tk.ValidationError):
        scene.submit()
    model.Session.rollback()
    assert told(scene) == {}


def test_two_workers_send_each_mail_once(app, scene):
    scene.submit()
    assert at_once(app, [post.deliver, post.deliver], "dp_review_letter") == [0, 0]
    assert len(scene.mailbox.take()) == 6


def test_who_may_not_know_any_more_is_not_told(scene):
    scene.submit()
    gone = scene.members[4]
    f.act("user_delete", id=gone["id"])
    f.act("role_revoke", user=scene.dpo["name"], role="dpo")
    f.act("inventory_record_patch", id=scene.id, confidentiality="high")
    assert set(told(scene)) == addresses(scene.members[:4])


def test_one_mail_a_day(scene, rules):
    daily = scene.members[0]
    f.act("review_mails_patch", daily["name"], daily=True)
    assert f.act("review_mails_show", daily["name"]) == {"daily": True}
    scene.submit()
    other = Scene()
    other.members = scene.members
    assert daily["email"] not in told(scene)
    day = later(days=1)
    post.digests(day.replace(hour=2))
    assert scene.mailbox.take() == []
    post.digests(day.replace(hour=12))
    [letter] = scene.mailbox.take()
    assert letter.to == daily["email"]
    assert "Ihre Stimme fehlt: Datensatz" in letter.text
    post.digests(day.replace(hour=13))
    assert scene.mailbox.take() == []
    # back again: what gathers meanwhile comes at once
    f.act("review_mails_patch", daily["name"], daily=False)
    f.act("review_withdraw", scene.steward, package_id=scene.id, reason="Noch einmal")
    assert daily["email"] in told(scene)


def test_the_page_of_the_choice(app, scene):
    member = scene.members[0]
    token = {"Authorization": f.act("api_token_create", member["name"], user=member["name"], name="seiten")["token"]}
    assert "jede sofort" in app.get("/gremium/mails", headers=token).text
    app.post("/gremium/mails", headers=token, data={"daily": "true"}, follow_redirects=False)
    assert f.act("review_mails_show", member["name"]) == {"daily": True}
    stranger = f.user("citizen")
    foreign = {"Authorization": f.act("api_token_create", stranger["name"], user=stranger["name"], name="seiten")["token"]}
    app.get("/gremium/mails", headers=foreign, status=404)
    with pytest.raises(tk.NotAuthorized):
        f.act("review_mails_patch", stranger["name"], daily=True)
    with pytest.raises(tk.NotAuthorized):
        f.act("review_mails_show", "")


@pytest.mark.ckan_config("smtp.server", "")
def test_without_a_mail_server_nothing_gathers(rules):
    scene = Scene()
    scene.submit()
    assert model.Session.query(Letter).count() == 0
