"""Rules and alerts, found in the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from . import letters
from .model import Alert, AlertLog, AlertRule

#: Most rules of a dataset, and rows in an answer.
MOST_RULES, MOST = 200, 1000
_SHOWN = ("id", "resource_id", "stream", "title", "kind", "threshold", "margin", "period", "duration", "direction", "quiet_from",
          "quiet_to", "recipients", "mails_per_day", "tell_end", "webhook", "webhook_key", "advice", "enabled")  # fmt: skip


def no_rule() -> Exception:
    """The one error for what is hidden, deleted or never was."""
    return tk.ObjectNotFound(tk._("There is no such rule or dataset."))


def rule(rule_id: Any) -> AlertRule | None:
    """A rule that is not deleted."""
    row = model.Session.get(AlertRule, str(rule_id or ""))
    return row if row is not None and row.deleted is None else None


def alert(alert_id: Any) -> Alert | None:
    """An alert."""
    return model.Session.get(Alert, str(alert_id or ""))


def rules(package_ids: Sequence[str]) -> list[AlertRule]:
    """The rules of these datasets."""
    query = select(AlertRule).where(AlertRule.package_id.in_(list(package_ids)), AlertRule.deleted.is_(None))
    return list(model.Session.execute(query.order_by(AlertRule.created, AlertRule.id).limit(MOST)).scalars())


def watched() -> list[str]:
    """Ids of the datasets that have rules."""
    return list(model.Session.execute(select(AlertRule.package_id).where(AlertRule.deleted.is_(None)).distinct()).scalars())


def alerts(rule_ids: Sequence[str], states: Sequence[str], limit: int) -> list[Alert]:
    """The alerts of these rules, the newest first."""
    query = select(Alert).where(Alert.rule_id.in_(list(rule_ids)), Alert.state.in_(list(states)))
    return list(model.Session.execute(query.order_by(Alert.opened.desc(), Alert.id).limit(limit)).scalars())


def log_of(rule_id: str, limit: int) -> list[AlertLog]:
    """A rule's log, the newest first."""
    query = select(AlertLog).where(AlertLog.rule_id == rule_id).order_by(AlertLog.id.desc()).limit(limit)
    return list(model.Session.execute(query).scalars())


def rule_dict(row: AlertRule) -> dict[str, Any]:
    """A rule as its editors see it."""
    package: Any = model.Package.get(row.package_id)
    said = letters.series(row.resource_id, row.stream)
    running = alerts([row.id], ("open", "acknowledged"), 1)
    return {
        **{name: getattr(row, name) for name in _SHOWN},
        "dataset": package.name if package is not None else "",
        "condition": letters.condition(row, said["unit"]),
        "unit": said["unit"],
        "series": said["name"],
        "place": said["place"],
        "created": iso(row.created),
        "state": running[0].state if running else "calm" if row.enabled else "off",
    }


def alert_dict(row: Alert, rule: AlertRule) -> dict[str, Any]:
    """An alert as editors see it."""
    package: Any = model.Package.get(rule.package_id)
    said = letters.series(rule.resource_id, rule.stream)
    return {
        "id": row.id, "rule_id": row.rule_id, "title": rule.title or said["name"], "dataset": package.name,
        "dataset_title": package.title or package.name, "condition": letters.condition(rule, said["unit"]), "series": said["name"],
        "place": said["place"], "state": row.state, "since": iso(row.since), "opened": iso(row.opened), "value": row.value,
        "shown": letters.number(row.value, said["unit"]), "acknowledged": iso(row.acknowledged),
        "acknowledged_by": person(row.acknowledged_by), "note": row.note, "closed": iso(row.closed), "reason": row.reason,
    }  # fmt: skip


def person(user_id: str) -> str:
    """The shown name of an account."""
    user: Any = model.User.get(user_id) if user_id else None
    return user.display_name if user is not None else ""


def iso(moment: datetime | None) -> str | None:
    """A moment in ISO 8601."""
    return moment.isoformat() if moment else None
