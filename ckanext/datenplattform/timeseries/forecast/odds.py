"""How likely a bay is free in a while, and whether saying so is any use. Pure.

A forecast mixes what is now with what is usual at that time of the week:

    probability = weight × now (1 free, 0 taken) + (1 − weight) × profile

The weight is learnt for each bay and horizon from forecasts whose outcome is known: it is the one that would have made the
smallest squared error. A forecast is judged by its Brier score, the mean of (probability − outcome)² (G. W. Brier, Monthly
Weather Review 78, 1950): 0 is perfect, smaller is better. It is offered where it beats both of its parts and not by chance.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.easter import easter

#: Minutes ahead.
HORIZONS = (15, 30, 60)
#: How far back one looks for what is usual.
WEEKS = 26
#: Days of scored forecasts on which one is judged and the weight is learnt; so many are needed before it is offered.
JUDGED_DAYS, LEAST_DAYS = 56, 14
#: How many standard errors a forecast must be better: less is chance.
CERTAIN = 2.0
_QUARTER = timedelta(minutes=15)
# before anything is learnt: what is now counts less the longer one looks ahead; forgotten after a day of outcomes
_FIRST, _TRUST = {15: 0.7, 30: 0.5, 60: 0.3}, 20.0
_SUNDAY = 6


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The nine holidays of all German Länder."""
    sunday = easter(year)
    moving = (-2, 1, 39, 50)  # Good Friday, Easter Monday, Ascension, Whit Monday
    fixed = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
    return frozenset([*(sunday + timedelta(days) for days in moving), *(date(year, month, day) for month, day in fixed)])


def kind_of(day: date) -> int:
    """The day of the week, 0 for Monday; a holiday is a Sunday."""
    return _SUNDAY if day in holidays(day.year) else day.weekday()


def alike(target: datetime, zone: ZoneInfo) -> list[datetime]:
    """Starts (UTC) of the quarters of earlier days that one looks at for what is usual at ``target`` (aware): the same time of
    the town's clock on days of the same kind, in `WEEKS` weeks, the latest first. None is younger than a day of the clock.

    The hour that is missing in March is not there; of the one that comes twice in October the first counts.
    """
    local = target.astimezone(zone)
    clock, kind = time(local.hour, local.minute - local.minute % 15), kind_of(local.date())
    found = []
    for back in range(1, 7 * WEEKS + 1):
        day = local.date() - timedelta(days=back)
        if kind_of(day) != kind:
            continue
        moment = datetime.combine(day, clock, zone).astimezone(timezone.utc)
        if moment.astimezone(zone).time() == clock:
            found.append(moment)
    return found


def profile(free: float, taken: float) -> float:
    """What is usual, from the seconds in which the bay was free and taken: as if one quarter of each had been seen besides, so
    that few observations are never taken for certainty."""
    quarter = _QUARTER.total_seconds()
    return (max(free, 0.0) + quarter) / (max(free, 0.0) + max(taken, 0.0) + 2 * quarter)


def weight(horizon: int, pull: float = 0.0, spread: float = 0.0) -> float:
    """How much what is now counts. ``pull``, ``spread``: sums over outcomes known, as `Outcome` gives them."""
    learnt = (pull + _TRUST * _FIRST[horizon]) / (spread + _TRUST)
    return min(1.0, max(0.0, learnt))


def mixed(now: bool, usual: float, share: float) -> float:
    """The probability."""
    return share * float(now) + (1 - share) * usual


@dataclass(frozen=True)
class Outcome:
    """What a forecast's outcome adds to the sums of its day: squared errors of the forecast, of the profile and of "as now", and
    what the weight is learnt from (least squares of outcome − profile over now − profile)."""

    ours: float
    profile: float
    as_now: float
    pull: float
    spread: float

    @classmethod
    def of(cls, now: bool, usual: float, probability: float, free: bool) -> Outcome:
        """Of a forecast, once it is known whether the bay was free."""
        said, is_now = float(free), float(now)
        return cls(
            (probability - said) ** 2, (usual - said) ** 2, (is_now - said) ** 2, (said - usual) * (is_now - usual), (is_now - usual) ** 2
        )


@dataclass(frozen=True)
class Day:
    """The sums of squared errors of one day (of the town), over ``count`` forecasts."""

    count: int
    ours: float
    profile: float
    as_now: float


@dataclass(frozen=True)
class Verdict:
    """``why`` a forecast is not offered: collecting (too few days), profile or as_now (not better than that); None: it is.

    The scores are Brier scores; None without any outcome.
    """

    why: str | None
    days: int
    count: int
    brier: float | None = None
    brier_profile: float | None = None
    brier_as_now: float | None = None

    @property
    def offered(self) -> bool:
        """Whether it is any use."""
        return self.why is None


def judge(days: Iterable[Day]) -> Verdict:
    """Whether the forecasts of these days were better than profile and "as now"."""
    found = [day for day in days if day.count > 0]
    count = sum(day.count for day in found)
    if not found:
        return Verdict("collecting", 0, 0)
    scores = [math.fsum(getattr(day, name) for day in found) / count for name in ("ours", "profile", "as_now")]
    why = None
    if len(found) < LEAST_DAYS:
        why = "collecting"
    elif not _better(found, "profile"):
        why = "profile"
    elif not _better(found, "as_now"):
        why = "as_now"
    return Verdict(why, len(found), count, *scores)


def _better(days: list[Day], than: str) -> bool:
    """Better on the mean day by more than chance. Days, not single forecasts: those of one day go wrong together."""
    gains = [(getattr(day, than) - day.ours) / day.count for day in days]
    mean = statistics.fmean(gains)
    return mean > 0 and mean > CERTAIN * statistics.stdev(gains) / math.sqrt(len(gains))
