"""Random people do random things, by the real actions: nothing is ever public that the chain does not decide."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ckanext.datenplattform.review import checking, due, events, proof
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

PERSON = st.integers(0, 9)
STEP = st.one_of(
    st.tuples(st.just("vote"), PERSON, st.sampled_from(("approve", "approve", "approve", "refuse", "abstain"))),
    st.tuples(st.just("decide"), PERSON, st.sampled_from(("approve", "refuse", "request_changes"))),
    st.tuples(
        st.sampled_from(("recuse", "submit", "withdraw", "edit", "make_public", "raise", "comment", "seat", "unseat", "check")),
        PERSON,
        st.just(""),
    ),
    st.tuples(st.just("time"), st.sampled_from((0, 5, 20, 200, -30)), st.just("")),
)  # fmt: skip


class World:
    """One dataset; five members (the first leads), the second one's deputy, a steward, somebody who works elsewhere, a stranger and an
    administrator."""

    def __init__(self, members):
        self.unit = f.unit()
        self.steward = f.editor_of(self.unit)
        self.id = f.dataset(self.unit, self.steward["name"])["id"]
        f.act("inventory_record_patch", id=self.id, personal_data="none", openness="open")
        seats = {role["user_id"]: role["unit"] for role in f.act("role_list") if role["role"] == "board"}
        deputy = f.editor_of(f.unit("vertretung"), "member")
        f.act("role_grant", user=deputy["name"], role="board_deputy", unit=seats[members[1]["id"]])
        self.people = [*members, deputy, self.steward, f.editor_of(f.unit("anderes")), f.user(), f.sysadmin()]

    def case(self):
        return model.Session.execute(
            sa.text("SELECT id FROM dp_review_case WHERE package_id = :id ORDER BY submitted_at DESC LIMIT 1"), {"id": self.id}
        ).scalar() or "none"  # fmt: skip

    def do(self, what, who, choice):
        name = self.people[who % len(self.people)]["name"] if what != "time" else ""
        case, no = self.case(), {"reason": "Grund", "interest": "contract"}
        mend = {"reason": "Grund", "mend_until": "2099-01-01"}
        if what == "vote":
            f.act("review_vote", name, case_id=case, vote=choice, **(no if choice == "refuse" else {}))
        elif what == "decide":
            f.act("review_decide", name, case_id=case, decision=choice, **{"refuse": no, "request_changes": mend}.get(choice, {}))
        elif what == "recuse":
            f.act("review_recuse", name, case_id=case)
        elif what == "submit":
            # each third dataset is so large that the worker checks it
            tk.config["ckanext.datenplattform.review.check_at_once_megabytes"] = -1 if who % 3 == 0 else 5
            soon = {"publish_at": (datetime.now(timezone.utc) + timedelta(days=10)).isoformat()} if who % 2 else {}
            f.act("review_submit", self.steward["name"], package_id=self.id, **soon)
        elif what == "check":
            checking.carry_on(case)
        elif what == "withdraw":
            f.act("review_withdraw", name, package_id=self.id, reason="Grund")
        elif what == "edit":
            f.act("package_patch", name, id=self.id, notes=f"Geändert von {name}.")
        elif what == "make_public":
            f.act("package_patch", name, id=self.id, private=False)
        elif what == "raise":
            f.act("review_track_raise", name, case_id=case, track="full")
        elif what == "comment":
            f.act("review_comment", name, case_id=case, text="Hinweis")
        elif what in ("remove", "purge"):
            f.act({"remove": "package_delete", "purge": "dataset_purge"}[what], name, id=self.id)
        elif what in ("seat", "unseat"):
            f.act("role_grant" if what == "seat" else "role_revoke", user=name, role="board", unit=f"amt-{who}")
        else:
            due.run(datetime.now(timezone.utc) + timedelta(days=who))

    def holds(self):
        """Public is exactly what has a publication in force, and that has its decision."""
        model.Session.expire_all()
        proof.verify()
        row = model.Session.execute(
            sa.text("SELECT decision_id, content_hash FROM dp_publication WHERE package_id = :id AND until IS NULL"), {"id": self.id}
        ).first()  # fmt: skip
        try:
            public = f.anonymous("package_show", id=self.id)["private"] is False
        except tk.ObjectNotFound:
            public = False
        assert public == (row is not None)
        if row:
            said = events.listing(case_id=row.decision_id)
            [decision] = [event for event in said if event["kind"] == "approved"]
            assert decision["facts"]["content_hash"] == row.content_hash
            voted = {event["actor"] for event in said if event["kind"] == "voted"}
            assert decision["facts"]["by"] == "board"
            assert decision["facts"]["tally"]["approve"] > decision["facts"]["tally"]["refuse"]
            assert sum(decision["facts"]["tally"].values()) <= len(voted)


@settings(
    max_examples=8, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(st.lists(STEP, min_size=6, max_size=16))
def test_nothing_is_public_that_nobody_decided(monkeypatch, steps):
    monkeypatch.setitem(tk.config, "ckanext.datenplattform.review.check_at_once_megabytes", 5)
    members = f.board()
    unit = next(role["unit"] for role in f.act("role_list") if role["user_id"] == members[0]["id"])
    f.act("role_grant", user=members[0]["name"], role="board_lead", unit=unit)
    world = World(members)
    world.do("submit", 0, "")
    world.holds()
    world.do("check", 0, "")
    for step in steps:
        try:
            world.do(*step)
        except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound):
            model.Session.rollback()
        world.holds()
