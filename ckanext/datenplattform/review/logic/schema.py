"""Schemas of the actions of room `review`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import ckan.plugins.toolkit as tk

from ...core.validation import isodate, moment, one_of, whole_number
from ...core.validation import validators as _v
from ...inventory import shared as inventory
from ..rules import TRACKS
from ..voting import CHOICES

LONGEST = 5000


def _at_most(value: str) -> str:
    if len(value) > LONGEST:
        raise tk.Invalid(tk._("Please write at most %(most)d characters.") % {"most": LONGEST})
    return value


def utc(value: datetime | None) -> datetime | None:
    """A moment with time zone; without one it is meant in UTC."""
    return value.replace(tzinfo=timezone.utc) if value and value.tzinfo is None else value


def scope() -> Any:
    """The scope of a standing release."""
    return {
        "streams": _v("ignore_missing", "list_of_strings"),
        "columns": _v("ignore_missing", "list_of_strings"),
        "resolution_seconds": whole_number(),
        "resolution_metres": whole_number(),
        "licence": _v("ignore_missing", "unicode_safe"),
        "until": [*_v("ignore_missing"), isodate],
        "__junk": _v("ignore"),
        "__extras": _v("ignore"),
    }


def submit() -> Any:
    """review_submit."""
    return {
        "package_id": _v("not_empty", "unicode_safe"),
        "comment": _v("ignore_missing", "unicode_safe"),
        "standing_release": _v("ignore_missing", "dict_only"),
        "entry": _v("ignore_missing", "boolean_validator"),
        "dashboard": _v("ignore_missing", "boolean_validator"),
        "track": [*_v("ignore_missing", "unicode_safe"), one_of(TRACKS)],
        "publish_at": [*_v("ignore_missing"), isodate],
    }


def vote() -> Any:
    """review_vote."""
    return {
        "case_id": _v("not_empty", "unicode_safe"),
        "vote": [*_v("not_empty", "unicode_safe"), one_of(CHOICES)],
        **_grounds(),
    }


def _grounds() -> Any:
    return {
        "reason": _v("ignore_missing", "unicode_safe"),
        "interest": [*_v("ignore_missing", "unicode_safe"), one_of(inventory.INTERESTS)],
        "mend_until": [*_v("ignore_missing"), isodate],
    }


def decide() -> Any:
    """review_decide."""
    return {
        "case_id": _v("not_empty", "unicode_safe"),
        "decision": [*_v("not_empty", "unicode_safe"), one_of(("approve", "refuse", "request_changes"))],
        **_grounds(),
    }


def recuse() -> Any:
    """review_recuse."""
    return {"case_id": _v("not_empty", "unicode_safe"), "reason": _v("ignore_missing", "unicode_safe")}


def track() -> Any:
    """review_track_raise."""
    return {"case_id": _v("not_empty", "unicode_safe"), "track": [*_v("not_empty", "unicode_safe"), one_of(TRACKS[1:])]}


def comment() -> Any:
    """review_comment."""
    return {"case_id": _v("not_empty", "unicode_safe"), "text": [*_v("not_empty", "unicode_safe"), _at_most]}


def history() -> Any:
    """review_history."""
    return {
        "case_id": _v("ignore_missing", "unicode_safe"),
        "package_id": _v("ignore_missing", "unicode_safe"),
        "limit": whole_number(),
        "offset": whole_number(),
    }


def period() -> Any:
    """review_report."""
    return {"since": [*_v("ignore_missing"), moment], "until": [*_v("ignore_missing"), moment]}


def reason() -> Any:
    """review_withdraw, standing_release_revoke: a dataset and why."""
    return {
        "package_id": _v("not_empty", "unicode_safe"),
        "reason": _v("not_empty", "unicode_safe"),
    }


def release() -> Any:
    """standing_release_create, standing_release_revoke: a dataset or a source, and why."""
    return {
        "package_id": _v("ignore_missing", "unicode_safe"),
        "source": _v("ignore_missing", "unicode_safe"),
        "reason": [*_v("ignore_missing", "unicode_safe"), _at_most],
    }


def listing() -> Any:
    """review_list."""
    return {
        "state": _v("ignore_missing", "unicode_safe"),
        "needs_vote": _v("ignore_missing", "boolean_validator"),
        "decided": _v("ignore_missing", "boolean_validator"),
        "limit": whole_number(),
        "offset": whole_number(),
    }
