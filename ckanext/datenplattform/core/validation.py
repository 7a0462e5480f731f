"""Schemas and validation of what an action was given; the same in every room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timezone
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk

from .i18n import N_, translate

NO_NUMBER = N_("Please enter a whole number.")
NO_DATE = N_("This is not a date. Please write it like 2026-11-23.")
# what people can mean; outside of it sums with time zones may fail
FIRST, LAST = 1900, 2999


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


def day(value: Any) -> date:
    """A validator: a day, 2026-11-23."""
    return _within(date.fromisoformat, str(value).strip())


def moment(value: Any) -> datetime:
    """A validator: a moment in ISO 8601; without a time zone it is UTC, a date without time is its first moment."""
    found = _within(datetime.fromisoformat, str(value).strip().replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


_Date = TypeVar("_Date", date, datetime)


def _within(read: Callable[[str], _Date], text: str) -> _Date:
    try:
        found = read(text)
    except ValueError:
        raise tk.Invalid(translate(NO_DATE)) from None
    if not FIRST <= found.year <= LAST:
        raise tk.Invalid(translate(NO_DATE))
    return found


def validated(data: Any, schema: Any, context: Any) -> dict[str, Any]:
    """The data as the navl schema cleans them. Raises CKAN's ValidationError with all errors by field."""
    clean, errors = tk.navl_validate(data, schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return clean
