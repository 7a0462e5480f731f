"""Schemas of the actions of room `review`."""

from __future__ import annotations

from typing import Any

from ...core.validation import one_of
from ...core.validation import validators as _v
from ..voting import CHOICES


def scope() -> Any:
    """The scope of a standing release."""
    return {
        "streams": _v("ignore_missing", "list_of_strings"),
        "columns": _v("ignore_missing", "list_of_strings"),
        "resolution_seconds": _v("ignore_missing", "natural_number_validator"),
        "licence": _v("ignore_missing", "unicode_safe"),
        "until": _v("ignore_missing", "isodate"),
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
    }


def vote() -> Any:
    """review_vote."""
    return {
        "case_id": _v("not_empty", "unicode_safe"),
        "vote": [*_v("not_empty", "unicode_safe"), one_of(CHOICES)],
        "reason": _v("ignore_missing", "unicode_safe"),
    }


def reason() -> Any:
    """review_withdraw, standing_release_revoke: a dataset and why."""
    return {
        "package_id": _v("not_empty", "unicode_safe"),
        "reason": _v("not_empty", "unicode_safe"),
    }


def listing() -> Any:
    """review_list."""
    return {
        "state": _v("ignore_missing", "unicode_safe"),
        "limit": _v("ignore_missing", "natural_number_validator"),
        "offset": _v("ignore_missing", "natural_number_validator"),
    }
