"""Action of the forecast."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk
from ckan.logic import validate

from ...core import days
from ...core.clock import utcnow
from ...core.i18n import N_, translate
from .. import asking, streams
from ..logic import reading, schema
from . import odds, records
from . import run as work

#: Why there is no probability, in words.
WHY = {
    "collecting": N_("Not offered yet: forecasts are made and scored for at least %(needed)s days first; so far it is %(days)s."),
    "profile": N_("Not offered: it is not better than knowing what is usual at this time of the week."),
    "as_now": N_("Not offered: it is not better than knowing whether the bay is free now."),
    "none": N_("No forecast at the moment: it is not known whether the bay is free now."),
}


@tk.side_effect_free
@validate(schema.timeseries_read)
def timeseries_forecast(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """How likely bays are free in 15, 30 and 60 minutes. Whoever may read the dataset's files.

    Offered is only what was better than the profile (what is usual at that time of the week) and than "as now", by the Brier score
    of forecasts that were stored before.

    :param dataset: id or name of a dataset; or ``resource_id``, or ``property``, as in `timeseries_query`
    :param streams: only these (optional)
    :param timezone: in which times are told; default UTC
    :returns: at most 1,000 bays: ``{"dataset", "resource_id", "stream", "name", "thing", "lon", "lat", "horizons"}``; a horizon is
        ``{"minutes", "offered", "probability", "time", "made", "note", "brier", "brier_profile", "brier_as_now", "days", "count"}``.
        ``probability`` (0 to 1 that it is free at ``time``) is null where there is none; ``note`` says why in words

    Example: ``/api/3/action/timeseries_forecast?dataset=belegung-der-behindertenparkplaetze``
    """
    tk.check_access("timeseries_forecast", context, data_dict)
    return listed(context, data_dict)


def listed(context: Any, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Bays with their forecasts."""
    zone, wanted, now = ZoneInfo(asking.zone(data)), asking.tables_of(context, data), utcnow()
    known = streams.registered(wanted)
    codes = set(work.words_by_property())
    shown = sorted(
        key for key, facts in known.items() if facts["property"] in codes and ((among := wanted[key[0]]) is None or key[1] in among)
    )[: reading.MOST_SERIES]
    told = records.told(wanted, now)
    judged = records.days(wanted, days.local(now).date())
    names = reading.described(shown, several=True)
    return [
        {
            "dataset": names[key].get("dataset"), "resource_id": key[0], "stream": key[1],
            **{name: known[key].get(name) for name in ("name", "thing", "lon", "lat")},
            "horizons": [
                horizon(minutes, odds.judge(judged.get((*key, minutes), ())), told.get((*key, minutes)), zone) for minutes in odds.HORIZONS
            ],
        }
        for key in shown
    ]  # fmt: skip


def horizon(minutes: int, verdict: odds.Verdict, found: records.Told | None, zone: ZoneInfo) -> dict[str, Any]:
    """What is told of one horizon."""
    why = verdict.why or (None if found else "none")
    there = found if verdict.offered else None
    return {
        "minutes": minutes,
        "offered": verdict.offered,
        "probability": round(there.probability, 3) if there else None,
        "time": _said(there.target, zone) if there else None,
        "made": _said(there.made, zone) if there else None,
        "note": translate(WHY[why]) % {"needed": odds.LEAST_DAYS, "days": verdict.days} if why else None,
        "brier": _rounded(verdict.brier),
        "brier_profile": _rounded(verdict.brier_profile),
        "brier_as_now": _rounded(verdict.brier_as_now),
        "days": verdict.days,
        "count": verdict.count,
    }


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat()


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)


ACTIONS = (timeseries_forecast,)
