"""Schemas of the actions of room `inventory`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ...core.validation import one_of
from ...core.validation import validators as _v
from .. import record


def _email_or_nothing(value: str, context: Any) -> str:
    check: Any = tk.get_validator("email_validator")
    return check(value, context) if value else value


def fields() -> Any:
    """The record's own fields; empty clears a field."""
    schema: dict[str, Any] = {}
    for field in record.FIELDS:
        checks = _v("ignore_missing", "unicode_safe")
        if field.choices:
            checks.append(one_of([*field.choices, ""]))
        schema[field.name] = checks
    schema["responsible_email"] = [*_v("ignore_missing", "unicode_safe"), _email_or_nothing]
    return schema


def patch() -> Any:
    """inventory_record_patch."""
    return {"id": _v("not_empty", "unicode_safe"), **fields()}


def listing() -> Any:
    """inventory_record_list."""
    return {
        "q": _v("ignore_missing", "unicode_safe"),
        "unit": _v("ignore_missing", "unicode_safe"),
        "limit": [*_v("ignore_missing", "natural_number_validator")],
        "offset": [*_v("ignore_missing", "natural_number_validator")],
    }
