"""One run: forecasts that have come due are scored, then new ones are made, for every bay whose state is known now.

What is learnt comes from outcomes that are known, what is usual from earlier days: nothing that lies ahead is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from .. import config, query, streams
from . import odds, present, records
from .present import Words

#: A second run so soon makes no new forecasts.
APART = timedelta(minutes=10)
#: Seconds for the questions of one table.
_PATIENCE = 120
#: Series that are looked at together: a bounded question, whatever the number of bays.
_TOGETHER = 500


def bays() -> dict[str, dict[str, dict[str, Any]]]:
    """Table → series → the register's columns, of all whose property has states that mean free and taken."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for code in words_by_property():
        for resource_id, stream in streams.with_property(code):
            found.setdefault(resource_id, {})[stream] = {}
    there = _there(found)
    known = streams.registered(there)
    return {
        resource_id: {stream: known[resource_id, stream] for stream in sorted(names) if known[resource_id, stream]["state"] == "live"}
        for resource_id, names in sorted(found.items())
        if resource_id in there
    }


def words_by_property() -> dict[str, Words]:
    """Code of an observed property → what its states are called, where the list says which mean free and taken."""
    found = {}
    for code, entry in streams.codes().entries.items():
        sides = {free: tuple(state for word in entry.words if word.free is free for state in word.states) for free in (True, False)}
        if sides[True] and sides[False]:
            found[code] = Words(sides[True], sides[False])
    return found


def run(now: datetime | None = None) -> dict[str, int]:
    """Score and forecast: ``{"series", "scored", "made", "removed"}``. Each table is a transaction of its own. Commits."""
    now = (now or utcnow()).replace(microsecond=0)
    counts = {"series": 0, "scored": 0, "made": 0, "removed": records.forget(now, config.forecast_days())}
    model.Session.commit()
    listed = words_by_property()
    for resource_id, facts in bays().items():
        if records.alone(resource_id):
            by_words: dict[Words, dict[str, dict[str, Any]]] = {}
            for stream, known in facts.items():
                by_words.setdefault(listed[known["property"]], {})[stream] = known
            for words, some in by_words.items():
                counts["scored"] += _score(resource_id, some, words, now)
                counts["made"] += _make(resource_id, some, words, now)
            counts["series"] += len(facts)
        model.Session.commit()
    return counts


def _score(resource_id: str, facts: Mapping[str, dict[str, Any]], words: Words, now: datetime) -> int:
    due = [pair for pair in records.open_targets(resource_id, now) if pair[0] in facts]
    with query.reading("UTC", _PATIENCE) as cursor:
        seen = present.states(cursor, resource_id, due, now)
    known = []
    for (stream, target), found in seen.items():
        free = _free(found, target, facts[stream], words)
        if found.settled and free is not None:
            known.append((stream, target, free))
    return records.note_outcomes(resource_id, known, _zone())


def _make(resource_id: str, facts: Mapping[str, dict[str, Any]], words: Words, now: datetime) -> int:
    wanted = sorted(set(facts) - records.recent(resource_id, now - APART))
    zone = ZoneInfo(_zone())
    sums = records.learnt(resource_id, now.astimezone(zone).date())
    targets = {horizon: now + timedelta(minutes=horizon) for horizon in odds.HORIZONS}
    quarters = {target: odds.alike(target, zone) for target in targets.values()}
    rows = []
    for start in range(0, len(wanted), _TOGETHER):
        some = wanted[start : start + _TOGETHER]
        with query.reading("UTC", _PATIENCE) as cursor:
            seen = present.states(cursor, resource_id, [(stream, now) for stream in some], now)
            free = {stream: _free(found, now, facts[stream], words) for (stream, _), found in seen.items()}
            there = [stream for stream, state in free.items() if state is not None]
            usual = present.seconds(cursor, resource_id, there, quarters, words) if there else {}
        for stream in there:
            for horizon, target in targets.items():
                share = odds.weight(horizon, *sums.get((stream, horizon), (0.0, 0.0)))
                profile = odds.profile(*usual.get((stream, target), (0.0, 0.0)))
                rows.append({
                    "resource_id": resource_id, "stream": stream, "horizon": horizon, "made": now, "target": target, "now": free[stream],
                    "profile": profile, "weight": share, "probability": odds.mixed(bool(free[stream]), profile, share),
                })  # fmt: skip
    records.keep(rows)
    return len(rows)


def _free(seen: present.Seen, moment: datetime, facts: Mapping[str, Any], words: Words) -> bool | None:
    """Whether the bay was free then; None where the value is too old to say, or says something else."""
    if moment - seen.since > present.patience(facts.get("interval_seconds")):
        return None
    return words.says(seen.state)


def _there(resource_ids: Iterable[str]) -> set[str]:
    """Those that are neither deleted nor in a deleted dataset."""
    resource, package = model.Resource, model.Package
    rows = model.Session.query(resource.id).join(package, package.id == resource.package_id)  # type: ignore[attr-defined]
    return {row[0] for row in rows.filter(resource.id.in_(list(resource_ids)), resource.state == "active", package.state == "active")}  # type: ignore[attr-defined]


def _zone() -> str:
    return str(tk.h.get_display_timezone())
