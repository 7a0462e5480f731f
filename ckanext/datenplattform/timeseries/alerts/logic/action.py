"""Actions for rules, alerts and their log."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ....access import shared as access
from ....core import mail
from ....core.clock import utcnow
from ....core.validation import validated
from ... import config, query
from .. import follow, found, keeping, outbox, values
from ..machine import OPEN
from ..model import Alert, AlertRule
from . import schema
from .auth import edits

#: Days that a preview looks back, and openings that it names.
PREVIEW_DAYS, PREVIEW_SHOWN = 30, 20
#: What changes the question that the machine answers.
_MEANING = ("kind", "threshold", "margin", "period", "duration", "direction", "enabled")


def alert_rule_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Watch a series: report values that are below or above a limit, that fail to come, or that change fast. What is so already is
    reported at once. Who edits the dataset.

    :param resource_id: id of the table of the series
    :param stream: the series, as `timeseries_streams` names it
    :param kind: ``below``, ``above``, ``missing`` or ``change``
    :param threshold: the limit, in the unit of the series (not for ``missing``)
    :param margin: how far the value must go back over the limit until the alert ends; default 0
    :param period: minutes: for ``missing`` without a value, for ``change`` within which it changes
    :param duration: minutes that it must last; default 0
    :param direction: for ``change``: ``both`` (default), ``rise`` or ``fall``
    :param quiet_from: no mails from this time on (``22:00``, in the town's time zone)
    :param quiet_to: until this time; they come then
    :param recipients: at most 5 e-mail addresses of functions
    :param mails_per_day: most mails of this rule to one address on one day, 1 to 20; default 3
    :param tell_end: whether the end of an alert is told by mail too; default no
    :param webhook: address that is called at each beginning, acknowledgement and end
    :param webhook_key: name under which the operator has stored the key for its signature
    :param advice: what to do, for the mail
    :param title: what the rule is called; default: as its series
    :param enabled: whether it is switched on; default yes
    :returns: the rule, as `alert_rule_show`

    Example: ``{"resource_id": "…", "stream": "gw-3", "kind": "below", "threshold": 59.5, "margin": 0.1, "duration": 60,
    "recipients": ["wasserbehoerde@example.org"]}``
    """
    tk.check_access("alert_rule_create", context, data_dict)
    resource = _resource(data_dict)
    clean = _checked(context, data_dict)
    if len(found.rules([str(resource.package_id)])) >= found.MOST_RULES:
        raise tk.ValidationError({"resource_id": [tk._("A dataset has at most {most} rules.").format(most=found.MOST_RULES)]})
    row = AlertRule(package_id=resource.package_id, created_by=_person(context), **clean)
    model.Session.add(row)
    model.Session.flush()
    keeping.noted(row, "rule_created", person=_person(context))
    model.Session.commit()
    _judged(row.id)
    return _shown(row.id)


