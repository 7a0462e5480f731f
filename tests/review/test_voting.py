"""When a vote is decided: pure rules."""

from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.review.voting import outcome

VOTES = st.lists(st.sampled_from(["approve", "refuse", "abstain"]), max_size=9)


def test_examples():
    assert outcome(["approve"] * 2, 5, 3) is None
    assert outcome(["approve"] * 3, 5, 3) == "approve"
    assert outcome(["approve", "approve", "refuse"], 5, 3) is None
    assert outcome(["refuse"] * 3, 5, 3) == "refuse"
    assert outcome(["approve", "refuse", "abstain", "abstain"], 4, 3) == "refuse"  # a tie is no majority
    assert outcome(["abstain"] * 3, 3, 3) == "refuse"  # nobody was for it
    assert outcome(["approve", "abstain", "abstain"], 3, 3) == "approve"
    assert outcome([], 0, 0) is None


@given(VOTES, st.integers(0, 9), st.integers(0, 9))
def test_nothing_without_quorum(votes, more, quorum):
    if len(votes) < quorum:
        assert outcome(votes, len(votes) + more, quorum) is None


@given(VOTES, VOTES, st.integers(1, 5))
def test_decided_stays_decided(votes, later, quorum):
    """Whatever is voted after a decision, it would have been the same."""
    eligible = len(votes) + len(later)
    decided = outcome(votes, eligible, quorum)
    if decided:
        assert outcome(votes + later, eligible, quorum) == decided


@given(VOTES, st.integers(1, 9))
def test_all_voted_decides(votes, quorum):
    if len(votes) >= quorum:
        decided = outcome(votes, len(votes), quorum)
        assert decided == ("approve" if votes.count("approve") > votes.count("refuse") else "refuse")
