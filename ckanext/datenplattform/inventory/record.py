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
    """One field: its name, the part of the form it stands in, its closed list (None: free text), whether a complete
    record has it, and how it is typed in (line, email, text)."""

    name: str
    section: str
    choices: tuple[str, ...] | None = None
    required: bool = False
    kind: str = "line"


FIELDS = (
    Field("responsible_function", "responsibility", required=True),
    Field("responsible_email", "responsibility", kind="email"),
    Field("source_class", "origin", SOURCE_CLASSES, required=True),
    Field("source_system", "origin", required=True),
    Field("personal_data", "protection", PERSONAL_DATA, required=True),
    Field("confidentiality", "protection", CONFIDENTIALITY),
    Field("openness", "opening", OPENNESS, required=True),
    Field("openness_reason", "opening", kind="text"),
)
NAMES = tuple(field.name for field in FIELDS)
SECTIONS = tuple(dict.fromkeys(field.section for field in FIELDS))


def missing(record: Mapping[str, Any]) -> list[str]:
    """Names of the fields that a complete record still needs, in the order of the form."""
    gaps = [field.name for field in FIELDS if field.required and not record.get(field.name)]
    if record.get("openness") not in (None, "", "open") and not record.get("openness_reason"):
        gaps.append("openness_reason")
    return gaps


def is_confidential(record: Mapping[str, Any]) -> bool:
    """Whether even the entry is hidden from staff of other units (protection need high or very high)."""
    return record.get("confidentiality") in ("high", "very_high")
