"""The transition table walked at random: no published state without a decision. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.review import states, tracks, voting
from ckanext.datenplattform.review.states import TABLE
from ckanext.datenplattform.review.voting import Cast, Seat

NAMES = sorted({way.name for way in TABLE})
ACTORS = sorted({actor for way in TABLE for actor in way.by})
STEP = st.tuples(st.sampled_from(NAMES), st.sampled_from(ACTORS), st.sets(st.sampled_from(sorted(states.MEANING))))


@given(st.lists(STEP, max_size=60))
def test_nothing_is_published_that_nobody_decided(steps):
    state, way_here = "draft", []
    for name, by, holds in steps:
        try:
            way = states.take(state, name, by, holds)
        except states.NotPossible:
            continue
        assert (way.source, way.name) == (state, name)
        assert by in way.by
        assert way.needs <= holds
        way_here.append((way, by, holds))
        state = way.target
    if state == "published":
        decided = [(by, holds) for way, by, holds in way_here if way.name == "approve"]
        assert len(decided) == 1
        [(by, holds)] = decided
        assert (by, {"majority", "four_eyes"} <= holds) == ("board", True) or by in ("lead", "rules")
        assert by != "lead" or {"fast_track", "four_eyes"} <= holds
        assert by != "rules" or "silence" in holds
        # and it is carried out unchanged
        assert way_here[-1][0].name == "release"
        assert "unchanged" in way_here[-1][2]


def test_the_table_is_whole():
    """Each state is reached, each running one can be left, and what is closed stays closed (mending in time aside)."""
    reached, left = {way.target for way in TABLE}, {way.source for way in TABLE}
    assert reached | {"draft"} == set(states.STATES)
    assert set(states.RUNNING) < left
    assert {way.target for way in TABLE if way.source == "changes_requested"} == {"expired"}
    assert not left & {"published", "refused", "withdrawn", "expired"}
    assert {need for way in TABLE for need in way.needs} == set(states.MEANING)
    for source in states.RUNNING:
        assert any(way.name == "withdraw" and way.source == source and "unit" in way.by for way in TABLE)


@pytest.mark.parametrize("by", ["unit", "portal", "clock", "dpo"])
def test_who_does_not_decide(by):
    for name in ("approve", "refuse", "request_changes"):
        with pytest.raises(states.NotPossible):
            states.take("in_review", name, by, states.MEANING)


def test_the_lead_decides_alone_on_the_fast_track_only():
    everything = set(states.MEANING)
    assert states.take("in_review", "approve", "lead", everything).target == "approved"
    for name in ("approve", "refuse"):
        with pytest.raises(states.NotPossible):
            states.take("in_review", name, "lead", everything - {"fast_track"})
    assert states.take("in_review", "request_changes", "lead", everything - {"fast_track"}).target == "changes_requested"
    with pytest.raises(states.NotPossible):
        states.take("in_review", "refuse", "board", {"majority", "four_eyes"})


PEOPLE = ("a", "b", "c", "d")
SEATS = st.dictionaries(
    st.sampled_from(("x", "y", "z")),
    st.builds(Seat, st.frozensets(st.sampled_from(PEOPLE), max_size=2), st.frozensets(st.sampled_from(PEOPLE), max_size=2)),
)
CASTS = st.lists(
    st.builds(Cast, st.sampled_from(PEOPLE), st.sampled_from(("x", "y", "z", "left")), st.sampled_from(voting.CHOICES)), max_size=8
).map(lambda casts: [Cast(cast.person, cast.seat, cast.choice, order) for order, cast in enumerate(casts)])


@given(CASTS, SEATS, st.sets(st.sampled_from(PEOPLE)))
def test_one_vote_for_each_seat_and_none_of_who_is_excluded(casts, seats, excluded):
    found = voting.counting(casts, seats, excluded)
    assert all(cast.seat == name and cast.person not in excluded for name, cast in found.items())
    for name, cast in found.items():
        members = seats.get(name, Seat()).members
        if cast.person not in members:
            assert not any(other.seat == name and other.person in members - excluded for other in casts)
    assert set(found) <= voting.electorate(casts, seats, excluded)


@given(CASTS, SEATS, st.sets(st.sampled_from(PEOPLE)))
def test_who_is_excluded_has_no_seat(casts, seats, excluded):
    for person in PEOPLE:
        seat = voting.seat_of(person, seats, casts, excluded)
        assert seat is None or person not in excluded
        assert seat is None or person in seats[seat].members | seats[seat].deputies


def test_deputy():
    seats = {"amt": Seat(frozenset("m"), frozenset("d"))}
    assert voting.seat_of("d", seats) == "amt"
    deputy, member = Cast("d", "amt", "approve", 1), Cast("m", "amt", "refuse", 2)
    assert voting.counting([deputy], seats)["amt"] is deputy
    assert voting.counting([deputy, member], seats)["amt"] is member
    assert voting.seat_of("d", seats, [member]) is None
    assert voting.seat_of("d", seats, [member], {"m"}) == "amt"
    # the member has left: the vote stands until somebody on the seat votes
    assert voting.counting([member], {})["amt"] is member
    assert voting.counting([member, deputy], {"amt": Seat(frozenset(), frozenset("d"))})["amt"] is deputy


@given(st.lists(st.sampled_from(voting.CHOICES), max_size=7), st.lists(st.sampled_from(voting.CHOICES), max_size=4), st.integers(1, 5))
def test_two_thirds(votes, later, quorum):
    decided = voting.outcome(votes, len(votes) + len(later), quorum, "two_thirds")
    if decided:
        assert voting.outcome(votes + later, len(votes + later), quorum, "two_thirds") == decided
        yes, no = (votes + later).count("approve"), (votes + later).count("refuse")
        assert (decided == "approve") == (3 * yes >= 2 * (yes + no) and yes > 0)


@pytest.mark.parametrize(
    ("kind", "record", "changed", "files", "track"),
    [
        ("publication", {"personal_data": "none"}, (), False, "normal"),
        ("revision", {"personal_data": "none"}, ("title", "notes", "Bäume: name"), False, "fast"),
        ("revision", {"personal_data": "none"}, ("license_id",), False, "normal"),
        ("revision", {"personal_data": "none"}, ("Bäume: url",), False, "normal"),
        ("revision", {"personal_data": "none"}, ("title",), True, "normal"),
        ("revision", {"personal_data": "aggregated"}, ("title",), False, "full"),
        ("publication", {"kritis": "unclear"}, (), False, "full"),
        ("publication", {"agreement": "Vertrag 7"}, (), False, "full"),
        ("entry", {"agreement": "Vertrag 7"}, (), False, "normal"),
    ],
)
def test_proposed_track(kind, record, changed, files, track):
    assert tracks.proposed(kind, record, changed, files) == track


@given(st.sampled_from(sorted(tracks.RANK)), st.one_of(st.none(), st.sampled_from(sorted(tracks.RANK))))
def test_a_track_is_never_lowered(track, wanted):
    assert tracks.RANK[tracks.raised(track, wanted)] >= tracks.RANK[track]
