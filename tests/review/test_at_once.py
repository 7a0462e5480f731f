"""Two at once: whatever two requests do in the same moment, there is one decision and no vote is lost.

Each request has a thread and a session of its own. A lock on the table of events holds them in mid-transaction until
all of them stand there (or wait for one another), so that they really meet.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.review import due
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@pytest.fixture
def case():
    """A case before five members; (case, members)."""
    unit = f.unit()
    steward = f.editor_of(unit)
    made = f.dataset(unit, steward["name"])
    f.act("inventory_record_patch", id=made["id"], personal_data="none", openness="open")
    members = f.board()
    return f.act("review_submit", steward["name"], package_id=made["id"]), members


def at_once(app, calls, table="dp_review_event"):
    """Run the calls in threads that meet where they write into the table; the answer or the error of each."""
    answers: list[Any] = [None] * len(calls)

    def run(number, call):
        with app.flask_app.test_request_context():
            try:
                answers[number] = call()
            except Exception as problem:
                answers[number] = problem
            finally:
                model.Session.remove()

    model.Session.commit()
    engine = model.Session.get_bind()
    threads = [threading.Thread(target=run, args=(number, call)) for number, call in enumerate(calls)]
    with engine.connect() as gate, engine.connect() as watch, gate.begin():
        gate.execute(sa.text(f"LOCK TABLE {table} IN SHARE MODE"))
        for thread in threads:
            thread.start()
        until = time.monotonic() + 20
        while watch.execute(WAITING).scalar() < len(calls):
            watch.rollback()
            assert time.monotonic() < until, f"they never met: {answers}"
            time.sleep(0.02)
        watch.rollback()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    model.Session.rollback()
    model.Session.expire_all()
    return answers


def vote(case, member, choice="approve"):
    grounds = {"interest": "other"} if choice == "refuse" else {}
    return lambda: f.act("review_vote", member["name"], case_id=case["id"], vote=choice, reason="Grund", **grounds)


def count(statement, **values):
    return model.Session.execute(sa.text(statement), values).scalar()


def decided_once(case, votes, kind="published"):
    """One decision, one event, one publication row, and as many votes as counted."""
    events = "SELECT count(*) FROM dp_review_event WHERE case_id = :id AND kind = :kind"
    assert count(events, id=case["id"], kind=kind) == 1
    assert count(events, id=case["id"], kind="voted") == votes
    assert count("SELECT count(*) FROM dp_review_vote WHERE case_id = :id", id=case["id"]) == votes
    rows = count("SELECT count(*) FROM dp_publication WHERE package_id = :id", id=case["package_id"])
    assert rows == (1 if kind == "published" else 0)
    assert count("SELECT state FROM dp_review_case WHERE id = :id", id=case["id"]) == kind


def test_two_votes_at_once_are_both_counted_and_decide_once(case, app):
    made, members = case
    vote(made, members[0])()
    answers = at_once(app, [vote(made, members[1]), vote(made, members[2])])
    assert sorted(answer["state"] for answer in answers) == ["in_review", "published"]
    decided_once(made, 3)
    assert f.anonymous("package_show", id=made["package_id"])["private"] is False
    assert f.anonymous("package_search", q="*:*")["count"] == 1


def test_votes_after_the_deciding_one_are_told_so(case, app):
    made, members = case
    for member in members[:2]:
        vote(made, member)()
    answers = at_once(app, [vote(made, member) for member in members[2:]])
    told = [answer for answer in answers if isinstance(answer, tk.ValidationError)]
    assert len(told) == 2, answers
    assert sum(isinstance(answer, dict) and answer["state"] == "published" for answer in answers) == 1
    decided_once(made, 3)


def test_approval_and_refusal_at_once(case, app):
    """Two for, two against: the fifth and a change of mind meet; one decides, the other is told."""
    made, members = case
    for member, choice in zip(members, ("approve", "approve", "refuse", "refuse"), strict=False):
        vote(made, member, choice)()
    answers = at_once(app, [vote(made, members[4]), vote(made, members[0], "refuse")])
    closed = count("SELECT state FROM dp_review_case WHERE id = :id", id=made["id"])
    assert closed in ("published", "refused")
    assert sum(isinstance(answer, dict) and answer["state"] == closed for answer in answers) == 1
    standing = count("SELECT count(*) FROM dp_publication WHERE package_id = :id", id=made["package_id"])
    assert standing == (closed == "published")


def test_one_member_voting_twice_at_once_counts_once(case, app):
    made, members = case
    vote(made, members[0])()
    answers = at_once(app, [vote(made, members[1]), vote(made, members[1])])
    assert [answer["state"] for answer in answers] == ["in_review", "in_review"], answers
    assert count("SELECT count(*) FROM dp_review_vote WHERE case_id = :id", id=made["id"]) == 2
    assert f.act("review_show", members[2]["name"], id=made["id"])["tally"]["approve"] == 2


def test_withdrawal_and_deciding_vote_at_once(case, app):
    """Whoever is first wins; it never ends as decided and withdrawn."""
    made, members = case
    for member in members[:2]:
        vote(made, member)()
    take_back = lambda: f.act("review_withdraw", members[4]["name"], package_id=made["package_id"], reason="Fehler")  # noqa: E731
    answers = at_once(app, [vote(made, members[2]), take_back])
    state = count("SELECT state FROM dp_review_case WHERE id = :id", id=made["id"])
    standing = count(
        "SELECT count(*) FROM dp_publication WHERE package_id = :id AND until IS NULL", id=made["package_id"]
    )
    voted, withdrawn = answers
    if isinstance(voted, dict):
        # decided first: what is withdrawn then is the publication
        assert voted["state"] == state == "published"
        assert standing == (0 if isinstance(withdrawn, dict) else 1)
    else:
        assert (state, standing) == ("withdrawn", 0)
        assert isinstance(voted, tk.ValidationError)


def test_the_same_submitted_twice_at_once_is_one_case(app):
    unit = f.unit()
    stewards = [f.editor_of(unit), f.editor_of(unit)]
    made = f.dataset(unit)
    f.act("inventory_record_patch", id=made["id"], personal_data="none", openness="open")
    f.board()
    calls = [lambda name=person["name"]: f.act("review_submit", name, package_id=made["id"]) for person in stewards]
    answers = at_once(app, calls)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "dict"], answers
    assert count("SELECT count(*) FROM dp_review_case WHERE package_id = :id", id=made["id"]) == 1


def test_a_vote_and_the_clock_at_once(case, app):
    """What is due and the deciding vote meet: one decision, whoever is first."""
    made, members = case
    for member in members[:2]:
        vote(made, member)()
    late = "UPDATE dp_review_case SET deadline = now() - interval '1 year', rules = rules || '{\"expire_days\"\\: 5}'"
    model.Session.execute(sa.text(late))
    answers = at_once(app, [vote(made, members[2]), due.run])
    voted, clock = answers
    if isinstance(voted, dict):
        assert voted["state"] == "published"
        assert clock["expired"] == 0
        decided_once(made, 3)
    else:
        assert isinstance(voted, tk.ValidationError)
        assert clock["expired"] == 1
        decided_once(made, 2, "expired")


def test_a_release_on_its_date_and_a_withdrawal_at_once(case, app):
    """Never released and withdrawn: what is due finds it withdrawn, or the withdrawal finds it published."""
    made, members = case
    f.act("review_withdraw", members[0]["name"], package_id=made["package_id"], reason="Neu mit Datum")
    steward = model.User.get(count("SELECT submitted_by FROM dp_review_case WHERE id = :id", id=made["id"]))
    later = datetime.now(timezone.utc) + timedelta(days=2)
    made = f.act("review_submit", steward.name, package_id=made["package_id"], publish_at=later.isoformat())
    for member in members[:3]:
        vote(made, member)()
    take_back = lambda: f.act("review_withdraw", steward.name, package_id=made["package_id"], reason="Fehler")  # noqa: E731
    clock, withdrawn = at_once(app, [lambda: due.run(later + timedelta(days=1)), take_back])
    state = count("SELECT state FROM dp_review_case WHERE id = :id", id=made["id"])
    standing = count(
        "SELECT count(*) FROM dp_publication WHERE package_id = :id AND until IS NULL", id=made["package_id"]
    )
    if clock["released"]:
        assert (state, standing) == ("published", 0 if withdrawn["withdrawn"] == "publication" else 1)
    else:
        assert (state, standing, withdrawn["withdrawn"]) == ("withdrawn", 0, "submission")
