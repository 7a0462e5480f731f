"""Pages of an MQTT source: how it is, its devices, one device with a row for each of its fields."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint

from .logic.rows import COLUMNS, MOST

blueprint = Blueprint("dp_mqtt", __name__)
#: Empty rows at the end of a form.
SPARE = 2


@blueprint.before_request
def names() -> None:
    """ckanext-harvest's templates want to know of which type of dataset the page is."""
    tk.g.dataset_type = "harvest"


def _call(action: str, **data: Any) -> Any:
    try:
        return tk.get_action(action)({"user": tk.current_user.name}, data)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Harvest source not found"))


def devices(id: str) -> str:
    """State, problems, devices."""
    found = _call("mqtt_device_list", source=id)
    grouped: dict[str, list[dict[str, Any]]] = {}
    for row in found["devices"]:
        grouped.setdefault(row["device"], []).append(row)
    return tk.render(
        "harvesters/mqtt/devices.html",
        {
            "harvest_source": _call("harvest_source_show", id=id),
            "devices": grouped,
            "unknown": found["unknown"],
            "status": _call("mqtt_status_show", source=id),
            "history": _call("mqtt_device_history_list", source=id)[:10],
        },
    )


def device(id: str) -> Any:
    """The form of one device: what is stored, what it sends, two rows more."""
    name = (tk.request.form if tk.request.method == "POST" else tk.request.args).get("device", "").strip()
    found = _call("mqtt_device_list", source=id)
    errors: dict[str, Any] = {}
    if tk.request.method == "POST":
        rows = _rows(tk.request.form)
        try:
            done = _call("mqtt_device_update", source=id, device=name, rows=rows)
        except tk.ValidationError as invalid:
            errors = invalid.error_dict
        else:
            if done["changed"]:
                tk.h.flash_success(tk._("The device “%(device)s” is saved. Its measurements come within a few seconds.") % {"device": name})
            else:
                tk.h.flash_notice(tk._("Nothing was changed."))
            return tk.h.redirect_to("dp_mqtt.devices", id=id)
    else:
        rows = [row for row in found["devices"] if row["device"] == name]
    samples = next((entry["samples"] for entry in found["unknown"] if entry["device"] == name), {})
    there = {row.get("field") for row in rows}
    shown = [*rows, *({"field": field} for field in samples if field not in there)]
    return tk.render(
        "harvesters/mqtt/device.html",
        {
            "harvest_source": _call("harvest_source_show", id=id),
            "device": name,
            "known": any(row["device"] == name for row in found["devices"]),
            "rows": [*shown, *({} for _ in range(SPARE))][:MOST],
            "samples": samples,
            "datasets": sorted({row["dataset"] for row in found["devices"]}),
            "errors": errors,
        },
    )


def delete(id: str) -> Any:
    """Take a device out of the table."""
    name = tk.request.form.get("device", "")
    if _call("mqtt_device_delete", source=id, device=name)["changed"]:
        tk.h.flash_success(tk._("The device “%(device)s” is no longer read. Its measurements stay.") % {"device": name})
    return tk.h.redirect_to("dp_mqtt.devices", id=id)


def _rows(form: Any) -> list[dict[str, str]]:
    """Rows of the form; those without a dataset are not meant."""
    columns = {name: form.getlist(name)[: MOST + 1] for name in COLUMNS}
    count = max(map(len, columns.values()))
    rows = [{name: values[number] if number < len(values) else "" for name, values in columns.items()} for number in range(count)]
    return [row for row in rows if row["dataset"].strip()]


blueprint.add_url_rule("/harvest/mqtt/<id>", view_func=devices)
blueprint.add_url_rule("/harvest/mqtt/<id>/device", view_func=device, methods=["GET", "POST"])
blueprint.add_url_rule("/harvest/mqtt/<id>/delete", view_func=delete, methods=["POST"])
