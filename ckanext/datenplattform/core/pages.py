"""What the pages of all rooms do alike."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def call(action: str, **data: Any) -> Any:
    """An action for the reader; what he may not see or do is not found (404)."""
    try:
        return tk.get_action(action)({}, data)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404)


def problems(error: tk.ValidationError) -> list[str]:
    """All sentences of an error, in their order."""
    found: list[str] = []
    for value in error.error_dict.values():
        found += [str(item) for item in (value if isinstance(value, list) else [value])]
    return found
