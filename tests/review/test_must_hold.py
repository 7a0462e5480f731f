"""What must hold whatever comes together: edits and purges that meet the deciding vote, members who go, clocks that change."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core import days
from ckanext.datenplattform.review import due
from ckanext.datenplattform.review.rules import deadline
from tests import factories as f
from tests.review.scene import Scene, rules, scene  # noqa: F401
from tests.review.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("platform")
UTC = timezone.utc


def standing(scene):
    """(hash, decision) of the publications in force."""
    rows = model.Session.execute(
        sa.text("SELECT content_hash, decision_id FROM dp_publication WHERE package_id = :id AND until IS NULL"), {"id": scene.id}
    )
    return [tuple(row) for row in rows]


def before_the_last_vote(scene):
    scene.submit()
    for member in scene.members[:2]:
        scene.vote(member)
    model.Session.commit()


def test_the_deciding_vote_and_an_edit_at_once(scene, app):
    """Published is what was submitted, never what came in between; who edited is told."""
    before_the_last_vote(scene)
    edit = lambda: f.act("package_patch", scene.steward, id=scene.id, notes="Heimlich geändert.")  # noqa: E731
    voted, edited = at_once(app, [lambda: scene.vote(scene.members[2]), edit], table="package")
    assert isinstance(edited, tk.NotAuthorized), edited
    assert isinstance(voted, dict), voted
    assert voted["state"] == "published"
    assert standing(scene) == [(voted["content_hash"], voted["id"])]
    assert access.content_hash(scene.id) == voted["content_hash"]
    assert f.anonymous("package_show", id=scene.id)["notes"] == "Ein Datensatz."


def test_the_deciding_vote_and_a_purge_at_once(scene, app):
    """Either it is published and the purge is refused, or it is gone and nothing is published."""
    before_the_last_vote(scene)
    voted, purged = at_once(app, [lambda: scene.vote(scene.members[2]), lambda: f.act("dataset_purge", id=scene.id)], table="package")
    there = model.Session.get(model.Package, scene.id) is not None
    if there:
        assert isinstance(voted, dict), voted
        assert isinstance(purged, tk.NotAuthorized), purged
        assert standing(scene) == [(voted["content_hash"], voted["id"])]
    else:
        assert purged is None or not isinstance(purged, Exception), purged
        assert standing(scene) == []
        assert scene.state != "published"
    assert scene.public == there


@pytest.mark.parametrize("first", ["vote", "removal"])
def test_a_member_removed_in_mid_case(scene, first):
    """The vote counts when it was cast in time; afterwards there is none. Two others do not reach the quorum alone."""
    scene.submit()
    leaving = scene.members[0]
    if first == "vote":
        scene.vote(leaving)
    f.act("role_revoke", user=leaving["name"], role="board")
    if first == "removal":
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            scene.vote(leaving)
    else:
        with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
            scene.vote(leaving, "refuse")
    for member in scene.members[1:3]:
        scene.vote(member)
    counted = 3 if first == "vote" else 2
    assert f.act("review_show", id=scene.case["id"])["tally"]["approve"] == counted
    assert scene.state == ("published" if first == "vote" else "in_review")
    assert scene.public == (first == "vote")


def test_days_are_days_whatever_the_clock_does():
    """Deadlines count in UTC: the days on which clocks change are as long as others. A last day ends at the town's midnight."""
    for changed in (datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 10, 30, 12, tzinfo=UTC)):
        assert deadline({"days": 5}, "normal", changed) - changed == timedelta(days=5)
    assert days.end_of("2027-03-28") == datetime(2027, 3, 28, 22, tzinfo=UTC)
    assert days.end_of("2027-10-31") == datetime(2027, 10, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize(("written", "meant"), [
    ("2099-10-25T02:30:00+02:00", datetime(2099, 10, 25, 0, 30, tzinfo=UTC)),
    ("2099-10-25T02:30:00+01:00", datetime(2099, 10, 25, 1, 30, tzinfo=UTC)),
])  # fmt: skip
def test_an_hour_that_is_there_twice(scene, written, meant):
    """Both half past two of the night in autumn are told apart, and the clock that runs back releases nothing twice."""
    scene.submit(publish_at=written)
    for member in scene.members[:3]:
        scene.vote(member)
    for moment, released in ((meant - timedelta(seconds=1), 0), (meant, 1), (meant - timedelta(hours=1), 0), (meant, 0)):
        assert due.run(moment)["released"] == released, moment
        assert scene.public == (released == 1 or standing(scene) != [])
    assert len(standing(scene)) == 1


def test_a_vote_after_the_deadline_and_one_after_the_end(rules):
    """Late votes count as long as the case is open; once it has ended none does."""
    rules(expire_days=3)
    late = Scene()
    late.submit()
    due.run(datetime.now(UTC) + timedelta(days=15))
    assert late.vote(late.members[0])["state"] == "in_review"
    due.run(datetime.now(UTC) + timedelta(days=60))
    assert late.state == "expired"
    for member in late.members[1:]:
        with pytest.raises((tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound)):
            late.vote(member)
    assert (late.public, standing(late)) == (False, [])
