"""Pages for who edits a dataset: its rules, one rule with its alerts and log, the form with a preview; and all alerts of one's own."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from ...core import pages
from ...core.dates import say
from ...core.i18n import N_
from . import letters

blueprint = Blueprint("dp_alerts", __name__)

STATES = {"calm": N_("nothing to report"), "open": N_("Alert"), "acknowledged": N_("Alert, acknowledged"), "off": N_("switched off"),
          "closed": N_("over")}  # fmt: skip
REASONS = {
    "recovered": N_("back to normal"), "corrected": N_("a value was corrected"), "changed": N_("the rule was changed"),
    "off": N_("the rule was switched off"), "deleted": N_("the rule was deleted"),
}  # fmt: skip
LOG = {
    "rule_created": N_("Rule created"), "rule_changed": N_("Rule changed"), "rule_deleted": N_("Rule deleted"), "opened": N_("Alert began"),
    "closed": N_("Alert ended"), "acknowledged": N_("Alert acknowledged"), "mail_sent": N_("Mail sent"),
    "mail_failed": N_("Mail was not taken, it is tried again"), "mail_failed_for_good": N_("Mail could not be sent"),
    "webhook_sent": N_("Webhook called"), "webhook_failed": N_("Webhook did not answer, it is tried again"),
    "webhook_failed_for_good": N_("Webhook could not be called"),
}  # fmt: skip
KINDS = {
    "below": N_("The value is below a limit"), "above": N_("The value is above a limit"), "missing": N_("No new value comes"),
    "change": N_("The value changes fast"),
}  # fmt: skip
DIRECTIONS = {"both": N_("in either direction"), "rise": N_("only when it rises"), "fall": N_("only when it falls")}
UNITS = {1: N_("minutes"), 60: N_("hours"), 1440: N_("days")}
_TEXTS = ("kind", "threshold", "margin", "direction", "quiet_from", "quiet_to", "recipients", "mails_per_day", "webhook", "webhook_key",
          "advice", "title")  # fmt: skip
_SPANS = ("period", "duration")


def _words() -> dict[str, Any]:
    """What all pages need."""
    return {"states": STATES, "reasons": REASONS, "log_words": LOG, "kinds": KINDS, "directions": DIRECTIONS, "units": UNITS,
            "say": lambda moment: say(moment, with_time=True), "minutes": letters.minutes, "alerts_number": letters.number}  # fmt: skip


def _dataset(name: str) -> dict[str, Any]:
    return pages.call("package_show", id=name)


def mine() -> str:
    """The alerts of all datasets that the reader edits."""
    if not tk.current_user.is_authenticated:
        return tk.abort(404)
    running = pages.call("alert_list", limit=200)
    return tk.render("alerts/mine.html", {**_words(), "alerts": running, "rules": pages.call("alert_rule_list")})


def dataset(name: str) -> str:
    """The rules of a dataset, and what they report."""
    rules = pages.call("alert_rule_list", dataset=name)
    facts = {"pkg": _dataset(name), "rules": rules, "alerts": pages.call("alert_list", dataset=name)}
    return tk.render("alerts/dataset.html", {**_words(), **facts, "over": pages.call("alert_list", dataset=name, state="closed", limit=10)})


def rule(name: str, rule: str) -> str:
    """One rule: what it reports, its alerts, its log."""
    return _rule(name, rule, [], "")


def _rule(name: str, rule_id: str, problems: list[str], note: str) -> str:
    row = _its(name, rule_id)
    found = [item for item in pages.call("alert_list", dataset=name, state="all", limit=1000) if item["rule_id"] == rule_id]
    facts = {"pkg": _dataset(name), "rule": row, "alerts": found[:50], "log": pages.call("alert_log_list", id=rule_id)}
    return tk.render("alerts/rule.html", {**_words(), **facts, "problems": problems, "note": note})


def _its(name: str, rule_id: str) -> dict[str, Any]:
    row = pages.call("alert_rule_show", id=rule_id)
    if row["dataset"] != name:
        return tk.abort(404)
    return row


def act(name: str, rule: str) -> Any:
    """What a button of a rule's page does."""
    _its(name, rule)
    form = tk.request.form
    deed, alert = form.get("deed", ""), form.get("alert", "")
    try:
        if deed == "acknowledge":
            tk.get_action("alert_acknowledge")({}, {"id": alert, "note": form.get("note", "")})
            tk.h.flash_success(tk._("You have acknowledged the alert. It ends by itself when the values are back to normal."))
        elif deed in ("on", "off"):
            tk.get_action("alert_rule_patch")({}, {"id": rule, "enabled": deed == "on"})
            off = tk._("The rule is switched off. Nobody is told of anything.")
            tk.h.flash_success(tk._("The rule is switched on.") if deed == "on" else off)
        elif deed == "delete":
            tk.get_action("alert_rule_delete")({}, {"id": rule})
            tk.h.flash_success(tk._("The rule is deleted."))
            return tk.redirect_to("dp_alerts.dataset", name=name)
        else:
            return tk.abort(404)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    except tk.ValidationError as error:
        return _rule(name, rule, pages.problems(error), form.get("note", ""))
    return tk.redirect_to("dp_alerts.rule", name=name, rule=rule)


