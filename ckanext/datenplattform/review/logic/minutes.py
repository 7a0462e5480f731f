"""Actions of room `review` about minutes. Times are ISO 8601, UTC where no time zone is given."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from ...core.validation import moment, validated, whole_number
from ...core.validation import validators as _v
from .. import events, minutes_source
from .common import actor

MOST = 1000
DEFAULT = timedelta(days=7)


def _period(data_dict: Any, context: Any) -> tuple[datetime, datetime]:
    """The period asked for; by default since the last minutes that were closed (else seven days), until now."""
    schema: Any = {"since": [*_v("ignore_empty"), moment], "until": [*_v("ignore_empty"), moment]}
    data = validated({name: data_dict.get(name) for name in schema}, schema, context)
    until = data.get("until") or utcnow()
    since = data.get("since") or None
    if since is None:
        last = minutes_source.closed(1)
        since = moment(last[0]["until"]) if last and moment(last[0]["until"]) < until else until - DEFAULT
    if since >= until:
        raise tk.ValidationError({"until": [tk._("The last day is before the first one. Please choose it later.")]})
    return since, until


def _read(since: datetime, until: datetime) -> dict[str, Any]:
    try:
        return minutes_source.read(since, until, MOST)
    except minutes_source.TooMany:
        text = tk._("More than %(most)d decisions are in this period. Please choose a shorter one.") % {"most": MOST}
        raise tk.ValidationError({"since": [text]}) from None


@tk.side_effect_free
def review_minutes(context: Any, data_dict: Any) -> dict[str, Any]:
    """What the board decided in a period, with votes and reasons, what ended otherwise, and what is open at its end.
    For the board, the data-protection officer and the lead of the inventory.

    :param since: first moment, default: the end of the minutes that were closed last, else seven days before `until`
    :param until: first moment after the period, default: now
    :returns: {"since", "until", "head": {"number", "hash"} of the chain of events, "decisions": [{"event", "at", "result",
        "by", "decided_by", "case_id", "package_id", "title", "unit", "kind", "carried_out", "track", "released",
        "standing_until", "publish_at", "duty", "dashboard", "tally", "seats": [{"seat", "vote", "person", "reason"}],
        "seats_changed", "recused", "cited", "reason", "interests", "mend_until", "rules_hash", "content_hash"}],
        "ended": [{"event", "at", "kind", "title", "unit", "by", "reason"}], "open": [{"case_id", "title", "unit", "kind",
        "track", "submitted_at", "deadline"}]}; who was erased from the record appears as a key
    :raises ValidationError: more than 1,000 decisions, or no period

    Example: ``{"since": "2026-11-01", "until": "2026-12-01"}``
    """
    tk.check_access("review_minutes", context, data_dict)
    return _read(*_period(data_dict, context))


@tk.side_effect_free
def review_minutes_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Minutes that were closed, the latest first. For those who read minutes.

    :param limit: at most 100, default 20
    :returns: {"results": [{"event", "at", "since", "until", "decisions": int, "by"}]}
    """
    tk.check_access("review_minutes_list", context, data_dict)
    data = validated({"limit": data_dict.get("limit")}, {"limit": whole_number()}, context)
    return {"results": minutes_source.closed(min(int(data.get("limit") or 20), 100))}


def review_minutes_close(context: Any, data_dict: Any) -> dict[str, Any]:
    """Close minutes: an event of the chain says which period they hold, and the next ones begin there. For the board.

    :param since: as in review_minutes; :param until: as in review_minutes, not in the future
    :returns: {"event", "at", "since", "until", "decisions": int, "by"}
    :raises ValidationError: the period is not over; nothing was changed
    """
    tk.check_access("review_minutes_close", context, data_dict)
    try:
        # nothing is decided while the period ends
        events.lock()
        since, until = _period(data_dict, context)
        if until > utcnow():
            text = tk._("This period is not over yet. The minutes were not closed. Please choose today or an earlier day.")
            raise tk.ValidationError({"until": [text]})
        found = _read(since, until)
        facts = {"since": found["since"], "until": found["until"], "decisions": len(found["decisions"])}
        last = next(iter(minutes_source.closed(1)), {})
        # twice the same button is once the same minutes
        if facts != {name: last.get(name) for name in facts}:
            events.append("", minutes_source.CLOSED, actor(context), facts=facts)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    return minutes_source.closed(1)[0]


ACTIONS = (review_minutes, review_minutes_list, review_minutes_close)
