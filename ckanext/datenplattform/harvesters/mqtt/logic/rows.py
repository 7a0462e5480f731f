"""Rows of the table of devices as a form or a program gives them, checked. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ckanext.datenplattform.core.i18n import N_, translate

from ..formats import LONGEST, clean
from ..series import Target

NEEDED = N_("Please fill in this field.")
TOO_LONG = N_("Please use at most %(count)s characters.")
NOT_A_KEY = N_("Please use small letters, digits, hyphen and underscore only, like: trees")
NOT_A_FACTOR = N_("Please enter a number other than 0, for example 0.1")
NOT_A_DEGREE = N_("Please enter degrees between %(low)s and %(high)s, like 8.0476")
BOTH = N_("A place needs longitude and latitude.")
TWICE = N_("This field of the device stands here twice.")
MOST = 200
TOO_MANY = N_("A device has at most %(count)s fields.")
COLUMNS = ("field", "dataset", "stream", "name", "thing", "property", "unit", "factor", "lon", "lat")


class Invalid(ValueError):
    """``errors``: number of the row (from 0) → column → sentence; or None → sentence for all."""

    def __init__(self, errors: dict[int | None, Any]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def targets(device: str, rows: Sequence[Mapping[str, Any]]) -> list[Target]:
    """The rows of a device; rows without a field and a dataset are left out. Raises `Invalid` with all errors at once."""
    device = clean(device).strip()
    if not device or len(device) > LONGEST:
        raise Invalid({None: translate(TOO_LONG) % {"count": LONGEST}})
    if len(rows) > MOST:
        raise Invalid({None: translate(TOO_MANY) % {"count": MOST}})
    errors: dict[int | None, Any] = {}
    found: list[Target] = []
    for number, row in enumerate(rows):
        texts = {name: _text(row.get(name)) for name in COLUMNS}
        if not texts["field"] and not texts["dataset"]:
            continue
        faults: dict[str, str] = {name: translate(TOO_LONG) % {"count": LONGEST} for name, text in texts.items() if len(text) > LONGEST}
        faults |= {name: translate(NEEDED) for name in ("field", "dataset") if not texts[name]}
        if texts["dataset"] and not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", texts["dataset"]):
            faults["dataset"] = translate(NOT_A_KEY)
        if texts["field"] in {target.field for target in found}:
            faults["field"] = translate(TWICE)
        factor = _number(texts["factor"] or "1")
        if not factor:
            faults["factor"] = translate(NOT_A_FACTOR)
        lon, lat = (_degrees(texts[name], name, edge, faults) for name, edge in (("lon", 180), ("lat", 90)))
        if (lon is None) != (lat is None) and not {"lon", "lat"} & faults.keys():
            faults["lat" if lat is None else "lon"] = translate(BOTH)
        if faults:
            errors[number] = faults
            continue
        words = {name: texts[name] for name in ("field", "dataset", "name", "thing", "property", "unit")}
        stream = texts["stream"] or f"{device}/{texts['field']}"[:LONGEST]
        found.append(Target(device=device, stream=stream, factor=factor or 1.0, lon=lon, lat=lat, **words))
    if errors:
        raise Invalid(errors)
    return found


def _text(value: Any) -> str:
    fits = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return " ".join(clean(str(value)).split()) if fits else ""


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _degrees(text: str, name: str, edge: int, faults: dict[str, str]) -> float | None:
    if not text:
        return None
    value = _number(text)
    if value is None or abs(value) > edge:
        faults[name] = translate(NOT_A_DEGREE) % {"low": -edge, "high": edge}
        return None
    return value
