"""The inventory record in words: sections, fields with help and example, codes. Functions, since each reader has a language."""

from __future__ import annotations

from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk

from ..core import municipality
from . import record


class Words(NamedTuple):
    """What a form says of a field."""

    label: str
    help: str
    example: str = ""


def sections() -> dict[str, str]:
    """Headings of the form's parts."""
    return {
        "responsibility": tk._("Responsibility"),
        "origin": tk._("Origin"),
        "law": tk._("Law"),
        "protection": tk._("Protection"),
        "opening": tk._("Opening"),
        "use": tk._("Use"),
    }


def fields() -> dict[str, Words]:
    """Label, help and example by name of the field."""
    return {**_responsibility(), **_origin(), **_law(), **_protection(), **_opening(), **_use()}


def _responsibility() -> dict[str, Words]:
    return {
        "responsible_function": Words(
            tk._("Responsible function"),
            tk._("The post that answers for the data. No person's name: people change."),
            tk._("Tree inspection, Department of Green Spaces"),
        ),
        "responsible_email": Words(
            tk._("E-mail of the responsible function"),
            tk._("A shared mailbox, so that questions arrive during holidays too."),
            "baumkataster@example.org",
        ),
        "deputy": Words(
            tk._("Deputy"), tk._("The post that answers when the first one is away."), tk._("Head of Green Spaces")
        ),
        "technical_contact": Words(
            tk._("Technical contact"),
            tk._("Who knows how to get the data out of the software."),
            tk._("GIS service desk"),
        ),
    }


def _origin() -> dict[str, Words]:
    return {
        "source_class": Words(tk._("Kind of source"), tk._("Where such data usually come from.")),
        "provider": Words(
            tk._("Data provider"),
            tk._("Who delivers the data, when it is not the unit itself."),
            tk._("State statistical office"),
        ),
        "source_system": Words(
            tk._("Source system"),
            tk._("The specialist software, the file or the register in which the data are kept."),
            tk._("GIS of the tree register"),
        ),
        "storage_location": Words(
            tk._("Where it is kept"),
            tk._("The server, the drive or the filing cabinet."),
            tk._("Department drive, folder Trees"),
        ),
        "access_form": Words(tk._("How it can be got"), tk._("In which form the data can be handed on today.")),
        "volume": Words(
            tk._("Volume"), tk._("Roughly how many records or how large."), tk._("about 96,000 trees")
        ),
        "data_since": Words(tk._("Data since"), tk._("From when on there are data."), "1998"),
        "quality_notes": Words(
            tk._("Notes on quality"),
            tk._("What one should know before relying on the data."),
            tk._("Private trees are missing; positions are accurate to one metre."),
        ),
        "derived_from": Words(
            tk._("Derived from"),
            tk._("The datasets of this inventory that it is made of; one name in each line."),
            "baumkataster",
        ),
        "part_of": Words(
            tk._("Part of"), tk._("The larger dataset that it belongs to; one name in each line."), "gruenflaechen"
        ),
        "permanent_id": Words(
            tk._("Permanent identifier"),
            tk._("A number or address that the data have anyway, for example a DOI."),
            "https://doi.org/10.1234/abcd",
        ),
    }


def _law() -> dict[str, Words]:
    return {
        "legal_basis": Words(
            tk._("Legal basis"),
            tk._("Which law or task the data are collected for."),
            tk._("Duty to keep traffic safe, § 823 BGB"),
        ),
        "publication_duty": Words(
            tk._("Duty to publish"), tk._("Laws that say that these data must be published.")
        ),
        "third_party_rights": Words(
            tk._("Rights of others"),
            tk._("Whose copyright or contract has to be respected."),
            tk._("Aerial pictures belong to the state survey office."),
        ),
        "agreement": Words(
            tk._("Agreement"),
            tk._("The contract under which the data are received or handed on."),
            tk._("Contract 2024/117 with the bus company"),
        ),
        "agreement_until": Words(tk._("Agreement ends on"), tk._("The last day of the contract."), "31.12.2027"),
    }


def _protection() -> dict[str, Words]:
    return {
        "confidentiality": Words(
            tk._("Protection need: confidentiality"),
            tk._("From “high” on, other units do not even see that the dataset exists."),
        ),
        "integrity": Words(
            tk._("Protection need: integrity"), tk._("How bad it would be if somebody changed the data unnoticed.")
        ),
        "availability": Words(
            tk._("Protection need: availability"), tk._("How bad it would be if the data were gone for a while.")
        ),
        "personal_data": Words(
            tk._("Personal data"),
            tk._("Whether somebody could be recognised by the data, alone or together with other data."),
        ),
        "personal_categories": Words(
            tk._("Kinds of personal data"), tk._("What the data say about people. Needed when there are personal data.")
        ),
        "processing_record": Words(
            tk._("Record of processing"),
            tk._("Number or title in the register under Art. 30 GDPR. Needed when there are personal data."),
            "VVT 2023-041",
        ),
        "kritis": Words(
            tk._("Critical infrastructure"),
            tk._("Whether the data say something about water, electricity, heat, traffic control or hospitals."),
        ),
        "business_secrets": Words(
            tk._("Business secrets"), tk._("Whether a company could be harmed by publication.")
        ),
        "retention": Words(
            tk._("Retention and deletion"),
            tk._("How long the data are kept, and when they are deleted."),
            tk._("10 years after felling"),
        ),
    }


