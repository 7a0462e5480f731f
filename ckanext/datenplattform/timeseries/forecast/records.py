"""Forecasts as they were made, and what they came to by day. Times are UTC with time zone; horizons are minutes.

No foreign keys: a purge of the package is not ours to hinder. What is left of a deleted table goes with the next run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Text, text

from .odds import JUDGED_DAYS, Day, Outcome

Base: Any = tk.BaseModel
#: Older ones are not told: the next run is overdue.
FRESH = timedelta(minutes=30)
#: Days after which an outcome that never became known is no longer looked for; and for which the sums of days are kept.
SOUGHT_DAYS, SUMS_DAYS = 7, 400


class Forecast(Base):
    """One forecast. ``now``: whether the bay was free when it was made; ``outcome``: whether it was free at ``target``, null as
    long as that is not known."""

    __tablename__ = "dp_forecast"
    resource_id: Any = Column(Text, primary_key=True)
    stream: Any = Column(Text, primary_key=True)
    horizon: Any = Column(Integer, primary_key=True)
    made: Any = Column(DateTime(timezone=True), primary_key=True)
    target: Any = Column(DateTime(timezone=True), nullable=False)
    now: Any = Column(Boolean, nullable=False)
    profile: Any = Column(Float, nullable=False)
    weight: Any = Column(Float, nullable=False)
    probability: Any = Column(Float, nullable=False)
    outcome: Any = Column(Boolean)


class ForecastDay(Base):
    """Sums over the forecasts of one series and horizon whose targets lie on one day of the town."""

    __tablename__ = "dp_forecast_day"
    resource_id: Any = Column(Text, primary_key=True)
    stream: Any = Column(Text, primary_key=True)
    horizon: Any = Column(Integer, primary_key=True)
    day: Any = Column(Date, primary_key=True)
    count: Any = Column(Integer, nullable=False)
    ours: Any = Column(Float, nullable=False)
    profile: Any = Column(Float, nullable=False)
    as_now: Any = Column(Float, nullable=False)
    pull: Any = Column(Float, nullable=False)
    spread: Any = Column(Float, nullable=False)


class Told(NamedTuple):
    """A forecast that can be told now."""

    made: datetime
    target: datetime
    probability: float


def alone(resource_id: str) -> bool:
    """Whether no other run is at work on this table, until the end of the transaction."""
    return bool(_all("SELECT pg_try_advisory_xact_lock(hashtext('dp_forecast'), hashtext(:id))", id=resource_id)[0][0])


def recent(resource_id: str, since: datetime) -> set[str]:
    """Series of which a forecast was made since then."""
    query = "SELECT DISTINCT stream FROM dp_forecast WHERE resource_id = :id AND made > :since"
    return {row[0] for row in _all(query, id=resource_id, since=since)}


def open_targets(resource_id: str, now: datetime) -> list[tuple[str, datetime]]:
    """(series, time) of forecasts that have come due and whose outcome is not known."""
    query = """SELECT DISTINCT stream, target FROM dp_forecast
               WHERE resource_id = :id AND outcome IS NULL AND target <= :now AND target > :oldest ORDER BY 1, 2"""
    return [(row[0], row[1]) for row in _all(query, id=resource_id, now=now, oldest=now - timedelta(days=SOUGHT_DAYS))]


def note_outcomes(resource_id: str, known: Iterable[tuple[str, datetime, bool]], zone: str) -> int:
    """Note whether the bays were free at these times, each forecast once, and add what it came to; returns how many forecasts."""
    streams, times, states = zip(*found, strict=True) if (found := list(known)) else ((), (), ())
    settled = _all(
        """UPDATE dp_forecast f SET outcome = k.free
           FROM unnest(CAST(:streams AS text[]), CAST(:times AS timestamptz[]), CAST(:states AS boolean[])) k(stream, target, free)
           WHERE f.resource_id = :id AND f.stream = k.stream AND f.target = k.target AND f.outcome IS NULL
           RETURNING f.stream, f.horizon, (f.target AT TIME ZONE :zone)::date, f.now, f.profile, f.probability, f.outcome""",
        id=resource_id, streams=list(streams), times=list(times), states=list(states), zone=zone,
    )  # fmt: skip
    rows = [
        {"id": resource_id, "stream": stream, "horizon": horizon, "day": day, **vars(Outcome.of(now, usual, probability, free))}
        for stream, horizon, day, now, usual, probability, free in settled
    ]
    if rows:
        model.Session.execute(
            text("""INSERT INTO dp_forecast_day AS d (resource_id, stream, horizon, day, count, ours, profile, as_now, pull, spread)
                    VALUES (:id, :stream, :horizon, :day, 1, :ours, :profile, :as_now, :pull, :spread)
                    ON CONFLICT (resource_id, stream, horizon, day) DO UPDATE SET count = d.count + 1, ours = d.ours + EXCLUDED.ours,
                    profile = d.profile + EXCLUDED.profile, as_now = d.as_now + EXCLUDED.as_now, pull = d.pull + EXCLUDED.pull,
                    spread = d.spread + EXCLUDED.spread"""),
            rows,
        )
    return len(rows)


def learnt(resource_id: str, today: date) -> dict[tuple[str, int], tuple[float, float]]:
    """(series, horizon) → the sums from which its weight is learnt."""
    query = """SELECT stream, horizon, sum(pull), sum(spread) FROM dp_forecast_day
               WHERE resource_id = :id AND day >= :since AND day <= :today GROUP BY 1, 2"""
    return {(row[0], row[1]): (row[2], row[3]) for row in _all(query, id=resource_id, since=_since(today), today=today)}


def keep(rows: Sequence[dict[str, Any]]) -> None:
    """Store forecasts; keys are the columns of `Forecast` without the outcome."""
    if rows:
        model.Session.execute(Forecast.__table__.insert(), list(rows))


def days(resource_ids: Iterable[str], today: date) -> dict[tuple[str, str, int], list[Day]]:
    """(table, series, horizon) → its days on which it is judged."""
    query = """SELECT resource_id, stream, horizon, count, ours, profile, as_now FROM dp_forecast_day
               WHERE resource_id = ANY(:ids) AND day >= :since ORDER BY resource_id, stream, horizon, day"""
    found: dict[tuple[str, str, int], list[Day]] = {}
    for row in _all(query, ids=list(resource_ids), since=_since(today)):
        found.setdefault((row[0], row[1], row[2]), []).append(Day(*row[3:]))
    return found


def told(resource_ids: Iterable[str], now: datetime) -> dict[tuple[str, str, int], Told]:
    """(table, series, horizon) → the latest forecast, where its time has not come yet."""
    query = """SELECT DISTINCT ON (resource_id, stream, horizon) resource_id, stream, horizon, made, target, probability FROM dp_forecast
               WHERE resource_id = ANY(:ids) AND made > :since AND made <= :now ORDER BY resource_id, stream, horizon, made DESC"""
    rows = _all(query, ids=list(resource_ids), since=now - FRESH, now=now)
    return {(row[0], row[1], row[2]): Told(*row[3:]) for row in rows if row[4] > now}


def forget(now: datetime, keep_days: int) -> int:
    """Remove forecasts older than so many days, old sums, and what is left of tables that are gone; returns how many forecasts."""
    gone = "resource_id NOT IN (SELECT id FROM resource WHERE state = 'active')"
    done = _all(f"DELETE FROM dp_forecast WHERE made < :since OR {gone} RETURNING 1", since=now - timedelta(days=keep_days))  # noqa: S608
    _all(f"DELETE FROM dp_forecast_day WHERE day < :since OR {gone} RETURNING 1", since=now.date() - timedelta(days=SUMS_DAYS))  # noqa: S608
    return len(done)


def _since(today: date) -> date:
    return today - timedelta(days=JUDGED_DAYS)


def _all(query: str, **values: Any) -> Sequence[Any]:
    return model.Session.execute(text(query), values).all()
