"""What stands on the page of a station, ready to be shown."""

from __future__ import annotations

from datetime import datetime, time, timezone
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from ...core.observed import ObservedProperty
from .. import config, query, streams
from ..forecast import action as forecast
from ..forecast import run as forecasting
from ..properties import STATES
from . import chart, stations, week, words
from .week import Daily, Week


def of(dataset: str, station: stations.Station) -> list[dict[str, Any]]:
    """One entry for each series. Raises ObjectNotFound and TooSlow."""
    found, now = stations.with_values(dataset, station), utcnow()
    zone, codes = ZoneInfo(str(tk.h.get_display_timezone())), streams.codes().entries
    weeks: dict[tuple[str, str], Week] = {}
    with query.reading("UTC", config.query_seconds()) as cursor:
        for resource_id in sorted({item["resource_id"] for item in found}):
            names = [item["stream"] for item in found if item["resource_id"] == resource_id]
            weeks |= {(resource_id, name): one for name, one in week.weeks(cursor, resource_id, names, now, zone).items()}
    ahead = _forecasts(dataset, found)
    return [_series(item, codes.get(item["property"] or ""), weeks[item["resource_id"], item["stream"]], ahead, now) for item in found]


def _series(item: dict[str, Any], entry: ObservedProperty | None, seven: Week, ahead: dict[Any, Any], now: datetime) -> dict[str, Any]:
    moment = datetime.fromisoformat(item["time"])
    large, explained = words.value(item, entry)
    if entry and entry.adds:
        explained = words.so_far(seven.days[-1], item["unit"] or "")
    name = item["property_title"] or item["name"] or item["stream"]
    return {
        "title": name,
        "name": item["name"] if item["name"] not in (name, item["thing"]) else "",
        "value": large,
        "explained": explained,
        "measured": tk._("Measured %(ago)s (%(time)s)") % {"ago": words.ago(moment, now), "time": words.clock(moment, now)},
        "state": item["state"],
        "since": words.ago(moment, now),
        "gaps": words.gaps(seven, item["interval_seconds"]),
        "forecast": ahead.get((item["resource_id"], item["stream"])),
        **_week(name, item, entry, seven),
    }


def _week(name: str, item: dict[str, Any], entry: ObservedProperty | None, seven: Week) -> dict[str, Any]:
    """``sentence``, ``chart``, and the table: ``heads``, ``rows`` and the ``unit`` of its numbers."""
    code, there = item["unit"] or "", [day for day in seven.days if day.there]
    named = tk._("Chart: %(name)s in the last 7 days. The values stand in the table below.") % {"name": name}
    short = [(day, words.weekday(day.day, short=True)) for day in seven.days]
    shown: dict[str, Any] = {"sentence": "", "chart": "", "heads": [], "rows": [], "unit": ""}
    if not there:
        return shown
    if item["kind"] in STATES:
        return {**shown, **_states(named, entry, seven, short)}
    if entry and entry.adds:
        values = [(label, day.total) for day, label in short]
        whole = [(day, day.total) for day in seven.days[:-1] if day.total is not None]
        return {
            "sentence": words.totals(whole, code), "chart": chart.bars(named, values, words.number),
            "heads": [tk._("Sum")], "rows": [_row(day, [day.total]) for day in seven.days], "unit": words.unit(code),
        }  # fmt: skip
    points = [(hour.start, hour.mean) for hour in seven.hours if hour.mean is not None]
    zone = ZoneInfo(str(tk.h.get_display_timezone()))
    starts = [(datetime.combine(day.day, time(), zone).astimezone(timezone.utc), label) for day, label in short]
    angle = item["kind"] == "angle"
    if points:
        shown["chart"] = chart.line(named, points, seven.begin, seven.end, starts, words.number, dots=angle)
    if angle:
        return {**shown, "heads": [tk._("Mean direction")],
                "rows": [(_day(day), ["–" if day.mean is None else words.wind(day.mean)]) for day in seven.days]}  # fmt: skip
    rows, heads = [_row(day, [day.low, day.mean, day.high]) for day in seven.days], [tk._("Lowest"), tk._("Mean"), tk._("Highest")]
    return {**shown, "sentence": words.extremes(seven, code), "heads": heads, "rows": rows, "unit": words.unit(code)}


def _states(named: str, entry: ObservedProperty | None, seven: Week, short: list[tuple[Daily, str]]) -> dict[str, Any]:
    rows = [(_day(day), [words.shares(day, entry) or "–"]) for day in seven.days]
    shown: dict[str, Any] = {"heads": [tk._("Share of time")], "rows": rows}
    if entry and any(word.free is not None for word in entry.words):
        values = [(label, words.free_share(day, entry)) for day, label in short]
        known = [share for _, share in values if share is not None]
        if known:
            mean = words.percent(sum(known) / len(known))
            shown["sentence"] = tk._("Free for %(share)s of the time.") % {"share": mean}
            shown["chart"] = chart.bars(named, values, words.percent, whole=1.0)
    return shown


def _day(day: Daily) -> tuple[str, str]:
    return words.weekday(day.day, short=True), words.weekday(day.day)


def _row(day: Daily, values: list[float | None]) -> tuple[tuple[str, str], list[str]]:
    return _day(day), ["–" if value is None else words.number(value) for value in values]


def _forecasts(dataset: str, found: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """(table, series) → what is offered: ``lines`` and how good it was; those without an offer are not there."""
    codes = forecasting.words_by_property()
    bays = [item["stream"] for item in found if item["property"] in codes]
    if not bays:
        return {}
    shown = {}
    for bay in forecast.listed(stations.ANYBODY, {"dataset": dataset, "streams": bays}):
        told = [one for one in bay["horizons"] if one["probability"] is not None]
        if told:
            shown[bay["resource_id"], bay["stream"]] = {
                "lines": [(words.hour(datetime.fromisoformat(one["time"])), words.percent(one["probability"])) for one in told],
                "days": told[0]["days"],
                "scores": [words.number(told[0][key]) for key in ("brier", "brier_profile", "brier_as_now")],
            }  # fmt: skip
    return shown