def _opening() -> dict[str, Words]:
    return {
        "openness": Words(
            tk._("Who may have the data"), tk._("Open is the rule. Anything else needs a reason.")
        ),
        "protected_interest": Words(
            tk._("Protected interest"), tk._("What would be harmed. Needed when the data are not open.")
        ),
        "openness_reason": Words(
            tk._("Reason, if not open"),
            tk._("Which interest or law forbids or limits opening?"),
            tk._("Contains addresses of private owners."),
        ),
        "openness_review_on": Words(
            tk._("Look again on"), tk._("When the reason is checked again. Needed when the data are not open."), "01.03.2028"
        ),
    }


def _use() -> dict[str, Words]:
    return {
        "uses": Words(
            tk._("Possible uses"),
            tk._("What somebody could do with the data."),
            tk._("Watering by neighbours, allergy maps"),
        ),
        "musterdatensatz": Words(
            tk._("Model dataset"),
            tk._("The entry of the Musterdatenkatalog that fits, so that towns can compare."),
            "Flora und Fauna - Baumbestand - Baumkataster",
        ),
    }


def codes() -> dict[str, dict[str, str]]:
    """Codes of the closed lists in words, by name of the field."""
    need = {"normal": tk._("normal"), "high": tk._("high"), "very_high": tk._("very high")}
    known = {"no": tk._("No"), "yes": tk._("Yes"), "unclear": tk._("Unclear")}
    return {
        "source_class": {
            "statistics": tk._("Municipal statistics"),
            "department": tk._("Specialist department"),
            "iot": tk._("Sensors (IoT)"),
            "geodata": tk._("Geodata"),
            "analogue": tk._("Digitised paper records"),
            "outside": tk._("Organisation outside of the city group"),
            "citizens": tk._("Citizens"),
        },
        "access_form": {
            "file": tk._("File"),
            "database": tk._("Database"),
            "service": tk._("Service (interface)"),
            "paper": tk._("Paper"),
        },
        "publication_duty": {law.key: f"{law.short}: {law.title}" for law in municipality.current().laws},
        "confidentiality": need,
        "integrity": need,
        "availability": need,
        "personal_data": {
            "none": tk._("No personal data"),
            "aggregated": tk._("Only summed up, nobody can be recognised"),
            "anonymised": tk._("Anonymised"),
            "pseudonymised": tk._("Pseudonymised"),
            "yes": tk._("Yes, personal data"),
        },
        "personal_categories": {
            "contact": tk._("Name and address"),
            "registration": tk._("Registration data"),
            "health": tk._("Health data"),
            "social": tk._("Social data"),
            "children": tk._("Children and young people"),
            "employees": tk._("Employees"),
            "location": tk._("Where somebody was"),
            "financial": tk._("Money and taxes"),
            "biometric": tk._("Face, voice, fingerprint"),
            "religion": tk._("Religion or opinion"),
            "criminal": tk._("Offences"),
            "other": tk._("Other"),
        },
        "kritis": known,
        "business_secrets": known,
        "openness": {
            "open": tk._("Open: everybody"),
            "on_request": tk._("On request"),
            "internal": tk._("Internal: only the city group"),
            "restricted": tk._("Restricted: only some units"),
            "not_publishable": tk._("Must not be published"),
        },
        "protected_interest": {
            "personal_data": tk._("Personal data"),
            "business_secrets": tk._("Business secrets"),
            "intellectual_property": tk._("Copyright and other rights of others"),
            "critical_infrastructure": tk._("Critical infrastructure"),
            "public_safety": tk._("Public safety"),
            "statistical_confidentiality": tk._("Statistical confidentiality"),
            "legal_proceedings": tk._("Running proceedings"),
            "decision_making": tk._("Decision of the administration not made yet"),
            "contract": tk._("Contract"),
            "other": tk._("Other"),
        },
    }


def choices(field: record.Field) -> dict[str, str]:
    """The closed list of a field as {code: words}, in its order; empty for free text."""
    if not field.choices:
        return {}
    known = codes()[field.name]
    return known if field.choices == "laws" else {code: known[code] for code in field.choices}


def say(name: str, value: Any) -> str:
    """A field's value in words; free text as it is, empty for nothing, lists with commas, a dataset by its title."""
    if isinstance(value, dict):
        return str(value.get("title", ""))
    if isinstance(value, list):
        return ", ".join(say(name, item) for item in value)
    return codes().get(name, {}).get(str(value), str(value or ""))