def new(name: str) -> Any:
    """The form of a new rule."""
    # who may not make one does not see the form
    pages.call("alert_rule_list", dataset=name)
    series = _series(name)
    form = tk.request.form
    data, errors, preview = _stored({}), {}, None
    if tk.request.method == "POST":
        resource_id, _, stream = form.get("series", "").partition("/")
        data = {**_given(form), "resource_id": resource_id, "stream": stream}
        if resource_id not in {item["resource_id"] for item in series}:
            errors = {"stream": [tk._("Please choose a series.")]}
        else:
            answer, errors, preview = _tried("alert_rule_create", data, form)
            if answer:
                tk.h.flash_success(tk._("The rule is saved. From now on it looks at each new value."))
                return tk.redirect_to("dp_alerts.rule", name=name, rule=answer["id"])
    shown = {"chosen": form.get("series") or tk.request.args.get("series", ""), "series": series, "form": _shown(data, form)}
    return tk.render("alerts/form.html", {**_words(), **shown, "pkg": _dataset(name), "errors": errors, "preview": preview, "rule": None})


def edit(name: str, rule: str) -> Any:
    """The form of a rule that is there."""
    row, form = _its(name, rule), tk.request.form
    data, errors, preview = _stored(row), {}, None
    if tk.request.method == "POST":
        data = {**_given(form), "id": rule, "resource_id": row["resource_id"], "stream": row["stream"]}
        answer, errors, preview = _tried("alert_rule_patch", data, form)
        if answer:
            tk.h.flash_success(tk._("The rule is saved. From now on it looks at each new value."))
            return tk.redirect_to("dp_alerts.rule", name=name, rule=rule)
    facts = {"pkg": _dataset(name), "rule": row, "form": _shown(data, form), "series": [], "chosen": ""}
    return tk.render("alerts/form.html", {**_words(), **facts, "errors": errors, "preview": preview})


def _tried(action: str, data: dict[str, Any], form: Any) -> tuple[Any, dict[str, Any], Any]:
    """Preview or save: (what was saved, errors by field, the preview)."""
    wanted = "alert_rule_preview" if form.get("do") == "preview" else action
    try:
        found = tk.get_action(wanted)({}, data)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)
    except tk.ValidationError as error:
        return None, error.error_dict, None
    return (None, {}, found) if wanted == "alert_rule_preview" else (found, {}, None)


def _given(form: Any) -> dict[str, Any]:
    """What was filled in, as the actions take it; what is empty is left out."""
    data: dict[str, Any] = {name: form.get(name, "").strip() for name in _TEXTS}
    for name in ("threshold", "margin", "direction", "mails_per_day", "kind"):
        if not data[name]:
            del data[name]
    if "threshold" not in data:
        data["threshold"] = None
    if "margin" not in data:
        data["margin"] = 0.0
    for name in _SPANS:
        text, unit = form.get(name, "").strip(), form.get(f"{name}_unit", "1")
        count = int(text) * int(unit) if text.isdecimal() and len(text) < 7 and unit in ("1", "60", "1440") else text
        data[name] = 0 if text == "" else count
    data["tell_end"] = bool(form.get("tell_end"))
    return data


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    """What the form shows before anybody has typed."""
    return {"kind": "below", "mails_per_day": 3, "margin": 0.0, "direction": "both", **row}


def _shown(data: dict[str, Any], form: Any) -> dict[str, Any]:
    """The fields as texts; what was typed stays as it was typed."""
    shown = {name: form.get(name) if form else data.get(name) for name in _TEXTS}
    shown["recipients"] = form.get("recipients") if form else "\n".join(data.get("recipients") or [])
    if not form:
        for name in ("threshold", "margin"):
            shown[name] = format(data[name], ".10g").replace(".", ",") if data.get(name) is not None and data[name] != 0 else ""
        if data.get("threshold") == 0:
            shown["threshold"] = "0"
    for name in _SPANS:
        count = data.get(name) or 0
        unit = next((size for size in (1440, 60) if isinstance(count, int) and count and count % size == 0), 1)
        shown[name] = form.get(name) if form else (count // unit or "")
        shown[f"{name}_unit"] = int(form.get(f"{name}_unit", "1")) if form and form.get(f"{name}_unit", "1").isdecimal() else unit
    shown["tell_end"] = bool(data.get("tell_end"))
    return {key: "" if value is None else value for key, value in shown.items()}


def _series(name: str) -> list[dict[str, Any]]:
    """The series of a dataset for the list of choices."""
    found = pages.call("timeseries_streams", dataset=name)
    for item in found:
        item["label"] = ", ".join(dict.fromkeys(part for part in (item["thing"], item["name"] or item["stream"]) if part))
        item["unit"] = letters.UNITS.get(item["unit"] or "", item["unit"] or "")
    return sorted(found, key=lambda item: item["label"])


blueprint.add_url_rule("/warnungen", view_func=mine)
blueprint.add_url_rule("/dataset/<name>/warnungen", view_func=dataset)
blueprint.add_url_rule("/dataset/<name>/warnungen/neu", view_func=new, methods=["GET", "POST"])
blueprint.add_url_rule("/dataset/<name>/warnungen/<rule>", view_func=rule)
blueprint.add_url_rule("/dataset/<name>/warnungen/<rule>/aendern", view_func=edit, methods=["GET", "POST"])
blueprint.add_url_rule("/dataset/<name>/warnungen/<rule>/tun", view_func=act, methods=["POST"])
