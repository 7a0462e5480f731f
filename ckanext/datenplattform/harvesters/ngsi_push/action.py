"""The action of push."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.logic import validate
from ckan.logic.schema import validator_args

from ...core.clock import utcnow
from .. import settings, sources
from . import limits, subscription
from .auth import source_of
from .model import NgsiSubscription, NgsiWaiting

KIND = "ngsi-ld"
OFF, NEW, ACTIVE, FAILED, EXPIRED = "off", "new", "active", "failed", "expired"


@validator_args
def _schema(not_empty: Any, unicode_safe: Any, ignore: Any) -> Any:
    return {"source": [not_empty, unicode_safe], "__extras": [ignore]}


@tk.side_effect_free
@validate(_schema)
def ngsi_subscription_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How the subscription of an NGSI source at its broker is. Editors of the source. The secret is told to nobody.

    :param source: id or name of the source
    :returns: ``{"state": "off" | "new" | "active" | "failed" | "expired", "since", "expires", "last_notification", "error", "received",
        "written", "staged", "unusable", "waiting" (entities that the next run will look at), "refused" (tries with a wrong secret in
        the last hour), "address"}``, times in UTC

    Example: ``{"source": "broker-stadtwerke"}``
    """
    tk.check_access("ngsi_subscription_show", context, data_dict)
    source = source_of(data_dict)
    if source is None or source.type != KIND:
        raise tk.ObjectNotFound(tk._("Harvest source not found"))
    row = model.Session.get(NgsiSubscription, source.id, populate_existing=True)
    try:
        wanted = bool(sources.load(source).settings["push"])
    except settings.Invalid:
        wanted = False
    plain = row if row is not None else NgsiSubscription(source_id=source.id)
    times = {name: value.isoformat() if (value := getattr(plain, name)) else None for name in ("since", "expires", "last_notification")}
    counts = {name: getattr(plain, name) or 0 for name in ("received", "written", "staged", "unusable")}
    return {
        "state": _state(row, wanted and source.active),
        **times,
        "error": plain.error or "",
        **counts,
        "waiting": model.Session.query(NgsiWaiting).filter_by(source_id=source.id).count(),
        "refused": limits.refused(source.id),
        "address": subscription.address(source.id),
    }


def _state(row: NgsiSubscription | None, wanted: bool) -> str:
    if row is None:
        return NEW if wanted else OFF
    if row.error or row.failing:
        return FAILED
    if not row.nonce:
        return NEW
    return EXPIRED if row.expires is None or row.expires < utcnow() else ACTIVE


ACTIONS = (ngsi_subscription_show,)
