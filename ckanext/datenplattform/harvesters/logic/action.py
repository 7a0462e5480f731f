"""Our own actions."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.logic import validate
from ckanext.harvest.model import HarvestSource

from ckanext.datenplattform.core.errors import PlatformError

from ...core.clock import utcnow
from .. import memory, preview, sources
from ..base import vanish
from ..settings import Invalid
from . import schema


@tk.side_effect_free
@validate(schema.source_preview)
def harvest_source_preview(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """What a source would bring: the first twenty records. Asks the source, creates nothing.

    :param id: id or name of a source; or, for one that does not exist yet:
    :param url, source_type, config, owner_org: its address, type, settings (JSON or dict) and unit
    :returns: ``{"records": [{"remote_id", "title", "notes", "status": "new" | "changed" | "unchanged" | "refused",
    "license_id",
        "resources", "warnings", "error", "package_id"}], "total", "counts", "vanished", "waiting", "notices"}``
    :raises ValidationError: settings do not fit, or the source could not be read (key ``url``, the cause as a sentence)
    """
    tk.check_access("harvest_source_preview", context, data_dict)
    try:
        return preview.preview(_source(data_dict))
    except Invalid as error:
        raise tk.ValidationError({name: [text] for name, text in error.errors.items()}) from error
    except PlatformError as error:
        raise tk.ValidationError({"url": [error.message]}) from error


def _source(data_dict: dict[str, Any]) -> Any:
    if data_dict.get("id"):
        package = model.Package.get(data_dict["id"])
        source = HarvestSource.get(package.id if package else data_dict["id"])
        if source is None or source.type not in sources.harvesters():
            raise tk.ObjectNotFound(tk._("Harvest source not found"))
        return sources.load(source)
    kind = data_dict.get("source_type") or ""
    if kind not in sources.harvesters():
        raise tk.ValidationError({"source_type": [tk._("Please choose a type of source.")]})
    return sources.build(kind, data_dict.get("url") or "", data_dict.get("config"), owner_org=data_dict.get("owner_org") or "")


@validate(schema.source_id)
def harvest_source_confirm_vanish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """A person says that a mass disappearance is meant: what waits is marked as vanished. Datasets are not deleted.

    :param id: id or name of the source
    :returns: ``{"vanished": [remote ids]}``
    """
    tk.check_access("harvest_source_confirm_vanish", context, data_dict)
    package = model.Package.get(data_dict["id"])
    source_id = package.id if package else data_dict["id"]
    rows = memory.waiting(source_id)
    for row in rows:
        row.vanished_at = utcnow()
    names = [row.remote_id for row in rows]
    model.Session.commit()
    for remote_id in names:
        vanish(source_id, remote_id, archive=False)
    return {"vanished": names}


ACTIONS = (harvest_source_preview, harvest_source_confirm_vanish)
