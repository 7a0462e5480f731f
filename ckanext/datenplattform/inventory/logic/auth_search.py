"""Auth functions of the inventory's saved searches."""

from __future__ import annotations

from typing import Any

from .auth import inventory_record_list


def inventory_filter_create(context: Any, data: Any) -> Any:
    """Everybody of the city group, for himself."""
    return inventory_record_list(context, data)


def inventory_filter_list(context: Any, data: Any) -> Any:
    """Everybody of the city group, his own."""
    return inventory_record_list(context, data)


def inventory_filter_delete(context: Any, data: Any) -> Any:
    """Everybody of the city group, his own; the action finds no others."""
    return inventory_record_list(context, data)
