"""Schemas of the actions of room `inventory`."""

from __future__ import annotations

from typing import Any

from ...core.validation import one_of
from ...core.validation import validators as _v
from .. import record


def fields() -> Any:
    """The record's own fields; empty clears a field."""
    schema: dict[str, Any] = {}
    for field in record.FIELDS:
        checks = _v("ignore_missing", "unicode_safe")
        if field.choices:
            checks.append(one_of([*field.choices, ""]))
        schema[field.name] = checks
    schema["responsible_email"] = _v("ignore_empty", "unicode_safe", "email_validator")
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
