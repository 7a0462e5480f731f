"""Who asks what: from the arguments of an action to a question that may be asked.

What the reader may not see does not exist: a hidden dataset, a withdrawn one and one that never was give the same error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timezone
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.model import Package, Resource

from ..access import shared as access
from . import config, streams
from . import cursor as cursors
from .query import AGGREGATES, INTERVALS, Position, Question

#: Tables in one question.
MOST_TABLES = 200
MOST_STREAMS = 1000
_DATA = ("data", "all")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)\Z", re.IGNORECASE)


def tables_of(context: Any, data: Mapping[str, Any]) -> dict[str, tuple[str, ...] | None]:
    """Table → its series in question (None: all), as the reader may see them. Raises ObjectNotFound."""
    for key, value in data.items():
        # no name in the database holds it, and the database refuses the question
        if "\0" in (value if isinstance(value, str) else "".join(map(str, value)) if isinstance(value, (list, tuple)) else ""):
            raise not_found() if key in ("dataset", "resource_id") else tk.ValidationError({key: [tk._("There is no such series.")]})
    wanted = _names(data.get("streams"))
    if data.get("dataset") or data.get("resource_id"):
        found: dict[str, tuple[str, ...] | None] = dict.fromkeys(_of_dataset(context, data), wanted)
    elif data.get("property"):
        found = dict.fromkeys(_with_property(context, str(data["property"])), wanted)
    else:
        raise tk.ValidationError({"dataset": [tk._("Please name a dataset or what is measured.")]})
    if data.get("property"):
        chosen: dict[str, list[str]] = {}
        for resource_id, stream in streams.with_property(str(data["property"])):
            if resource_id in found and (wanted is None or stream in wanted):
                chosen.setdefault(resource_id, []).append(stream)
        found = {resource_id: tuple(names) for resource_id, names in chosen.items()}
    return found


def may_read(context: Any, package_ids: list[str]) -> set[str]:
    """Those of the datasets whose rows the reader may see, asked of the database at this moment."""
    if context.get("ignore_auth"):
        return set(package_ids)
    levels = access.levels(access.current_user(context), package_ids)
    return {package_id for package_id, level in levels.items() if level in _DATA}


def question(context: Any, data: Mapping[str, Any]) -> tuple[Question, Position | None, int]:
    """What is asked, where to go on, and how many rows at most. Raises ObjectNotFound and ValidationError."""
    found = tables_of(context, data)
    errors: dict[str, Any] = {}
    since, until = (_moment(data.get(key), key, errors) for key in ("from", "to"))
    interval = str(data.get("interval") or "raw")
    if interval not in INTERVALS:
        errors["interval"] = [tk._("One of these: {choices}").format(choices=", ".join(INTERVALS))]
    aggregates = _names(data.get("aggregate")) or AGGREGATES
    if not set(aggregates) <= set(AGGREGATES):
        errors["aggregate"] = [tk._("One of these: {choices}").format(choices=", ".join(AGGREGATES))]
    limit, most = data.get("limit"), config.page_rows(access.current_user(context) is not None)
    rows = _whole(limit) if limit not in (None, "") else most
    if rows is None or rows < 1:
        errors["limit"] = [tk._("Please give a whole number from 1 to {most}.").format(most=most)]
    asked = Question(found, since, until, interval, tuple(name for name in AGGREGATES if name in aggregates))
    position = None
    if data.get("cursor") and not errors:
        try:
            position = Position(*cursors.read(str(data["cursor"]), _sealed(data, asked), _secret()))
            position = position._replace(time=datetime.fromisoformat(str(position.time)))
        except cursors.BadCursor:
            errors["cursor"] = [tk._("This cursor belongs to another question. Please start again without it.")]
    if errors:
        raise tk.ValidationError(errors)
    return asked, position, min(rows or most, most)


def next_cursor(data: Mapping[str, Any], asked: Question, last: Position | None) -> str | None:
    """Where the reader goes on."""
    if last is None:
        return None
    moment = last.time.astimezone(timezone.utc).isoformat()
    return cursors.make([last.resource_id, last.stream, moment], _sealed(data, asked), _secret())


def zone(data: Mapping[str, Any]) -> str:
    """The time zone in which times are told. Raises ValidationError."""
    name = str(data.get("timezone") or "UTC")
    if name not in _zones():
        raise tk.ValidationError({"timezone": [tk._("Please give a time zone like Europe/Berlin.")]})
    return name


@cache
def _zones() -> frozenset[str]:
    # it reads through a folder of files
    return frozenset(available_timezones())


def _of_dataset(context: Any, data: Mapping[str, Any]) -> list[str]:
    """Tables of a dataset. One answer of the Daten-API asks it several times, its context keeps what was found."""
    key = (str(data.get("dataset") or ""), str(data.get("resource_id") or ""))
    kept = context.get("asked", {})
    if key not in kept:
        kept[key] = _found(context, *key)
    return kept[key]


def _found(context: Any, dataset: str, resource_id: str) -> list[str]:
    resource = Resource.get(resource_id) if resource_id else None
    name = dataset or (resource.package_id if resource else None)
    package: Any = Package.get(str(name)) if name else None
    outside = resource_id and (resource is None or package is None or resource.package_id != package.id)
    if package is None or outside or not may_read(context, [package.id]):
        raise not_found()
    return [item.id for item in package.resources if item.state == "active" and (resource is None or item.id == resource.id)]


def _with_property(context: Any, code: str) -> list[str]:
    ids = list(dict.fromkeys(resource_id for resource_id, _ in streams.with_property(code)))
    table: Any = model.resource_table
    rows = model.Session.execute(
        table.select().with_only_columns(table.c.id, table.c.package_id).where(table.c.id.in_(ids), table.c.state == "active")
    ).all()
    allowed = may_read(context, sorted({row.package_id for row in rows}))
    found = sorted(row.id for row in rows if row.package_id in allowed)
    if len(found) > MOST_TABLES:
        raise tk.ValidationError({"dataset": [tk._("Too many datasets measure this. Please name one of them.")]})
    return found


def not_found() -> Exception:
    """The one error for what is hidden, withdrawn or never was."""
    return tk.ObjectNotFound(tk._("Dataset was not found."))


def _sealed(data: Mapping[str, Any], asked: Question) -> list[Any]:
    """What must stay the same from page to page; the number of rows may change."""
    times = [moment.astimezone(timezone.utc).isoformat() if moment else None for moment in (asked.since, asked.until)]
    names = _names(data.get("streams"))
    return [*(str(data.get(key) or "") for key in ("dataset", "resource_id", "property")), sorted(names) if names else None,
            *times, asked.interval]  # fmt: skip


def _names(given: Any) -> tuple[str, ...] | None:
    if given in (None, "", []):
        return None
    if not isinstance(given, (str, list, tuple)):
        raise tk.ValidationError({"streams": [tk._("Missing value")]})
    names = tuple(dict.fromkeys(str(item) for item in (given.split(",") if isinstance(given, str) else given) if str(item)))
    if len(names) > MOST_STREAMS:
        raise tk.ValidationError({"streams": [tk._("At most {most} at once.").format(most=MOST_STREAMS)]})
    return names or None


def _moment(given: Any, key: str, errors: dict[str, Any]) -> datetime | None:
    """A time with its offset, or a day: its beginning in the town's time zone."""
    if given in (None, ""):
        return None
    # in an address a plus that was not encoded arrives as a blank
    text = re.sub(r" (\d\d:?\d\d)\Z", r"+\1", str(given).strip())
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            local = datetime.combine(date.fromisoformat(text), time(), ZoneInfo(str(tk.h.get_display_timezone())))
            return local.astimezone(timezone.utc)
        if _TIME.match(text):
            text = re.sub(r"([+-]\d\d)(\d\d)\Z", r"\1:\2", text.upper().replace("Z", "+00:00"))
            text = re.sub(r"\.(\d+)", lambda found: "." + found[1].ljust(6, "0"), text)
            return datetime.fromisoformat(text).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        pass
    errors[key] = [tk._("Please give a day (2026-03-29) or a time with its offset from UTC (2026-03-29T12:00:00+02:00).")]
    return None


def _whole(given: Any) -> int | None:
    text = str(given)
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else None


def _secret() -> str:
    return f"dp_timeseries:{tk.config.get('SECRET_KEY')}"
