"""The fields of an inventory record, their closed lists and what is still missing. Knows nothing of CKAN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SOURCE_CLASSES = ("statistics", "department", "iot", "geodata", "analogue", "outside", "citizens")
PERSONAL_DATA = ("none", "aggregated", "anonymised", "pseudonymised", "yes")
OPENNESS = ("open", "on_request", "internal", "restricted", "not_publishable")
CONFIDENTIALITY = ("normal", "high", "very_high")


@dataclass(frozen=True)
class Field:
    """One field: its name, its closed list (None: free text) and whether a complete record has it."""

    name: str
    choices: tuple[str, ...] | None = None
    required: bool = False


FIELDS = (
    Field("responsible_function", required=True),
    Field("responsible_email"),
    Field("source_system", required=True),
    Field("source_class", SOURCE_CLASSES, required=True),
    Field("personal_data", PERSONAL_DATA, required=True),
    Field("openness", OPENNESS, required=True),
    Field("openness_reason"),
    Field("confidentiality", CONFIDENTIALITY),
)
NAMES = tuple(field.name for field in FIELDS)


def missing(record: Mapping[str, Any]) -> list[str]:
    """Names of the fields that a complete record still needs, in the order of the form."""
    gaps = [field.name for field in FIELDS if field.required and not record.get(field.name)]
    if record.get("openness") not in (None, "", "open") and not record.get("openness_reason"):
        gaps.append("openness_reason")
    return gaps


def is_confidential(record: Mapping[str, Any]) -> bool:
    """Whether even the entry is hidden from staff of other units (protection need high or very high)."""
    return record.get("confidentiality") in ("high", "very_high")
