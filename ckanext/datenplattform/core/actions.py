"""How a room names its actions to CKAN, each behind a guard against values that no action can mean."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import ckan.plugins.toolkit as tk

from .i18n import N_, translate

# (context, data_dict), or of one that is chained (the action before, context, data_dict)
Action = Callable[..., Any]

# what is looked up by its value, besides all that ends in _id
IDENTIFIERS = frozenset({"id", "into", "kind", "source", "unit"})
DEEPEST = 30
# what a bigint of PostgreSQL holds
LARGEST = 2**63

NO_OBJECT = N_("Please send the data as an object: names with their values.")
NOT_A_TEXT = N_("This must be a text.")
UNREADABLE = N_("This value cannot be read. Nothing was changed.")


def named(*modules: ModuleType) -> dict[str, Action]:
    """The actions of these modules by name, guarded; each module names its own in the tuple `ACTIONS`."""
    return {action.__name__: guarded(action) for module in modules for action in module.ACTIONS}


def guarded(action: Action) -> Action:
    """The same action; what it is given is looked through first. Raises ValidationError, by field."""

    @functools.wraps(action)
    def careful(*given: Any) -> Any:
        *before, data = given
        data = {} if data is None else data
        check(data)
        return action(*before, data)

    return careful


def check(data: Any) -> None:
    """Raise ValidationError, by field, for what no action can work with."""
    errors = dict(faults(data))
    if errors:
        raise tk.ValidationError({name: [translate(text)] for name, text in errors.items()})


def faults(data: Any) -> Iterator[tuple[str, str]]:
    """(field, what is wrong) of what no action can work with: texts that PostgreSQL cannot hold (U+0000, halves of a
    surrogate pair), numbers beyond 64 bit, endless nesting, and identifiers that are no text."""
    if not isinstance(data, dict):
        yield "__all__", NO_OBJECT
        return
    for name, value in data.items():
        if not _readable(name):
            yield "__all__", UNREADABLE
        elif (name in IDENTIFIERS or str(name).endswith("_id")) and not isinstance(value, str | None):
            yield name, NOT_A_TEXT
        elif not _readable(value):
            yield name, UNREADABLE


def _readable(value: Any, depth: int = 0) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and (value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value))
    if isinstance(value, int):
        return -LARGEST <= value < LARGEST
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, (dict, list, tuple)):
        parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
        return depth < DEEPEST and all(_readable(part, depth + 1) for part in parts)
    return True
