"""When an alert opens and closes: the machine alone, on values of all kinds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ckanext.datenplattform.timeseries.alerts import machine, quiet
from ckanext.datenplattform.timeseries.alerts.machine import CALM, OPEN, PENDING, Rule, State

START = datetime(2026, 3, 28, 22, tzinfo=timezone.utc)
BERLIN = ZoneInfo("Europe/Berlin")


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def told(rule: Rule, *values: tuple[float, float]) -> list[tuple[str, float]]:
    """What is reported of (minute, value): (what, minute)."""
    events = machine.replay(rule, State(), [(at(minute), value) for minute, value in values])[1]
    return [(event.what, (event.at - START) / timedelta(minutes=1)) for event in events]


numbers = st.floats(-100, 100, allow_nan=False)
series = st.lists(st.tuples(st.integers(0, 3000), numbers), max_size=60, unique_by=lambda item: item[0])
rules = st.builds(
    Rule,
    kind=st.sampled_from(["below", "above"]),
    threshold=st.floats(-50, 50),
    margin=st.floats(0, 30),
    duration=st.integers(0, 300).map(lambda minutes: timedelta(minutes=minutes)),
)


def test_below_and_above_with_their_margin():
    below = Rule("below", threshold=10, margin=2)
    assert told(below, (0, 11), (1, 9), (2, 11), (3, 9), (4, 12), (5, 9)) == [("opened", 1), ("closed", 4), ("opened", 5)]
    above = Rule("above", threshold=10, margin=2)
    assert told(above, (0, 10), (1, 10.5), (2, 9), (3, 8)) == [("opened", 1), ("closed", 3)]


def test_it_must_last():
    rule = Rule("below", threshold=10, duration=timedelta(minutes=30))
    assert told(rule, (0, 9), (15, 9), (29, 9), (30, 11)) == []
    assert told(rule, (0, 9), (15, 11), (20, 9), (40, 9)) == []
    assert told(rule, (0, 9), (15, 9), (30, 9), (31, 10)) == [("opened", 30), ("closed", 31)]
    # since when: not the moment at which it was clear
    state, events = machine.replay(rule, State(), [(at(0), 9), (at(45), 9)])
    assert (state.phase, events[0].since) == (OPEN, at(0))


@given(rules, series)
def test_never_two_openings_without_a_closing(rule, values):
    events = machine.replay(rule, State(), [(at(minute), value) for minute, value in values])[1]
    assert [event.what for event in events] == ["opened", "closed"] * (len(events) // 2) + ["opened"] * (len(events) % 2)
    for event in events:
        assert event.at >= event.since
    for opened in events[::2]:
        assert opened.at - opened.since >= rule.duration


@given(rules, series)
def test_each_opening_is_beyond_the_threshold_and_each_closing_back_by_the_margin(rule, values):
    known = {at(minute): value for minute, value in values}
    for event in machine.replay(rule, State(), list(known.items()))[1]:
        assert event.value == known[event.at]
        assert (rule.met if event.what == "opened" else rule.recovered)(event.value)
        # all between the beginning and the opening were beyond it
        if event.what == "opened":
            assert all(rule.met(value) for time, value in known.items() if event.since <= time <= event.at)


@given(rules, series, st.integers(0, 60))
def test_it_does_not_matter_in_how_many_pieces_values_come(rule, values, cut):
    ordered = sorted((at(minute), value) for minute, value in values)
    whole, events = machine.replay(rule, State(), ordered)
    half, first = machine.replay(rule, State(), ordered[:cut])
    rest, second = machine.replay(rule, half, ordered[cut:])
    assert (rest, first + second) == (whole, events)


@given(rules, series)
def test_values_that_come_again_or_late_change_nothing_in_a_step(rule, values):
    ordered = sorted((at(minute), value) for minute, value in values)
    state, _ = machine.replay(rule, State(), ordered)
    assert machine.replay(rule, state, ordered) == (state, [])


@given(rules, series, series)
def test_after_late_and_corrected_values_what_is_told_fits_what_was_told_before(rule, values, corrections):
    """Judged anew: at most one event, an opening only of what was closed; and then it is as if all had come in order."""
    first = {at(minute): value for minute, value in values}
    before, events = machine.replay(rule, State(), list(first.items()))
    later = {**first, **{at(minute): value for minute, value in corrections}}
    after, anew = machine.replay(rule, State(), list(later.items()))
    event = machine.reconciled(before, after, anew, at(4000))
    openings = [item.what for item in events] + ([event.what] if event else [])
    assert openings == ["opened", "closed"] * (len(openings) // 2) + ["opened"] * (len(openings) % 2)
    assert (openings[-1:] == ["opened"]) == (after.phase == OPEN)


@given(st.lists(st.integers(0, 5000), max_size=30), st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.integers(1, 400))
def test_missing_opens_and_closes_in_turn(values, looks, period):
    rule = Rule("missing", period=timedelta(minutes=period))
    state, told_, created = State(), [], at(0)
    for look in sorted(looks):
        last = max([at(minute) for minute in values if minute <= look], default=created)
        state, event = machine.silence(rule, state, last, at(look))
        assert (state.phase == OPEN) == (at(look) - last >= rule.period)
        told_ += [event] if event else []
    assert [event.what for event in told_] == ["opened", "closed"] * (len(told_) // 2) + ["opened"] * (len(told_) % 2)


def test_gaps_of_the_past_and_the_present():
    rule = Rule("missing", period=timedelta(minutes=60))
    events = machine.gaps(rule, [at(0), at(30), at(120), at(150)], at(300))
    assert [(event.what, event.at) for event in events] == [("opened", at(90)), ("closed", at(120)), ("opened", at(210))]
    assert machine.gaps(rule, [], at(300)) == []


@given(series, st.integers(1, 500), st.sampled_from(machine.DIRECTIONS))
def test_changes_are_the_largest_within_the_period(values, period, direction):
    ordered = sorted((at(minute), value) for minute, value in values)
    span = timedelta(minutes=period)
    for time, change in machine.changes(ordered, span, direction):
        value = dict(ordered)[time]
        near = [other for when, other in ordered if time - span <= when <= time]
        rise, fall = value - min(near), max(near) - value
        assert change == {"rise": rise, "fall": fall, "both": max(rise, fall)}[direction]


def test_a_pending_condition_is_no_alert():
    state, events = machine.replay(Rule("above", threshold=1, duration=timedelta(hours=1)), State(), [(at(0), 2), (at(10), 2)])
    assert (state.phase, state.since, events) == (PENDING, at(0), [])
    assert machine.replay(Rule("above", threshold=1), State(), [(at(0), 1)])[0].phase == CALM


# quiet hours

walls = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
# both clock changes of a year, and days of no consequence
moments = st.sampled_from([datetime(2026, 3, 28, 12), datetime(2026, 10, 24, 12), datetime(2026, 7, 1)]).flatmap(
    lambda day: st.integers(0, 2 * 86400).map(lambda seconds: day.replace(tzinfo=timezone.utc) + timedelta(seconds=seconds))
)


@given(moments, walls, walls)
def test_after_the_quiet_hours_it_is_not_quiet_and_before_it_is(moment, begin, end):
    assume(begin != end)
    until = quiet.quiet_until(moment, begin, end, BERLIN)
    assert not quiet.is_quiet(until, begin, end, BERLIN)
    assert moment <= until <= moment + timedelta(hours=25)
    if until > moment:
        assert quiet.is_quiet(moment, begin, end, BERLIN)
        assert quiet.is_quiet(until - timedelta(seconds=1), begin, end, BERLIN)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        ("2026-07-01T21:30:00+02:00", "2026-07-01T21:30:00+02:00"),
        ("2026-07-01T22:00:00+02:00", "2026-07-02T06:30:00+02:00"),
        # the night of March is an hour shorter, that of October an hour longer; the wall clock decides
        ("2026-03-28T23:00:00+01:00", "2026-03-29T06:30:00+02:00"),
        ("2026-10-24T23:00:00+02:00", "2026-10-25T06:30:00+01:00"),
    ],
)
def test_nights_of_the_clock_changes(moment, until):
    found = quiet.quiet_until(datetime.fromisoformat(moment), "22:00", "06:30", BERLIN)
    assert found == datetime.fromisoformat(until)


def test_quiet_hours_that_end_in_the_missing_hour_end_when_it_is_over():
    found = quiet.quiet_until(datetime(2026, 3, 29, 0, 30, tzinfo=timezone.utc), "01:00", "02:30", BERLIN)
    assert found == datetime(2026, 3, 29, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize("text", ["24:00", "7:00", "", "07:00\n", "٠٧:00"])
def test_no_times_of_the_day(text):
    assert not quiet.is_time(text)
    assert quiet.is_time("00:00")
    assert quiet.is_time("23:59")


def test_without_quiet_hours_it_is_never_quiet():
    assert not quiet.is_quiet(START, "", "", BERLIN)
