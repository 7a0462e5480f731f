"""Auth functions of room `search`."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


@tk.auth_allow_anonymous_access
def search_suggest(context: Any, data_dict: Any) -> dict[str, bool]:
    """Everybody; `package_search` knows what the caller may see."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def search_correct(context: Any, data_dict: Any) -> dict[str, bool]:
    """Everybody; `package_search` knows what the caller may see."""
    return {"success": True}
