"""The fields of an inventory record, their closed lists and what is still missing. Knows nothing of CKAN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

# line: one line; text: several; date: a day; choice: one of a list; multi: several of a list; datasets: names of datasets
Kind = Literal["line", "email", "text", "date", "choice", "multi", "datasets"]

SOURCE_CLASSES = ("statistics", "department", "iot", "geodata", "analogue", "outside", "citizens")
ACCESS_FORMS = ("file", "database", "service", "paper")
NEED = ("normal", "high", "very_high")
PERSONAL_DATA = ("none", "aggregated", "anonymised", "pseudonymised", "yes")
PERSONAL_CATEGORIES = (
    "contact", "registration", "health", "social", "children", "employees", "location", "financial", "biometric",
    "religion", "criminal", "other",
)  # fmt: skip
KNOWN = ("no", "yes", "unclear")
OPENNESS = ("open", "on_request", "internal", "restricted", "not_publishable")
INTERESTS = (
    "personal_data", "business_secrets", "intellectual_property", "critical_infrastructure", "public_safety",
    "statistical_confidentiality", "legal_proceedings", "decision_making", "contract", "other",
)  # fmt: skip
CONFIDENTIALITY = NEED


@dataclass(frozen=True)
class Field:
    """One field: its name, the part of the form it stands in, how it is typed in, its closed list, and whether a
    complete record has it. `choices` is None for free text; "laws" means those of the municipality's file."""

    name: str
    section: str
    kind: Kind = "line"
    choices: tuple[str, ...] | Literal["laws"] | None = None
    required: bool = False


FIELDS = (
    Field("responsible_function", "responsibility", required=True),
    Field("responsible_email", "responsibility", "email"),
    Field("deputy", "responsibility"),
    Field("technical_contact", "responsibility"),
    Field("source_class", "origin", "choice", SOURCE_CLASSES, required=True),
    Field("provider", "origin"),
    Field("source_system", "origin", required=True),
    Field("storage_location", "origin"),
    Field("access_form", "origin", "choice", ACCESS_FORMS),
    Field("volume", "origin"),
    Field("data_since", "origin"),
    Field("quality_notes", "origin", "text"),
    Field("derived_from", "origin", "datasets"),
    Field("part_of", "origin", "datasets"),
    Field("permanent_id", "origin"),
    Field("legal_basis", "law", "text"),
    Field("publication_duty", "law", "multi", "laws"),
    Field("third_party_rights", "law", "text"),
    Field("agreement", "law"),
    Field("agreement_until", "law", "date"),
    Field("confidentiality", "protection", "choice", NEED),
    Field("integrity", "protection", "choice", NEED),
    Field("availability", "protection", "choice", NEED),
    Field("personal_data", "protection", "choice", PERSONAL_DATA, required=True),
    Field("personal_categories", "protection", "multi", PERSONAL_CATEGORIES),
    Field("processing_record", "protection"),
    Field("kritis", "protection", "choice", KNOWN),
    Field("business_secrets", "protection", "choice", KNOWN),
    Field("retention", "protection", "text"),
    Field("openness", "opening", "choice", OPENNESS, required=True),
    Field("protected_interest", "opening", "choice", INTERESTS),
    Field("openness_reason", "opening", "text"),
    Field("openness_review_on", "opening", "date"),
    Field("uses", "use", "text"),
    Field("musterdatensatz", "use"),
)
BY_NAME = {field.name: field for field in FIELDS}
NAMES = tuple(BY_NAME)
SECTIONS = tuple(dict.fromkeys(field.section for field in FIELDS))
# what anything but "open" needs (open by default)
CLOSED_NEEDS = ("protected_interest", "openness_reason", "openness_review_on")
# what data about people need
PEOPLE_NEEDS = ("personal_categories", "processing_record")


def needed(record: Mapping[str, Any]) -> list[str]:
    """Names of the fields that this record must have to be complete, in the order of the form."""
    names = {field.name for field in FIELDS if field.required}
    if record.get("openness") not in (None, "", "open"):
        names |= set(CLOSED_NEEDS)
    if record.get("personal_data") in ("pseudonymised", "yes"):
        names |= set(PEOPLE_NEEDS)
    return [name for name in NAMES if name in names]


def missing(record: Mapping[str, Any]) -> list[str]:
    """Names of the fields that a complete record still needs, in the order of the form."""
    return [name for name in needed(record) if not record.get(name)]


def completeness(record: Mapping[str, Any]) -> int:
    """How much of what is needed is there, in percent."""
    names = needed(record)
    return round(100 * (len(names) - len(missing(record))) / len(names))


def is_confidential(record: Mapping[str, Any]) -> bool:
    """Whether even the entry is hidden from staff of other units (protection need high or very high)."""
    return record.get("confidentiality") in ("high", "very_high")
