"""What happened is kept: alerts, the log of each rule, and the messages that tell of it. The caller commits."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...core.clock import utcnow
from .machine import Event
from .model import Alert, AlertLog, AlertRule, Message
from .quiet import quiet_until


def noted(row: AlertRule, what: str, *, alert: str | None = None, person: str = "", note: str = "") -> None:
    """Add a line to a rule's log."""
    model.Session.add(AlertLog(rule_id=row.id, alert_id=alert, at=utcnow(), what=what, person=person, note=note))


def running(row: AlertRule) -> Alert | None:
    """The alert of a rule that is not closed."""
    return model.Session.query(Alert).filter(Alert.rule_id == row.id, Alert.state != "closed").with_for_update().one_or_none()


def happened(row: AlertRule, event: Event, reason: str, now: datetime) -> None:
    """An alert opens or closes: alert, log and messages."""
    alert = running(row)
    if event.what == "opened" and alert is None:
        alert = Alert(rule_id=row.id, state="open", since=event.since, opened=event.at, value=event.value)
        model.Session.add(alert)
        model.Session.flush()
        noted(row, "opened", alert=alert.id)
        told(row, alert, "opened", event.value, now)
    elif event.what == "closed" and alert is not None:
        closed(row, alert, reason, now, event.at, event.value)


def closed(row: AlertRule, alert: Alert, reason: str, now: datetime, at: datetime | None = None, value: float | None = None) -> None:
    """An alert ends. ``reason``: recovered, corrected, changed, off or deleted."""
    alert.state, alert.closed, alert.reason = "closed", max(at or now, alert.opened), reason
    model.Session.flush()
    noted(row, "closed", alert=alert.id, note=reason)
    told(row, alert, "closed", value, now)


def told(row: AlertRule, alert: Alert, event: str, value: float | None, now: datetime) -> None:
    """Write down whom to tell of an event: the webhook of everything and at once, people of the beginning, where they want it of
    the end, and not in quiet hours."""
    facts: dict[str, Any] = {"rule_id": row.id, "alert_id": alert.id, "event": event, "value": value, "at": now}
    if row.webhook:
        model.Session.add(Message(**facts, due=now))
    if not tk.config.get("smtp.server") or not (event == "opened" or (event == "closed" and row.tell_end)):
        return
    due = quiet_until(now, row.quiet_from, row.quiet_to, zone())
    for address in row.recipients:
        if event == "opened" or _knows(alert, address):
            model.Session.add(Message(**facts, address=address, due=due))


def _knows(alert: Alert, address: str) -> bool:
    """Whether the beginning was told already; where not, one mail will tell both."""
    query = model.Session.query(Message).filter(Message.alert_id == alert.id, Message.address == address, Message.event == "opened")
    return query.filter(Message.sent.isnot(None)).first() is not None


def zone() -> ZoneInfo:
    """The town's time zone."""
    return ZoneInfo(str(tk.h.get_display_timezone()))
