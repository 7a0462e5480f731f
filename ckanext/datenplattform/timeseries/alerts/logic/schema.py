"""What the actions take. Times of the day are those of the town; periods are minutes."""

from __future__ import annotations

import math
import re
from typing import Any

import ckan.plugins.toolkit as tk
from urllib3.util import parse_url

from ....core import config as core
from ....core import http
from ....core.addresses import is_allowed
from ....core.errors import PlatformError
from ....core.validation import natural, one_of, validated, validators
from .. import quiet, webhook
from ..machine import DIRECTIONS, KINDS

#: Longest periods in minutes: a year; a month. Most recipients of a rule, most mails of a rule a day.
YEAR, MONTH, RECIPIENTS, MAILS = 366 * 1440, 31 * 1440, 5, 20
STATES = ("open", "acknowledged", "closed")


def number(value: Any) -> float:
    """A validator: a finite number; a comma is fine."""
    try:
        found = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if isinstance(value, bool) or not math.isfinite(found) or abs(found) > 1e15:
        raise tk.Invalid(tk._("Please enter a number, like 59.5."))
    return found


def limit(value: Any) -> float | None:
    """A validator: a number, or nothing."""
    return None if value is None or value is tk.missing or value == "" else number(value)


def recipients(value: Any, context: Any) -> list[str]:
    """A validator: addresses as a list, or one in each line."""
    parts = re.split(r"[\s,;]+", value) if isinstance(value, str) else value
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise tk.Invalid(tk._("Please enter e-mail addresses, one in each line."))
    check: Any = tk.get_validator("email_validator")
    found = []
    for part in dict.fromkeys(part.strip() for part in parts if part.strip()):
        if len(part) > 200 or re.search(r"[\x00-\x20\x7f]", part):
            raise tk.Invalid(tk._("Please enter e-mail addresses, one in each line."))
        found.append(check(part, context))
    if len(found) > RECIPIENTS:
        raise tk.Invalid(tk._("A rule tells at most {most} addresses.").format(most=RECIPIENTS))
    return found


def time_of_day(value: Any) -> str:
    """A validator: 22:00."""
    text = str(value).strip()
    if not quiet.is_time(text):
        raise tk.Invalid(tk._("Please enter a time like 22:00."))
    return text


def key_name(value: Any) -> str:
    """A validator: the name of a key."""
    text = str(value).strip()
    if not webhook.is_name(text):
        raise tk.Invalid(tk._("Please enter only the name under which the operator has stored the key (letters, digits, - and _)."))
    return text


def address(value: Any) -> str:
    """A validator: the address of a webhook. What is not encrypted goes only to hosts that the operator allowed."""
    text = str(value).strip()
    try:
        http.check_url(text)
    except PlatformError as problem:
        raise tk.Invalid(problem.message) from None
    parts = parse_url(text)
    if len(text) > 1000:
        raise tk.Invalid(tk._("This text is too long."))
    if not text.lower().startswith("https://") and not is_allowed(parts.host or "", parts.port or 80, core.allowed_hosts()):
        raise tk.Invalid(tk._("The address must begin with https://, so that nobody can read along."))
    return text


def text(longest: int) -> Any:
    """The validator of a text."""

    def check(value: Any) -> str:
        found = str(value).strip() if isinstance(value, (str, int, float)) else ""
        if len(found) > longest:
            raise tk.Invalid(tk._("This text is too long."))
        return found

    return check


def _otherwise(value: Any, *checks: Any) -> list[Any]:
    """For what may be left out."""
    default: Any = tk.get_validator("default")
    return [default(value), *checks]


def _optional(check: Any) -> Any:
    """A check of what may be an empty text."""

    def either(value: Any) -> Any:
        return check(value) if value != "" else ""

    return either