@tk.side_effect_free
def alert_rule_preview(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What a rule would have reported in the last 30 days; nothing is stored. Who edits the dataset.

    :param resource_id: and all others as in `alert_rule_create`
    :returns: ``{"days", "count", "alerts": [{"opened", "closed" or None}]}``: the newest 20, times in UTC
    """
    tk.check_access("alert_rule_preview", context, data_dict)
    _resource(data_dict)
    row = AlertRule(**_checked(context, data_dict))
    try:
        events = follow.preview(row, utcnow(), PREVIEW_DAYS)
    except query.TooSlow:
        raise tk.ValidationError({"stream": [tk._("That took too long. Please ask for a shorter time or fewer series.")]}) from None
    opened = [event for event in events if event.what == "opened"]
    ends = {event.since: event.at for event in events if event.what == "closed"}
    shown = [{"opened": found.iso(event.at), "closed": found.iso(ends.get(event.since))} for event in reversed(opened)]
    return {"days": PREVIEW_DAYS, "count": len(opened), "alerts": shown[:PREVIEW_SHOWN]}


def alert_rule_patch(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change a rule, or switch it on or off; it goes on with its series. An alert that the changed rule does not know ends. Who edits
    the dataset.

    :param id: id of the rule; the others as in `alert_rule_create`, without ``resource_id`` and ``stream``: only what is to change
    :returns: the rule, as `alert_rule_show`
    """
    tk.check_access("alert_rule_patch", context, data_dict)
    row = _locked(data_dict.get("id"))
    rule_id = str(row.id)
    wanted = {name: getattr(row, name) for name in ("resource_id", "stream", *schema.CHANGEABLE)}
    wanted |= {name: data_dict[name] for name in schema.CHANGEABLE if name in data_dict}
    clean = _checked(context, wanted)
    before = {name: getattr(row, name) for name in _MEANING}
    for name, value in clean.items():
        setattr(row, name, value)
    anew = any(before[name] != getattr(row, name) for name in _MEANING)
    if before["kind"] != row.kind or not row.enabled:
        _ended(row, "changed" if row.enabled else "off")
    keeping.noted(row, "rule_changed", person=_person(context))
    model.Session.commit()
    if anew:
        _judged(rule_id)
    return _shown(rule_id)


def alert_rule_delete(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Delete a rule; a running alert ends. Who edits the dataset.

    :param id: id of the rule
    :returns: ``{"id"}``
    """
    tk.check_access("alert_rule_delete", context, data_dict)
    row = _locked(data_dict.get("id"))
    _ended(row, "deleted")
    row.deleted = utcnow()
    keeping.noted(row, "rule_deleted", person=_person(context))
    model.Session.commit()
    return {"id": row.id}


@tk.side_effect_free
def alert_rule_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A rule. Who edits the dataset.

    :param id: id of the rule
    :returns: what `alert_rule_create` takes, with ``id``, ``dataset``, ``series``, ``place``, ``unit``, ``condition`` (in words),
        ``created`` and ``state``: calm, open, acknowledged or off
    """
    tk.check_access("alert_rule_show", context, data_dict)
    return _shown(data_dict.get("id"))


@tk.side_effect_free
def alert_rule_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Rules. Who edits the dataset.

    :param dataset: id or name of a dataset; without one: all datasets that you edit
    :returns: at most 1,000, as `alert_rule_show`
    """
    data = validated(data_dict, schema.listed(), context)
    tk.check_access("alert_rule_list", context, data)
    return [found.rule_dict(row) for row in found.rules(_packages(context, data))]


@tk.side_effect_free
def alert_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Alerts, the newest first. Who edits the dataset.

    :param dataset: id or name of a dataset; without one: all datasets that you edit
    :param state: ``open``, ``acknowledged``, ``closed`` or ``all``; default: those that are not closed
    :param limit: at most 1,000; default 100
    :returns: ``[{"id", "rule_id", "title", "dataset", "dataset_title", "condition", "series", "place", "state", "since", "opened", "value",
        "shown" (value and unit), "acknowledged", "acknowledged_by", "note", "closed", "reason"}]``, times in UTC
    """
    data = validated(data_dict, schema.listed(), context)
    tk.check_access("alert_list", context, data)
    rules = {row.id: row for row in found.rules(_packages(context, data))}
    state = data.get("state")
    states = schema.STATES if state == "all" else [state] if state else ["open", "acknowledged"]
    limit = min(int(data.get("limit") or 100), found.MOST)
    return [found.alert_dict(row, rules[row.rule_id]) for row in found.alerts(list(rules), states, limit)]


def alert_acknowledge(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say that somebody takes care of an alert, also of one that is over. Who edits the dataset.

    :param id: id of the alert
    :param note: what is done about it (optional)
    :returns: the alert, as in `alert_list`
    """
    data = validated(data_dict, schema.by_id(), context)
    tk.check_access("alert_acknowledge", context, data)
    known = found.alert(data["id"])
    row = _locked(known.rule_id if known is not None else "")
    alert = model.Session.query(Alert).filter_by(id=data["id"]).populate_existing().one()
    if alert.acknowledged:
        model.Session.rollback()
        raise tk.ValidationError({"id": [tk._("Somebody has acknowledged this alert already.")]})
    alert.acknowledged, alert.acknowledged_by, alert.note = utcnow(), _person(context), data["note"]
    if alert.state == "open":
        alert.state = "acknowledged"
    keeping.noted(row, "acknowledged", alert=alert.id, person=_person(context), note=data["note"])
    keeping.told(row, alert, "acknowledged", alert.value, utcnow())
    model.Session.commit()
    mail.later(outbox.job)
    return found.alert_dict(alert, row)


@tk.side_effect_free
def alert_log_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """What happened to a rule and its alerts, the newest first. Who edits the dataset.

    :param id: id of the rule
    :param limit: at most 1,000; default 100
    :returns: ``[{"at" (UTC), "what", "alert_id", "person", "note"}]``
    """
    data = validated(data_dict, schema.listed(), context)
    tk.check_access("alert_log_list", context, data)
    rows = found.log_of(_shown(data.get("id"))["id"], min(int(data.get("limit") or 100), found.MOST))
    return [
        {"at": found.iso(row.at), "what": row.what, "alert_id": row.alert_id, "person": found.person(row.person), "note": row.note}
        for row in rows
    ]


def _checked(context: Any, data: dict[str, Any]) -> dict[str, Any]:
    """A rule that makes sense for its series."""
    clean = schema.checked(data, context)
    names = ("resource_id", "stream", *schema.CHANGEABLE)
    with query.reading("UTC", config.query_seconds()) as cursor:
        resource_id, stream = clean["resource_id"], clean["stream"]
        if not values.is_series(cursor, resource_id) or not query.series(cursor, resource_id, [stream]):
            raise tk.ValidationError({"stream": [tk._("There is no such series.")]})
        if clean["kind"] != "missing" and not values.has_numbers(cursor, resource_id):
            raise tk.ValidationError({"kind": [tk._("The values of this series are no numbers. Only missing values can be reported.")]})
    return {name: clean[name] for name in names}


def _ended(row: AlertRule, reason: str) -> None:
    """The running alert of a rule ends, because of what was done to the rule."""
    alert = keeping.running(row)
    if alert is not None:
        keeping.closed(row, alert, reason, utcnow())
    if row.phase == OPEN:
        row.phase, row.since = "calm", None


def _judged(rule_id: str) -> None:
    follow.judge(rule_id, anew=True)
    model.Session.rollback()
    mail.later(outbox.job)


def _resource(data: dict[str, Any]) -> model.Resource:
    """The table in question; for those too of whom nothing is asked."""
    resource = model.Resource.get(str(data.get("resource_id") or ""))
    if resource is None or resource.state != "active" or resource.package.state != "active":
        raise found.no_rule()
    return resource


def _locked(rule_id: Any) -> AlertRule:
    """A rule, for us alone until the end of the transaction."""
    query_ = model.Session.query(AlertRule).filter_by(id=str(rule_id or ""), deleted=None)
    row = query_.with_for_update().populate_existing().first()
    if row is None:
        raise found.no_rule()
    return row


def _shown(rule_id: Any) -> dict[str, Any]:
    row = found.rule(rule_id)
    if row is None:
        raise found.no_rule()
    return found.rule_dict(row)


def _packages(context: Any, data: dict[str, Any]) -> list[str]:
    """The dataset in question, or all with rules that the reader edits."""
    if data.get("dataset"):
        package = model.Package.get(str(data["dataset"]))
        if package is None or package.state != "active":
            raise found.no_rule()
        return [str(package.id)]
    levels = access.levels(access.current_user(context), found.watched())
    packages = [model.Package.get(package_id) for package_id, level in levels.items() if level]
    ignored = bool(context.get("ignore_auth"))
    return [str(package.id) for package in packages if package is not None and (ignored or edits(context, package))]


def _person(context: Any) -> str:
    user = access.current_user(context)
    return str(user.id) if user is not None else ""


ACTIONS = (alert_rule_create, alert_rule_preview, alert_rule_patch, alert_rule_delete, alert_rule_show, alert_rule_list, alert_list,
           alert_acknowledge, alert_log_list)  # fmt: skip
