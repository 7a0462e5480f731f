"""Schemas and validation of what an action was given; the same in every room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.plugins.toolkit as tk


def validators(*names: str) -> list[Any]:
    """The validators of these names, for a schema."""
    return [tk.get_validator(name) for name in names]


def one_of(choices: Iterable[str]) -> Any:
    """The validator that takes only these values."""
    factory: Any = tk.get_validator("one_of")
    return factory(list(choices))


def validated(data: Any, schema: Any, context: Any) -> dict[str, Any]:
    """The data as the navl schema cleans them. Raises CKAN's ValidationError with all errors by field."""
    clean, errors = tk.navl_validate(data, schema, context)
    if errors:
        raise tk.ValidationError(errors)
    return clean