def rule() -> dict[str, Any]:
    """The schema of a whole rule."""
    return {
        "resource_id": validators("not_empty", "unicode_safe"),
        "stream": validators("not_empty", "unicode_safe"),
        "title": _otherwise("", text(200)),
        "kind": [*validators("not_empty"), one_of(KINDS)],
        "threshold": [limit],
        "margin": _otherwise(0.0, number),
        "period": _otherwise(0, natural),
        "duration": _otherwise(0, natural),
        "direction": _otherwise("both", one_of(DIRECTIONS)),
        "quiet_from": _otherwise("", _optional(time_of_day)),
        "quiet_to": _otherwise("", _optional(time_of_day)),
        "recipients": [*validators("ignore_missing"), recipients],
        "mails_per_day": _otherwise(3, natural),
        "tell_end": _otherwise(False, *validators("boolean_validator")),
        "webhook": _otherwise("", _optional(address)),
        "webhook_key": _otherwise("", _optional(key_name)),
        "advice": _otherwise("", text(1000)),
        "enabled": _otherwise(True, *validators("boolean_validator")),
        "__extras": validators("ignore"),
        "__junk": validators("ignore"),
    }


#: What of a rule can be changed: it goes on with its series.
CHANGEABLE = ("title", "kind", "threshold", "margin", "period", "duration", "direction", "quiet_from", "quiet_to", "recipients",
              "mails_per_day", "tell_end", "webhook", "webhook_key", "advice", "enabled")  # fmt: skip


def checked(data: dict[str, Any], context: Any) -> dict[str, Any]:
    """A whole rule that makes sense. Raises ValidationError, by field."""
    found = validated(data, rule(), context)
    found.setdefault("recipients", [])
    errors: dict[str, Any] = {}
    kind = found["kind"]
    if kind == "missing":
        found["threshold"], found["margin"], found["duration"] = None, 0.0, 0
    elif found["threshold"] is None:
        errors["threshold"] = [tk._("Please enter a number, like 59.5.")]
    elif kind == "change" and found["threshold"] <= 0:
        errors["threshold"] = [tk._("Please enter a number above 0.")]
    if kind in ("below", "above"):
        found["period"] = 0
    elif not 1 <= found["period"] <= YEAR:
        errors["period"] = [tk._("Please enter a time between one minute and one year.")]
    if found["margin"] < 0:
        errors["margin"] = [tk._("Please enter a number that is not below 0.")]
    elif kind == "change" and "threshold" not in errors and found["margin"] > (found["threshold"] or 0):
        errors["margin"] = [tk._("Please enter at most the number of the limit, otherwise the alert never ends.")]
    if found["duration"] > MONTH:
        errors["duration"] = [tk._("Please enter at most 31 days.")]
    if bool(found["quiet_from"]) != bool(found["quiet_to"]) or (found["quiet_from"] and found["quiet_from"] == found["quiet_to"]):
        errors["quiet_to"] = [tk._("Please enter the beginning and the end of the quiet hours, or neither.")]
    if not 1 <= found["mails_per_day"] <= MAILS:
        errors["mails_per_day"] = [tk._("Please enter a number from 1 to {most}.").format(most=MAILS)]
    if found["webhook"]:
        try:
            if not found["webhook_key"]:
                raise ValueError
            webhook.key(found["webhook_key"])
        except ValueError:
            errors["webhook_key"] = [tk._("A webhook needs a key, so that the program can tell who speaks.")]
        except PlatformError as problem:
            errors["webhook_key"] = [problem.message]
    if errors:
        raise tk.ValidationError(errors)
    return found


def listed() -> dict[str, Any]:
    """The schema of what asks for lists."""
    return {
        "dataset": validators("ignore_missing", "ignore_empty", "unicode_safe"),
        "id": validators("ignore_missing", "unicode_safe"),
        "state": [*validators("ignore_missing", "ignore_empty"), one_of((*STATES, "all"))],
        "limit": [*validators("ignore_empty"), natural],
        "__extras": validators("ignore"),
        "__junk": validators("ignore"),
    }


def by_id() -> dict[str, Any]:
    """The schema of what names one thing."""
    return {
        "id": validators("not_empty", "unicode_safe"),
        "note": _otherwise("", text(2000)),
        "__extras": validators("ignore"),
        "__junk": validators("ignore"),
    }
