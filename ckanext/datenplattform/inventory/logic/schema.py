"""Schemas of the actions of room `inventory`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.validation import one_of, validators
from .. import musterdatensatz, record, words


def _email_or_nothing(value: str, context: Any) -> str:
    check: Any = tk.get_validator("email_validator")
    return check(value, context) if value else value


def day(value: Any) -> date | None:
    """A day, written 31.12.2027 or 2027-12-31; nothing for nothing. Raises Invalid."""
    if isinstance(value, date) or not value:
        return value or None
    text = str(value).strip()
    try:
        if "." in text:
            number, month, year = text.split(".")
            return date(int(year), int(month), int(number))
        return date.fromisoformat(text[:10])
    except ValueError:
        raise tk.Invalid(tk._("“%(value)s” is no date. Please write it like 31.12.2027.") % {"value": text[:40]}) from None


def items(value: Any) -> list[str]:
    """A list from what forms, spreadsheets and the API send: a list, JSON of one, or entries by line or semicolon."""
    if isinstance(value, str):
        if value.strip().startswith("["):
            try:
                value = json.loads(value)
            except ValueError:
                raise tk.Invalid(tk._("Could not parse as valid JSON")) from None
        else:
            value = value.replace(";", "\n").splitlines()
    found = value if isinstance(value, list | tuple | set) else [value]
    return list(dict.fromkeys(str(item).strip() for item in found if item not in (None, "") and str(item).strip()))


def _several(choices: dict[str, str]) -> Callable[[Any], list[str]]:
    def validator(value: Any) -> list[str]:
        found = items(value)
        for item in found:
            if item not in choices:
                raise tk.Invalid(tk._("“%(value)s” is not in the list of allowed values.") % {"value": item[:80]})
        return found

    return validator


def _datasets(value: Any, context: Any) -> list[str]:
    """Names of datasets that the reader may know of, or ids (a form gives back what stood there); ids come out."""
    user, found = access.current_user(context), []
    for item in items(value):
        package = model.Package.get(item.rstrip("/").rsplit("/", 1)[-1])
        if package is None or not (
            item == package.id or context.get("ignore_auth") or access.reader_level(user, package.id)
        ):
            raise tk.Invalid(tk._("There is no dataset “%(name)s” in the inventory.") % {"name": item[:80]})
        found.append(package.id)
    return found


def _musterdatensatz(value: str) -> str:
    """The name of an entry of the Musterdatenkatalog; an earlier name becomes the one of today."""
    found = musterdatensatz.current(value)
    if value and found is None:
        raise tk.Invalid(tk._("“%(value)s” is not in the Musterdatenkatalog. Please choose an entry of the list.") % {"value": value[:80]})
    return found or ""


def _checks(field: record.Field) -> list[Any]:
    if field.kind == "email":
        return [*validators("ignore_missing", "unicode_safe"), _email_or_nothing]
    if field.kind == "date":
        return [*validators("ignore_missing"), day]
    if field.kind == "multi":
        return [*validators("ignore_missing"), _several(words.choices(field))]
    if field.kind == "datasets":
        return [*validators("ignore_missing"), _datasets]
    checks = validators("ignore_missing", "unicode_safe")
    if field.name == "musterdatensatz":
        return [*checks, _musterdatensatz]
    return [*checks, one_of([*words.choices(field), ""])] if field.choices else checks


def fields() -> Any:
    """The record's own fields; empty clears a field."""
    return {field.name: _checks(field) for field in record.FIELDS}


def patch() -> Any:
    """inventory_record_patch."""
    return {
        "id": validators("not_empty", "unicode_safe"),
        "modified": validators("ignore_empty", "unicode_safe"),
        "draft": validators("ignore_missing", "boolean_validator"),
        **fields(),
    }


def create() -> Any:
    """inventory_record_create: what the quick entry asks, then any field of the record."""
    return {
        "title": validators("not_empty", "unicode_safe"),
        "unit": validators("not_empty", "unicode_safe"),
        "notes": validators("ignore_missing", "unicode_safe"),
        "draft": validators("ignore_missing", "boolean_validator"),
        **fields(),
    }
