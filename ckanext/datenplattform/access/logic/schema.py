"""Schemas of the actions of room `access`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ...core.validation import isodate, one_of
from ...core.validation import validators as _v
from .. import dataspaces

ROLES = ["board", "board_lead", "board_deputy", "dpo", "inventory_lead"]


def role() -> Any:
    """role_grant, role_revoke."""
    return {
        "user": _v("not_empty", "unicode_safe", "user_id_or_name_exists"),
        "role": [*_v("not_empty", "unicode_safe"), one_of(ROLES)],
        "unit": _v("ignore_missing", "unicode_safe"),
        "until": [*_v("ignore_missing"), isodate],
    }


def _text(most: int) -> list[Any]:
    def short(value: Any) -> str:
        text = str(value or "").strip()
        if len(text) > most:
            raise tk.Invalid(tk._("Please write at most %(number)s characters.") % {"number": most})
        return text

    return [*_v("unicode_safe"), short]


def dataspace() -> Any:
    """dataspace_create; dataspace_patch takes what is there already for what is not given."""
    return {
        "name": [*_v("not_empty", "unicode_safe", "name_validator")],
        "title": [*_v("not_empty"), *_text(200), *_v("not_empty")],
        "purpose": [*_v("not_empty"), *_text(4000), *_v("not_empty")],
        "reason": [*_v("ignore_missing"), *_text(4000)],
        "legal_basis": [*_v("ignore_missing"), *_text(4000)],
        "conditions": [*_v("ignore_missing"), *_text(4000)],
        "owner_org": _v("not_empty", "unicode_safe"),
    }


def member() -> Any:
    """dataspace_member_add, dataspace_member_remove: a user or an organisation. Who they are is looked up by the action."""
    return {
        "dataspace": _v("not_empty", "unicode_safe"),
        "user": _v("ignore_missing", "unicode_safe"),
        "organization": _v("ignore_missing", "unicode_safe"),
        "role": [*_v("ignore_empty"), one_of(dataspaces.ROLES)],
        "until": [*_v("ignore_empty"), isodate],
    }


def dataset() -> Any:
    """dataspace_dataset_add, dataspace_dataset_remove."""
    return {
        "dataspace": _v("not_empty", "unicode_safe"),
        # whether it exists is answered by the action: unknown is not found, not invalid
        "package_id": _v("not_empty", "unicode_safe"),
    }
