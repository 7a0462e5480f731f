"""Actions of the Daten-API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.logic import validate

from ...core.i18n import language
from .. import asking, config, query, streams
from . import schema

#: A series is silent when so many of its intervals (an hour at least) have passed without a value; without one, after days.
_MISSED, _AT_LEAST, _WITHOUT = 4, timedelta(hours=1), timedelta(days=2)
MOST_SERIES = 1000


@tk.side_effect_free
@validate(schema.timeseries_read)
def timeseries_query(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Values of series, or what they came to in quarters, hours or days. Whoever may read the dataset's files.

    :param dataset: id or name of a dataset; or
    :param resource_id: of one of its tables; or
    :param property: code of an observed property: its series in all datasets that the reader may see
    :param streams: only these (a list, or separated by commas; at most 1,000)
    :param from: from this time on: with its offset from UTC, or a day in the town's time zone
    :param to: before this time
    :param interval: ``raw`` (default), ``15m``, ``1h`` (of UTC) or ``1d`` (days of the town's time zone)
    :param aggregate: for an interval, of ``count``, ``mean``, ``min``, ``max``, ``last``, ``state`` (the last one), ``share`` (of time,
        by state); default all
    :param timezone: in which times are told (``Europe/Berlin``); default UTC
    :param limit: rows; at most 10,000 (signed in: 100,000)
    :param cursor: ``next`` of the page before, with the same question
    :returns: ``{"rows": [...], "next": cursor or None}``; rows by table, stream and time, with ``resource_id``, ``stream``, ``time``
        (ISO 8601) and the values

    Example: ``/api/3/action/timeseries_query?dataset=grundwasserstaende&from=2026-11-01&interval=1d``
    """
    tk.check_access("timeseries_query", context, data_dict)
    page, cursor, _ = ask(context, data_dict)
    names = ["resource_id", *page.columns[1:]]
    rows = [dict(zip(names, row, strict=True)) for row in page.rows]
    for row in rows:
        for name in ("time", "time_end"):
            if row.get(name) is not None:
                row[name] = row[name].isoformat()
    return {"rows": rows, "next": cursor}


@tk.side_effect_free
@validate(schema.timeseries_read)
def timeseries_latest(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The latest value of each series, with what it is and where. Whoever may read the dataset's files.

    :param dataset: id or name of a dataset; or ``resource_id``, or ``property``, as in `timeseries_query`
    :param streams: only these (optional)
    :param timezone: in which times are told; default UTC
    :returns: at most 1,000, as `timeseries_streams`, each with ``time``, ``value``, ``value_text`` and ``quality`` where the table has them

    Example: ``/api/3/action/timeseries_latest?dataset=belegung-der-behindertenparkplaetze``
    """
    tk.check_access("timeseries_latest", context, data_dict)
    return listed(context, data_dict, with_value=True)


@tk.side_effect_free
@validate(schema.timeseries_read)
def timeseries_streams(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """The series of a dataset, or of a property. Whoever may read the dataset's files.

    :param dataset: id or name of a dataset; or ``resource_id``, or ``property``, as in `timeseries_query`
    :param streams: only these (optional)
    :param timezone: in which times are told; default UTC
    :returns: at most 1,000 of ``{"dataset", "resource_id", "stream", "name", "thing", "property", "property_title", "kind", "unit",
        "source_property", "source_unit", "lon", "lat", "first", "last", "interval_seconds", "state"}``. ``unit`` (UCUM) is that of the
        values. ``state``: live, silent (its values fail to come) or vanished (its source no longer names it)

    Example: ``/api/3/action/timeseries_streams?property=groundwater_level``
    """
    tk.check_access("timeseries_streams", context, data_dict)
    return listed(context, data_dict, with_value=False)


def ask(context: Any, data: Mapping[str, Any]) -> tuple[query.Page, str | None, query.Question]:
    """A page of rows, the cursor of the next one, and the question as it was understood."""
    asked, after, limit = asking.question(context, data)
    with query.reading(asking.zone(data), config.query_seconds()) as cursor:
        page = query.page(cursor, asked, after, limit)
    return page, asking.next_cursor(data, asked, page.last), asked


def described(shown: Sequence[tuple[str, str]], several: bool) -> dict[tuple[str, str], dict[str, Any]]:
    """(table, stream) → what the register says of it; with the dataset's name where there are ``several`` tables."""
    tables = {resource_id for resource_id, _ in shown}
    facts, names = streams.registered(tables), _datasets(tables) if several else {}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for key in shown:
        known = facts.get(key) or {}
        found[key] = {"stream": key[1], **{name: known.get(name) for name in _FACTS}}
        if several:
            found[key]["dataset"] = names.get(key[0])
    return found


def listed(context: Any, data: Mapping[str, Any], with_value: bool) -> list[dict[str, Any]]:
    """Series with their facts, and their latest value or their extent."""
    wanted, found = asking.tables_of(context, data), []
    facts, names, titles = streams.registered(wanted), _datasets(wanted), streams.codes().entries
    with query.reading(asking.zone(data), config.query_seconds()) as cursor:
        for resource_id, among in sorted(wanted.items()):
            if not {"stream", "time"} <= set(query.tables.types(cursor, resource_id)):
                continue
            there = query.series(cursor, resource_id, among, limit=MOST_SERIES - len(found))
            values = query.latest(cursor, resource_id, there) if with_value else {}
            extents = {} if with_value else query.extent(cursor, resource_id, there)
            for stream in there:
                known = facts.get((resource_id, stream)) or {}
                item = {"dataset": names.get(resource_id), "resource_id": resource_id, "stream": stream}
                item |= {key: known.get(key) for key in _FACTS}
                listed = titles.get(known.get("property") or "")
                item["property_title"] = listed.title(language()) if listed else known.get("source_property") or None
                if with_value:
                    if stream not in values:
                        continue
                    item |= {key: value for key, value in values[stream].items() if key != "stream"}
                    last = item["time"]
                else:
                    item["first"], last = extents.get(stream, (None, None))
                    item["last"] = last
                item["state"] = _state(known, last)
                found.append({key: value.isoformat() if isinstance(value, datetime) else value for key, value in item.items()})
    return found


_FACTS = ("name", "thing", "property", "kind", "unit", "source_property", "source_unit", "lon", "lat", "interval_seconds")


def _state(known: Mapping[str, Any], last: datetime | None) -> str:
    if known.get("state") == "vanished":
        return "vanished"
    seconds = known.get("interval_seconds")
    patience = max(_MISSED * timedelta(seconds=seconds), _AT_LEAST) if seconds else _WITHOUT
    return "live" if last is not None and datetime.now(timezone.utc) - last <= patience else "silent"


def _datasets(resources: Iterable[str]) -> dict[str, str]:
    """Table → name of its dataset."""
    resource, package = model.Resource, model.Package
    rows = model.Session.query(resource.id, package.name).join(package, package.id == resource.package_id)
    return {row[0]: row[1] for row in rows.filter(resource.id.in_(list(resources)))}  # type: ignore[attr-defined]


ACTIONS = (timeseries_query, timeseries_latest, timeseries_streams)
