"""The settings of a source as form fields, one list for each protocol. Pure.

A setting is stored in the source's ``config`` as JSON. A secret is never stored: `SECRET` fields hold the name of a
key in the ini file, below `SECRETS_PREFIX`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate

TEXT, NUMBER, CHECKBOX, SELECT, LIST, MAPPING, COLUMNS, DATE, URL, SECRET = (
    "text",
    "number",
    "checkbox",
    "select",
    "list",
    "mapping",
    "columns",
    "date",
    "url",
    "secret",
)
SECRETS_PREFIX = "ckanext.datenplattform.harvesters.secret."

NOT_A_NUMBER = N_("Please enter a whole number between %(low)s and %(high)s.")
NOT_A_CHOICE = N_("Please choose one of: %(choices)s.")
NOT_A_DATE = N_("“%(value)s” is no date. Please write it like 2026-11-23.")
NOT_A_URL = N_("“%(value)s” is no web address (https://…).")
NOT_A_MAPPING = N_("Please write one entry per line, like: name = value. This line does not fit: “%(line)s”")
NOT_A_COLUMN = N_(
    "“%(name)s” cannot be the name of a column: please use small letters without umlauts, digits and _, beginning with a letter, "
    "and none of the names that every series has."
)
NOT_A_LIST = N_("Please write one entry per line.")
NOT_A_TEXT = N_("Please enter a text.")
NOT_A_SECRET = N_("Please enter only the name under which the operator has stored the secret (letters, digits, - and _).")
UNKNOWN = N_("There is no such setting.")
NOT_JSON = N_("The settings are not valid JSON: %(reason)s")


@dataclass(frozen=True)
class Field:
    """One setting. ``label`` and ``help`` are English source strings; ``choices``: value → label; ``low``/``high``
    bound numbers."""

    name: str
    label: str
    help: str = ""
    kind: str = TEXT
    default: Any = ""
    choices: tuple[tuple[str, str], ...] = ()
    #: Of `COLUMNS`: names that are taken.
    taken: tuple[str, ...] = ()
    low: int = 0
    high: int = 1_000_000
    folded: bool = False

    def empty(self) -> Any:
        """A default of its own for each source."""
        return {MAPPING: {}, COLUMNS: {}, LIST: []}.get(self.kind, self.default) if self.default == "" else self.default


class Invalid(ValueError):
    """Settings that do not fit: ``errors`` is field → sentence for the reader."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def parse_config(text: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """The stored settings. Raises Invalid."""
    if isinstance(text, Mapping):
        return dict(text)
    try:
        data = json.loads(text or "{}")
    except ValueError as error:
        raise Invalid({"config": translate(NOT_JSON) % {"reason": error}}) from error
    if not isinstance(data, dict):
        raise Invalid({"config": translate(NOT_JSON) % {"reason": type(data).__name__}})
    return data


def dump(values: Mapping[str, Any]) -> str:
    """Settings as they are stored."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def validate(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings given, cleaned, without those that equal the default. Raises Invalid with all errors at once."""
    known = {field.name: field for field in fields}
    errors = {name: translate(UNKNOWN) for name in given if name not in known}
    cleaned: dict[str, Any] = {}
    for name, field in known.items():
        if name not in given:
            continue
        try:
            value = _CLEANERS[field.kind](field, given[name])
        except _Fault as fault:
            errors[name] = translate(fault.text) % fault.values
            continue
        if value != field.empty():
            cleaned[name] = value
    if errors:
        raise Invalid(errors)
    return cleaned


def complete(fields: Sequence[Field], given: Mapping[str, Any]) -> dict[str, Any]:
    """Validated settings with the defaults of all others. Raises Invalid."""
    return {field.name: field.empty() for field in fields} | validate(fields, given)


def as_text(field: Field, value: Any) -> str:
    """A value as the form shows it."""
    if field.kind in (MAPPING, COLUMNS) and isinstance(value, Mapping):
        return "\n".join(f"{key} = {', '.join(item) if isinstance(item, list) else item}" for key, item in value.items())
    if field.kind == LIST and isinstance(value, list):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


class _Fault(Exception):
    def __init__(self, text: str, **values: Any) -> None:
        super().__init__(text)
        self.text = text
        self.values = values


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, (str, int, float)) or isinstance(value, bool):
        raise _Fault(NOT_A_TEXT)
    return str(value).strip()


def _number(field: Field, value: Any) -> int:
    if value in ("", None):
        return field.default
    text = str(value).strip()
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,9}", text) or not field.low <= int(text) <= field.high:
        raise _Fault(NOT_A_NUMBER, low=field.low, high=field.high)
    return int(text)


