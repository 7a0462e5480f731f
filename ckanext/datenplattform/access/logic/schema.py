"""Schemas of the actions of room `access`."""

from __future__ import annotations

from typing import Any

from ...core.validation import one_of
from ...core.validation import validators as _v

ROLES = ["board", "board_lead", "dpo", "inventory_lead"]


def role() -> Any:
    """role_grant, role_revoke."""
    return {
        "user": _v("not_empty", "unicode_safe", "user_id_or_name_exists"),
        "role": [*_v("not_empty", "unicode_safe"), one_of(ROLES)],
        "unit": _v("ignore_missing", "unicode_safe"),
        "until": _v("ignore_missing", "isodate"),
    }


def dataspace() -> Any:
    """dataspace_create."""
    return {
        "name": _v("not_empty", "unicode_safe", "name_validator"),
        "title": _v("not_empty", "unicode_safe"),
        "purpose": _v("not_empty", "unicode_safe"),
        "owner_org": _v("not_empty", "unicode_safe"),
    }


def member() -> Any:
    """dataspace_member_add, dataspace_member_remove: a user or an organisation."""
    return {
        "dataspace": _v("not_empty", "unicode_safe"),
        "user": _v("ignore_missing", "unicode_safe", "user_id_or_name_exists"),
        "organization": _v("ignore_missing", "unicode_safe"),
        "until": _v("ignore_missing", "isodate"),
    }


def dataset() -> Any:
    """dataspace_dataset_add, dataspace_dataset_remove."""
    return {
        "dataspace": _v("not_empty", "unicode_safe"),
        # whether it exists is answered by the action: unknown is not found, not invalid
        "package_id": _v("not_empty", "unicode_safe"),
    }
