"""What an alert says to people and to programs: what was measured, where, since when, what to do, a link.

Each mail is a template in `emails/alerts/`; its first line is the subject. A municipality may put its own beside it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import ckan.model as model
from babel.numbers import format_decimal

from ...access import shared as access
from ...core import mail
from ...core.dates import say
from ...core.i18n import N_, language, translate
from .. import streams
from .model import Alert, AlertRule, Message

#: UCUM codes that people write in another way; others they know.
UNITS = {"1": "", "Cel": "°C", "deg": "°", "[ppth]": "‰", "[ppm]": "ppm", "[ppb]": "ppb", "[pH]": "", "m3/s": "m³/s", "ug/m3": "µg/m³"}
CONDITIONS = {
    ("below", ""): N_("Value below %(limit)s"),
    ("above", ""): N_("Value above %(limit)s"),
    ("missing", ""): N_("No value for %(period)s"),
    ("change", "both"): N_("Change by more than %(limit)s within %(period)s"),
    ("change", "rise"): N_("Rise by more than %(limit)s within %(period)s"),
    ("change", "fall"): N_("Fall by more than %(limit)s within %(period)s"),
}
_SPANS = (
    (1440, N_("1 day"), N_("%(count)s days")),
    (60, N_("1 hour"), N_("%(count)s hours")),
    (1, N_("1 minute"), N_("%(count)s minutes")),
)


def is_there(row: AlertRule) -> bool:
    """Whether there still is the dataset that a rule watches."""
    package = model.Package.get(row.package_id)
    return package is not None and package.state == "active"


def minutes(count: int) -> str:
    """A time span as people say it: "90 Minuten", "6 Stunden", "2 Tage"."""
    for size, one, many in _SPANS:
        if count % size == 0 and count:
            return translate(one) if count == size else translate(many) % {"count": count // size}
    return translate(N_("0 minutes"))


def number(value: float | None, unit: str = "") -> str:
    """A number as people write it, with its unit."""
    if value is None:
        return ""
    return f"{format_decimal(round(value, 6), '#,##0.######', locale=language())} {unit}".strip()


def condition(row: Any, unit: str) -> str:
    """What a rule reports, in words: "Wert unter 59,5 m, mindestens 60 Minuten lang"."""
    text = CONDITIONS[row.kind, row.direction if row.kind == "change" else ""]
    said = translate(text) % {"limit": number(row.threshold, unit), "period": minutes(row.period)}
    if row.duration and row.kind != "missing":
        said += translate(N_(", for at least %(duration)s")) % {"duration": minutes(row.duration)}
    return said


def series(resource_id: str, stream: str) -> dict[str, str]:
    """What a series is called: ``name``, ``place``, ``property``, ``unit`` as people write it."""
    known = streams.registered([resource_id]).get((resource_id, stream)) or {}
    listed = streams.codes().entries.get(known.get("property") or "")
    unit = known.get("unit") or ""
    return {
        "name": known.get("name") or stream,
        "place": known.get("thing") or "",
        "property": listed.title(language()) if listed else known.get("source_property") or "",
        "unit": UNITS.get(unit, unit),
    }


def _facts(row: AlertRule, alert: Alert, value: float | None) -> dict[str, Any]:
    package: Any = model.Package.get(row.package_id)
    said = series(row.resource_id, row.stream)
    over = alert.state == "closed"
    return {
        "title": row.title or said["name"],
        "dataset": package.title or package.name,
        **{key: said[key] for key in ("name", "place", "property")},
        "kind": row.kind,
        "value": number(value, said["unit"]),
        "condition": condition(row, said["unit"]),
        "since": say(alert.since, with_time=True),
        "over": over,
        "until": say(alert.closed, with_time=True) if over else "",
        "lasted": minutes(max(1, round((alert.closed - alert.since) / timedelta(minutes=1)))) if over else "",
        "reason": alert.reason,
        "advice": row.advice,
        "url": mail.address("dp_alerts.rule", name=package.name, rule=row.id),
        "public": mail.address("dataset.read", id=package.name) if access.is_published(package.id) else "",
    }


def letter(message: Message, row: AlertRule, alert: Alert) -> tuple[str, list[str]]:
    """Subject and paragraphs of the mail about one event."""
    return mail.written(f"emails/alerts/{message.event}.txt", _facts(row, alert, message.value))


def digest(parcel: list[tuple[Message, AlertRule, Alert]]) -> tuple[str, list[str]]:
    """One mail for several events."""
    lines = []
    for message, row, alert in parcel:
        facts = _facts(row, alert, message.value)
        lines.append(", ".join(part for part in (facts["title"], facts["condition"], facts["value"], facts["since"]) if part))
    return mail.written(
        "emails/alerts/digest.txt", {"number": len(lines), "lines": mail.bullets(lines), "url": mail.address("dp_alerts.mine")}
    )


def payload(row: AlertRule, alert: Alert, message: Message) -> dict[str, Any]:
    """What a webhook is told; times in UTC."""
    package: Any = model.Package.get(row.package_id)
    known = streams.registered([row.resource_id]).get((row.resource_id, row.stream)) or {}
    return {
        "type": f"alert.{message.event}",
        "timestamp": _iso(message.at),
        "data": {
            "alert": {
                "id": alert.id, "since": _iso(alert.since), "opened": _iso(alert.opened), "closed": _iso(alert.closed),
                "reason": alert.reason or None, "acknowledged": _iso(alert.acknowledged),
            },
            "rule": {
                "id": row.id, "title": row.title, "kind": row.kind, "threshold": row.threshold, "margin": row.margin,
                "period_minutes": row.period, "duration_minutes": row.duration,
            },
            "dataset": package.name,
            "resource_id": row.resource_id,
            "stream": row.stream,
            "place": known.get("thing"),
            "property": known.get("property"),
            "unit": known.get("unit"),
            "value": message.value,
            "url": mail.address("dp_alerts.rule", name=package.name, rule=row.id),
        },
    }  # fmt: skip


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