def is_checked(value: Any) -> bool:
    """Whether a checkbox is set. A form sends a hidden "false" before it, so that an empty one is sent too."""
    if isinstance(value, (list, tuple)):
        value = value[-1] if value else False
    return value is True or str(value).strip().lower() in ("true", "on", "1", "yes")


def _checkbox(field: Field, value: Any) -> bool:
    return is_checked(value)


def _select(field: Field, value: Any) -> str:
    text = _text(field, value)
    if text and text not in dict(field.choices):
        raise _Fault(NOT_A_CHOICE, choices=", ".join(key for key, _ in field.choices if key))
    return text


def _date(field: Field, value: Any) -> str:
    text = _text(field, value)
    try:
        return datetime.strptime(text, "%Y-%m-%d").date().isoformat() if text else ""  # noqa: DTZ007 - a day, no moment
    except ValueError:
        raise _Fault(NOT_A_DATE, value=text[:40]) from None


def _url(field: Field, value: Any) -> str:
    text = _text(field, value)
    if text and not re.match(r"https?://[^\s/]+", text):
        raise _Fault(NOT_A_URL, value=text[:80])
    return text


def _secret(field: Field, value: Any) -> str:
    text = _text(field, value)
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", text):
        raise _Fault(NOT_A_SECRET)
    return text


def _list(field: Field, value: Any) -> list[str]:
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list) or not all(isinstance(line, (str, int)) for line in lines):
        raise _Fault(NOT_A_LIST)
    return [text for line in lines if (text := str(line).strip())]


def _mapping(field: Field, value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): ", ".join(map(str, item)) if isinstance(item, list) else str(item) for key, item in value.items()}
    found: dict[str, str] = {}
    for line in str(value or "").splitlines():
        if not line.strip():
            continue
        key, sign, text = line.partition("=")
        if not sign or not key.strip() or not text.strip():
            raise _Fault(NOT_A_MAPPING, line=line.strip()[:80])
        found[key.strip()] = text.strip()
    return found


def _columns(field: Field, value: Any) -> dict[str, str]:
    found = _mapping(field, value)
    for name in found.values():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) or name in field.taken or list(found.values()).count(name) > 1:
            raise _Fault(NOT_A_COLUMN, name=name[:80])
    return found


_CLEANERS = {
    TEXT: _text,
    NUMBER: _number,
    CHECKBOX: _checkbox,
    SELECT: _select,
    LIST: _list,
    MAPPING: _mapping,
    COLUMNS: _columns,
    DATE: _date,
    URL: _url,
    SECRET: _secret,
}

#: What every source can say about what it delivers; the inventory wants to know it and no protocol tells.
COMMON = (
    Field(
        "responsible_function",
        N_("Responsible function"),
        N_("Who answers for these data, as a function, not a person: “Geodata service”."),
    ),
    Field(
        "personal_data",
        N_("Personal data"),
        N_("Do these data concern persons? Empty: somebody decides later for each dataset."),
        SELECT,
        choices=(
            ("", N_("not decided")),
            ("none", N_("no")),
            ("aggregated", N_("aggregated")),
            ("anonymised", N_("anonymised")),
            ("pseudonymised", N_("pseudonymised")),
            ("yes", N_("yes")),
        ),
    ),
    Field(
        "openness",
        N_("May the data be open?"),
        N_("Empty: somebody decides later for each dataset."),
        SELECT,
        choices=(
            ("", N_("not decided")),
            ("open", N_("yes")),
            ("on_request", N_("on request")),
            ("internal", N_("internal")),
            ("restricted", N_("restricted")),
            ("not_publishable", N_("must not be published")),
        ),
    ),
    Field(
        "license",
        N_("Licence, where the source names none"),
        N_("A code such as dl-de/by-2-0. The source's own word comes first."),
    ),
    Field("themes", N_("Categories"), N_("EU codes (TRAN, ENVI …), separated by commas, for all datasets of this source.")),
    Field("frequency", N_("How often is it updated?"), N_("A code such as DAILY or CONT, where the source does not say.")),
    Field(
        "access_key",
        N_("Access key"),
        N_("Name of the key, if the source wants one; the key itself is in the ini file of the operator."),
        SECRET,
        folded=True,
    ),
    Field(
        "max_records",
        N_("At most so many records"),
        N_("A longer list ends with an error; nothing is marked as vanished then."),
        NUMBER,
        10_000,
        low=1,
        high=1_000_000,
        folded=True,
    ),
    Field("max_megabytes", N_("At most so many megabytes in one run"), "", NUMBER, 2_000, low=1, high=100_000, folded=True),
)
