"""Schemas and validation of what an action was given; the same in every room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk

from .i18n import N_, translate

NO_NUMBER = N_("Please enter a whole number.")


def validators(*names: str) -> list[Any]:
    """The validators of these names, for a schema."""
    return [tk.get_validator(name) for name in names]


def one_of(choices: Iterable[str]) -> Any:
    """The validator that takes only these values."""
    factory: Any = tk.get_validator("one_of")
    return factory(list(choices))


#: the largest number that a count or an offset may be: what PostgreSQL's integer holds
MOST = 2**31 - 1


def natural(value: Any) -> int:
    """A validator: a whole number from 0 to `MOST`. CKAN's own breaks on blanks and lists and knows no upper end."""
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise tk.Invalid(translate(NO_NUMBER)) from None
    if isinstance(value, bool) or not 0 <= number <= MOST:
        raise tk.Invalid(translate(NO_NUMBER))
    return number


def whole_number() -> list[Any]:
    """The validators of an optional limit, offset or other count."""
    return [*validators("ignore_empty"), natural]


def isodate(value: Any, context: Any) -> Any:
    """CKAN's validator for a moment, which breaks on giant numbers."""
    check: Any = tk.get_validator("isodate")
    try:
        return check(value, context)
    except OverflowError:
        raise tk.Invalid(tk._("Date format incorrect")) from None


def validated(data: Any, schema: Any, context: Any) -> dict[str, Any]:
    """The data as the navl schema cleans them. Raises CKAN's ValidationError with all errors by field."""
    clean, errors = tk.navl_validate(data, schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return clean
