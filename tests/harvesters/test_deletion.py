"""The rules of what vanishes, as pure functions."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.harvesters.deletion import GRACE, Known, is_mass, plan

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)


def _known(count: int) -> list[Known]:
    return [Known(str(number)) for number in range(count)]


def test_one_of_ten_is_marked_and_not_archived():
    result = plan(_known(10), {str(n) for n in range(9)}, NOW)

    assert (result.vanish, result.missing, result.waiting, result.archive) == (["9"], ["9"], [], [])


def test_three_of_ten_wait_for_a_person():
    result = plan(_known(10), {str(n) for n in range(7)}, NOW)

    assert (result.vanish, result.waiting) == ([], ["7", "8", "9"])


def test_fifty_one_of_a_thousand_wait_fifty_do_not():
    assert len(plan(_known(1000), {str(n) for n in range(949)}, NOW).waiting) == 51
    assert len(plan(_known(1000), {str(n) for n in range(950)}, NOW).vanish) == 50


def test_an_empty_listing_marks_nothing():
    result = plan(_known(3), set(), NOW)

    assert (result.vanish, result.archive, len(result.waiting)) == ([], [], 3)


def test_archived_after_seven_days_of_absence():
    marked = [Known("gone", NOW - GRACE, NOW - GRACE), Known("fresh", NOW - timedelta(days=6), NOW - timedelta(days=6))]
    result = plan([*marked, *_known(20)], {str(n) for n in range(20)}, NOW)

    assert result.archive == ["gone"]
    assert result.vanish == result.waiting == []


def test_what_waits_is_never_archived():
    waiting = [Known(str(n), NOW - timedelta(days=30)) for n in range(8)]
    result = plan([*waiting, Known("there")], {"there"}, NOW)

    assert result.archive == []
    assert len(result.waiting) == 8


def test_what_comes_back_is_unmarked_even_from_the_archive():
    gone = Known("back", NOW - GRACE, NOW - GRACE, NOW)

    assert plan([gone], {"back"}, NOW).returned == ["back"]
    assert plan([gone], set(), NOW).archive == []


def test_creeping_loss_counts_what_went_before():
    # 15 of 100 marked already; ten more make a quarter
    known = [Known(str(n), NOW - timedelta(days=1), NOW - timedelta(days=1)) for n in range(15)] + [Known(str(n)) for n in range(15, 100)]
    result = plan(known, {str(n) for n in range(25, 100)}, NOW)

    assert result.vanish == []
    assert len(result.waiting) == 10


@given(st.sets(st.integers(0, 300)), st.sets(st.integers(0, 300)))
def test_nobody_present_is_ever_marked_and_a_mass_never_goes_at_once(known: set[int], seen: set[int]):
    result = plan([Known(str(n)) for n in sorted(known)], {str(n) for n in seen}, NOW)
    absent = {str(n) for n in known - seen}

    assert set(result.vanish) | set(result.waiting) == absent
    assert not set(result.vanish) & set(result.waiting)
    assert result.archive == result.returned == []
    assert bool(result.waiting) == (bool(absent) and is_mass(len(absent), len(known)))
