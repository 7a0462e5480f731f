"""What changed in a record, and what two people changed at once. Pure: values in, decisions out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


def plain(value: Any) -> Any:
    """A field's value as JSON keeps it; nothing, an empty text and an empty list are the same."""
    if isinstance(value, date):
        return value.isoformat()
    return value or None


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """{field: (from, to)} of the fields in `after` that differ."""
    found = {}
    for name, value in after.items():
        old, new = plain(before.get(name)), plain(value)
        if old != new:
            found[name] = (old, new)
    return found


@dataclass(frozen=True)
class Edit:
    """What somebody else saved meanwhile."""

    field: str
    before: Any


@dataclass(frozen=True)
class Merged:
    """`apply`: what this person changed and nobody else; `conflicts`: fields that both changed, differently."""

    apply: dict[str, Any]
    conflicts: list[str]


def merge(current: Mapping[str, Any], wanted: Mapping[str, Any], since: Iterable[Edit]) -> Merged:
    """Put a form that was opened earlier over what is stored now.

    :param current: the record as it is stored
    :param wanted: the form's values; it sends all its fields, changed or not
    :param since: the edits of others since the form was opened, oldest first
    """
    opened: dict[str, Any] = {}
    for edit in since:
        opened.setdefault(edit.field, edit.before)
    apply, conflicts = {}, []
    for name, value in wanted.items():
        if name not in opened:
            apply[name] = value
        elif plain(value) == plain(opened[name]) or plain(value) == plain(current.get(name)):
            continue  # not touched here, or both want the same
        else:
            conflicts.append(name)
    return Merged(apply, conflicts)
