"""Template helpers of the checks."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def dp_review_checks(package_id: str) -> dict[str, Any] | None:
    """What the checks found (see `review_check_show`); None for those who may not know."""
    try:
        return tk.get_action("review_check_show")({}, {"package_id": package_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


HELPERS = {"dp_review_checks": dp_review_checks}
