"""What the page says, in sentences a passer-by understands. Nothing is judged for which no words were agreed on in the code list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import ckan.plugins.toolkit as tk
from babel.dates import format_date, format_time
from babel.numbers import format_decimal, format_percent

from ...core import dates, days
from ...core.i18n import language
from ...core.observed import ObservedProperty
from .week import Daily, Week

# UCUM codes that people do not write so
_UNITS = {
    "1": "", "Cel": "°C", "[degF]": "°F", "deg": "°", "[pH]": "", "[ppm]": "ppm", "[ppb]": "ppb", "[ppth]": "‰", "kW.h": "kWh", "W.h": "Wh",
    "MW.h": "MWh", "[kn_i]": "kn",
}  # fmt: skip
_WINDS = ("n", "ne", "e", "se", "s", "sw", "w", "nw")


def unit(code: str) -> str:
    """A UCUM code as people write it; what is none stays as it is."""
    if code in _UNITS:
        return _UNITS[code]
    said = code.replace("m3", "m³").replace("m2", "m²")
    return "µ" + said[1:] if said.startswith("u") else said


def number(value: float) -> str:
    """With as many digits as one can feel."""
    return format_decimal(value, format="#,##0" if abs(value) >= 1000 else "#,##0.#" if abs(value) >= 10 else "#,##0.##", locale=language())


def amount(value: float, code: str) -> str:
    """A number with its unit; no line break between them."""
    written = unit(code)
    return number(value) + (("" if written == "°" else "\u00a0") + written if written else "")


def percent(share: float) -> str:
    """A share of 1."""
    return format_percent(share, format="#,##0\u00a0%", locale=language())


def ago(moment: datetime, now: datetime) -> str:
    """How long ago, as one says it."""
    passed = max(now - moment, timedelta())
    minutes, hours = int(passed / timedelta(minutes=1)), int(passed / timedelta(hours=1))
    if minutes < 1:
        return tk._("just now")
    if hours < 1:
        return tk.ungettext("one minute ago", "%(num)s minutes ago", minutes) % {"num": minutes}
    if hours < 48:
        return tk.ungettext("one hour ago", "%(num)s hours ago", hours) % {"num": hours}
    return tk.ungettext("one day ago", "%(num)s days ago", passed.days) % {"num": passed.days}


def clock(moment: datetime, now: datetime) -> str:
    """At what time: the clock, with the day where it is not today."""
    local = days.local(moment)
    if local.date() == days.local(now).date():
        return hour(moment)
    return dates.say(moment, with_time=True)


def hour(moment: datetime) -> str:
    """The clock alone."""
    return tk._("%(time)s o’clock") % {"time": format_time(days.local(moment), "HH:mm", locale=language())}


def weekday(day: date, short: bool = False) -> str:
    """Monday, Mon."""
    return format_date(day, "EEE" if short else "EEEE", locale=language()).rstrip("." if short else "")


def value(item: dict[str, Any], entry: ObservedProperty | None) -> tuple[str, str]:
    """The latest value as large words, and a sentence that explains it ("" without one)."""
    found, said = item.get("value"), item.get("value_text")
    figure = float(found) if isinstance(found, (int, float, Decimal)) and not isinstance(found, bool) else None
    state = said or _plain(found)
    word = entry.word(figure, state) if entry else None
    if word and word.states:
        return word.said(language()), ""
    if said or figure is None:
        return state or tk._("no value"), ""
    if item.get("kind") == "angle":
        return wind(figure), ""
    return amount(figure, item.get("unit") or ""), word.said(language()) + "." if word else ""


def so_far(today: Daily, code: str) -> str:
    """What stands under the latest of values that add up: that it is one of many, and what they came to today."""
    last = tk._("This is the latest single measurement.")
    if today.total is None:
        return last
    return last + " " + tk._("Today so far: %(sum)s.") % {"sum": amount(today.total, code)}


def wind(degrees: float) -> str:
    """A direction by its name, with its degrees."""
    names = {
        "n": tk._("north"), "ne": tk._("north-east"), "e": tk._("east"), "se": tk._("south-east"), "s": tk._("south"),
        "sw": tk._("south-west"), "w": tk._("west"), "nw": tk._("north-west"),
    }  # fmt: skip
    return f"{names[_WINDS[round(degrees / 45) % 8]]} ({number(degrees)}°)"


def gaps(week: Week, interval_seconds: int | None) -> str:
    """What is missing in the week; "" when nothing is."""
    empty = [day for day in week.days if not day.there]
    if len(empty) == len(week.days):
        return tk._("There are no values of the last 7 days.")
    # today may only have begun; that no values come is said where the latest one stands
    empty = [day for day in empty if day is not week.days[-1]]
    if empty:
        named = ", ".join(weekday(day.day) for day in empty)
        return tk._("There are no values of these days: %(days)s.") % {"days": named}
    if week.missing and interval_seconds and interval_seconds <= 3600:
        count = week.missing
        return tk.ungettext("Values of one hour are missing.", "Values of %(num)s hours are missing.", count) % {"num": count}
    return ""


def free_share(day: Daily, entry: ObservedProperty) -> float | None:
    """The share of the day's known time in which a place was free."""
    known = {state: (word.free if (word := entry.word(None, state)) else None) for state in day.share}
    whole = sum(share for state, share in day.share.items() if known[state] is not None)
    return sum(share for state, share in day.share.items() if known[state]) / whole if whole else None


def shares(day: Daily, entry: ObservedProperty | None) -> str:
    """The states of a day, the longest first: "frei 60 %, belegt 40 %"."""
    parts = []
    for state, share in sorted(day.share.items(), key=lambda found: -found[1])[:5]:
        word = entry.word(None, state) if entry else None
        parts.append(f"{word.said(language()) if word and word.states else state} {percent(share)}")
    return ", ".join(parts)


def extremes(week: Week, code: str) -> str:
    """The lowest and the highest value, with their days."""
    there = [day for day in week.days if day.low is not None and day.high is not None]
    if not there:
        return ""
    low, high = min(there, key=lambda day: day.low or 0.0), max(there, key=lambda day: day.high or 0.0)
    return tk._("Lowest: %(low)s (%(low_day)s). Highest: %(high)s (%(high_day)s).") % {
        "low": amount(low.low or 0.0, code), "low_day": weekday(low.day),
        "high": amount(high.high or 0.0, code), "high_day": weekday(high.day),
    }  # fmt: skip


def totals(found: Sequence[tuple[Daily, float]], code: str) -> str:
    """What the whole days came to."""
    if not found:
        return ""
    most = max(found, key=lambda pair: pair[1])
    mean = sum(total for _, total in found) / len(found)
    return tk._("On average %(mean)s a day. Most: %(most)s (%(day)s).") % {
        "mean": amount(round(mean) if mean >= 10 else mean, code), "most": amount(most[1], code), "day": weekday(most[0].day),
    }  # fmt: skip


def _plain(found: Any) -> str | None:
    return None if found is None else str(found).lower() if isinstance(found, bool) else str(found)
