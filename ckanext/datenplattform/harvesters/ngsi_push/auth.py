"""Who may see how a subscription is: who may edit the source. For all others it is a source that never was."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestSource

from ..logic.auth import may_edit


def source_of(data_dict: Any) -> Any:
    """The source that a call names by id or name; None for none."""
    name = str((data_dict or {}).get("source") or "")
    package = model.Package.get(name) if name else None
    return HarvestSource.get(package.id) if package is not None else None


@tk.auth_allow_anonymous_access
def ngsi_subscription_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """Editors of the source."""
    source = source_of(data_dict)
    if source is None or not may_edit(context, source.id):
        raise tk.ObjectNotFound(tk._("Harvest source not found"))
    return {"success": True}
