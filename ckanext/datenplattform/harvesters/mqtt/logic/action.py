"""Actions of MQTT sources."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.logic import validate

from ckanext.datenplattform.core.i18n import translate

from .. import devices, report
from ..source import KIND
from . import rows as given
from . import schema
from .auth import source_of


def _source(context: Any, action: str, data_dict: dict[str, Any]) -> str:
    tk.check_access(action, context, data_dict)
    source = source_of(data_dict)
    if source is None or source.type != KIND:
        raise tk.ObjectNotFound(tk._("Harvest source not found"))
    return str(source.id)


@tk.side_effect_free
@validate(schema.source)
def mqtt_device_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """The table of devices of an MQTT source, and the devices that send and that nobody has mapped. Editors of the source.

    :param source: id or name of the source
    :returns: ``{"devices": [{"device", "field", "dataset", "stream", "name", "thing", "property", "unit", "factor", "lon", "lat"}],
        "unknown": [{"device", "count", "first_seen", "last_seen", "samples": {field: text}}]}``, times in UTC

    Example: ``{"source": "lorawan-stadtwerke"}``
    """
    source_id = _source(context, "mqtt_device_list", data_dict)
    return {"devices": [asdict(target) for target in devices.targets(source_id)], "unknown": report.unknown(source_id)}


def mqtt_device_update(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Say where the values of a device go: it has these rows afterwards and no others. Recorded. Editors of the source.

    :param source: id or name of the source
    :param device: id of the device, as its messages name it
    :param rows: list of ``{"field", "dataset"}`` with ``stream``, ``name``, ``thing``, ``property``, ``unit``, ``factor``, ``lon``, ``lat``
        where wanted; ``dataset`` is the short name of a dataset of this source, which is made when missing
    :returns: ``{"changed": bool, "devices": [rows of the device]}``
    :raises ValidationError: ``rows``: for each row its errors

    Example: ``{"source": "lorawan-stadtwerke", "device": "baum-17", "rows": [{"field": "moisture", "dataset": "trees", "property":
    "Bodenfeuchte", "unit": "%"}]}``
    """
    # CKAN's validation would flatten the rows
    device, rows = data_dict.get("device"), data_dict.get("rows")
    source_id = _source(context, "mqtt_device_update", data_dict)
    if not isinstance(device, str) or not device.strip():
        raise tk.ValidationError({"device": [tk._("Please give the id of a device.")]})
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise tk.ValidationError({"rows": [tk._("Please give a list of rows.")]})
    try:
        wanted = given.targets(device, rows)
    except given.Invalid as invalid:
        if None in invalid.errors:
            raise tk.ValidationError({"device": [invalid.errors[None]]}) from invalid
        per_row: Any = [{name: [text] for name, text in invalid.errors.get(number, {}).items()} for number in range(len(rows))]
        raise tk.ValidationError({"rows": per_row}) from invalid
    device = wanted[0].device if wanted else device.strip()
    if devices.count(source_id, device) + len(wanted) > devices.MOST:
        raise tk.ValidationError({"rows": [tk._("A source has at most %(count)s rows.") % {"count": devices.MOST}]})
    changed = devices.replace(source_id, device, wanted, _user(context))
    return {"changed": changed, "devices": [asdict(target) for target in wanted]}


@validate(schema.device)
def mqtt_device_delete(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a device out of the table; its series and measurements stay. Recorded. Editors of the source.

    :param source: id or name of the source
    :param device: id of the device
    :returns: ``{"changed": bool}``

    Example: ``{"source": "lorawan-stadtwerke", "device": "baum-17"}``
    """
    source_id = _source(context, "mqtt_device_delete", data_dict)
    return {"changed": devices.replace(source_id, data_dict["device"], [], _user(context))}


@tk.side_effect_free
@validate(schema.source)
def mqtt_device_history_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Who changed the table of devices: the last fifty changes, the newest first. Editors of the source.

    :param source: id or name of the source
    :returns: ``[{"device", "at" (UTC), "user_id", "user" (shown name), "before": [rows], "after": [rows]}]``

    Example: ``{"source": "lorawan-stadtwerke"}``
    """
    found = devices.changes(_source(context, "mqtt_device_history_list", data_dict))
    names = {}
    for entry in found:
        user: Any = model.User.get(entry["user_id"]) if entry["user_id"] else None
        names[entry["user_id"]] = user.display_name if user else ""
    return [{**entry, "user": names[entry["user_id"]]} for entry in found]


@tk.side_effect_free
@validate(schema.source)
def mqtt_status_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """How the consumer of an MQTT source is, and which messages it could not use. Editors of the source.

    :param source: id or name of the source
    :returns: ``{"alive", "connected", "seen", "connected_since", "last_message", "error", "error_at", "received", "written", "staged",
        "refused", "unknown", "problems": [{"reason", "topic", "count", "last_seen", "size", "excerpt"}]}``, times in UTC, ``excerpt``
        without what may be secret

    Example: ``{"source": "lorawan-stadtwerke"}``
    """
    source_id = _source(context, "mqtt_status_show", data_dict)
    problems = report.problems(source_id)
    for problem in problems:
        reason = problem.pop("reason")
        problem["reason"] = translate(reason)
    return {**report.status(source_id), "problems": problems}


def _user(context: Any) -> str:
    user: Any = model.User.get(context.get("user") or "")
    return user.id if user else ""


ACTIONS = (mqtt_device_list, mqtt_device_update, mqtt_device_delete, mqtt_device_history_list, mqtt_status_show)
