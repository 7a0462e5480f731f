"""How likely a bay is free: pure. Probabilities, what is learnt, what is judged; clocks that change."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.timeseries.forecast import odds
from ckanext.datenplattform.timeseries.forecast.odds import Day, Outcome

BERLIN = ZoneInfo("Europe/Berlin")
SECONDS = st.floats(0, 1e9)
SHARE = st.floats(0, 1)
SUMS = st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6))


@given(SECONDS, SECONDS, SUMS, st.sampled_from(odds.HORIZONS))
def test_a_probability_is_one_and_is_never_certain_by_the_profile(free: float, taken: float, sums: tuple[float, float], horizon: int):
    usual = odds.profile(free, taken)
    assert 0 < usual < 1
    share = odds.weight(horizon, *sums)
    assert 0 <= share <= 1
    low, high = (odds.mixed(now, usual, share) for now in (False, True))
    # what is free now is never less likely to be free than what is taken, and the profile lies between
    assert 0 <= low <= usual <= high <= 1 or (low, high) == pytest.approx((usual, usual))


@given(SECONDS, SECONDS, st.floats(0, 1e6))
def test_more_free_time_never_makes_a_bay_less_likely_free(free: float, taken: float, more: float):
    assert odds.profile(free + more, taken) >= odds.profile(free, taken)
    assert odds.profile(free, taken + more) <= odds.profile(free, taken)


@given(st.lists(st.tuples(st.booleans(), st.floats(0.01, 0.99), st.booleans()), min_size=1, max_size=60), SHARE)
def test_the_learnt_weight_makes_the_smallest_error(seen: list[tuple[bool, float, bool]], other: float):
    """Without what is believed before anything is learnt, no other weight would have been better."""
    found = [Outcome.of(now, usual, 0.5, free) for now, usual, free in seen]
    best = min(1.0, max(0.0, sum(item.pull for item in found) / sum(item.spread for item in found)))

    def error(share: float) -> float:
        return sum((odds.mixed(now, usual, share) - free) ** 2 for now, usual, free in seen)

    assert error(best) <= error(other) + 1e-9
    many = 10**9
    learnt = odds.weight(15, many * sum(item.pull for item in found), many * sum(item.spread for item in found))
    assert learnt == pytest.approx(best, abs=1e-2)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31)), st.sampled_from(["Europe/Berlin", "UTC", "America/St_Johns"]))
def test_one_looks_at_earlier_days_of_the_same_kind_at_the_same_clock(moment: datetime, zone: str):
    target, there = moment.replace(tzinfo=timezone.utc), ZoneInfo(zone)
    local = target.astimezone(there)
    found = odds.alike(target, there)
    assert len(found) >= odds.WEEKS - 1 - len(odds.holidays(local.year))
    for quarter in found:
        then = quarter.astimezone(there)
        assert (then.hour, then.minute) == (local.hour, local.minute - local.minute % 15)
        assert odds.kind_of(then.date()) == odds.kind_of(local.date())
        # it was over before the forecast was made
        assert quarter + timedelta(minutes=15) <= target - timedelta(minutes=max(odds.HORIZONS))


def test_the_hour_that_is_missing_is_not_looked_at_and_of_the_double_one_the_first():
    spring = odds.alike(datetime(2026, 4, 5, 2, 30, tzinfo=BERLIN), BERLIN)
    assert [moment for moment in spring if moment.astimezone(BERLIN).date() == date(2026, 3, 29)] == []
    autumn = odds.alike(datetime(2026, 11, 8, 2, 30, tzinfo=BERLIN), BERLIN)
    assert datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc) in autumn
    assert datetime(2026, 10, 25, 1, 30, tzinfo=timezone.utc) not in autumn
    # on the day itself: eight in the morning is eight in the morning
    assert {moment.astimezone(BERLIN).hour for moment in odds.alike(datetime(2026, 3, 29, 6, 0, tzinfo=timezone.utc), BERLIN)} == {8}


@pytest.mark.parametrize(
    "day", [date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25), date(2027, 5, 17)]
)
def test_a_holiday_is_a_sunday(day: date):
    assert odds.kind_of(day) == 6
    assert odds.kind_of(day + timedelta(days=100)) == (day + timedelta(days=100)).weekday()


def _days(bay, count: int = 40) -> tuple[list[Day], float]:
    """The days of a bay (a function: time → whether it is free), each quarter forecast for an hour ahead as it would have been."""
    start, days, sums = datetime(2026, 1, 5, tzinfo=timezone.utc), [], (0.0, 0.0)
    usual = {}
    for n in range(96 * 7 * 26):
        moment = start - timedelta(weeks=26) + timedelta(minutes=15 * n)
        slot = moment.weekday(), moment.hour, moment.minute
        free, taken = usual.get(slot, (0.0, 0.0))
        usual[slot] = (free + 900, taken) if bay(moment) else (free, taken + 900)
    for day in range(count):
        outcomes = []
        for n in range(96):
            made = start + timedelta(days=day, minutes=15 * n)
            target = made + timedelta(minutes=60)
            profile = odds.profile(*usual[target.weekday(), target.hour, target.minute])
            probability = odds.mixed(bay(made), profile, odds.weight(60, *sums))
            outcomes.append(Outcome.of(bay(made), profile, probability, bay(target)))
        days.append(Day(96, *(sum(getattr(item, name) for item in outcomes) for name in ("ours", "profile", "as_now"))))
        sums = (sums[0] + sum(item.pull for item in outcomes), sums[1] + sum(item.spread for item in outcomes))
    return days, odds.weight(60, *sums)


def _remembered(make):
    seen: dict[datetime, bool] = {}
    return lambda moment: seen.setdefault(moment, make(moment))


def test_a_bay_with_habits_and_long_stays_is_forecast_better_than_by_either():
    luck = random.Random(1)
    state = [False, datetime(1, 1, 1, tzinfo=timezone.utc)]

    def stay(moment: datetime) -> bool:
        # who stays leaves within some hours; free by night, taken by day
        if luck.random() < 0.1:
            state[0] = luck.random() < (0.9 if moment.hour < 8 or moment.hour > 18 else 0.2)
        return bool(state[0])

    found, share = _days(_in_order(stay))
    verdict = odds.judge(found)
    assert verdict.offered
    assert verdict.brier is not None
    assert verdict.brier_profile is not None
    assert verdict.brier_as_now is not None
    assert verdict.brier < min(verdict.brier_profile, verdict.brier_as_now)
    assert 0.2 < share < 0.9


@pytest.mark.parametrize("seed", range(8))
def test_a_bay_of_pure_chance_is_not_offered(seed: int):
    luck = random.Random(seed)
    found, share = _days(_remembered(lambda moment: luck.random() < 0.4))
    verdict = odds.judge(found)
    assert not verdict.offered
    assert verdict.why == "profile"
    assert share < 0.1


def test_a_bay_that_only_the_clock_rules_is_not_offered_beyond_its_profile():
    verdict = odds.judge(_days(lambda moment: moment.hour < 9)[0])
    assert not verdict.offered


def test_nothing_is_offered_before_two_weeks_and_without_outcomes():
    good = Day(90, 5.0, 20.0, 20.0)
    assert odds.judge([]).why == "collecting"
    assert odds.judge([Day(0, 0, 0, 0)] * 40).why == "collecting"
    assert odds.judge([good] * 13).why == "collecting"
    assert odds.judge([good] * 14).offered
    assert odds.judge([Day(90, 5.0, 20.0, 4.0)] * 14).why == "as_now"
    # one lucky day among many that are no better
    assert odds.judge([good] + [Day(90, 20.0, 20.0, 25.0)] * 30).why == "profile"


@given(st.lists(st.builds(Day, st.integers(0, 96), *[st.floats(0, 96)] * 3), max_size=60))
def test_what_is_offered_has_the_better_score(found: list[Day]):
    verdict = odds.judge(found)
    assert verdict.days <= len(found)
    if verdict.offered:
        assert verdict.days >= odds.LEAST_DAYS


def _in_order(make):
    """A bay whose state goes on from quarter to quarter; asked for any time of the two years around."""
    start = datetime(2025, 7, 1, tzinfo=timezone.utc)
    states = [make(start + timedelta(minutes=15 * n)) for n in range(96 * 300)]
    return lambda moment: states[int((moment - start).total_seconds() // 900)]
