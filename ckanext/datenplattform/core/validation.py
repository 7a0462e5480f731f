"""Validation of what an action was given; the same in every room."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def validated(data: Any, schema: Any, context: Any) -> dict[str, Any]:
    """The data as the navl schema cleans them. Raises CKAN's ValidationError with all errors by field."""
    clean, errors = tk.navl_validate(data, schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return clean
