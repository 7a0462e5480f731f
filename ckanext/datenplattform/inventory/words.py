"""The inventory record in words: sections, fields with help and example, codes. Functions, since each reader has a language."""

from __future__ import annotations

from typing import Any, NamedTuple

import ckan.plugins.toolkit as tk


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
        "protection": tk._("Protection"),
        "opening": tk._("Opening"),
    }


def fields() -> dict[str, Words]:
    """Label, help and example by name of the field."""
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
        "source_class": Words(tk._("Kind of source"), tk._("Where such data usually come from.")),
        "source_system": Words(
            tk._("Source system"),
            tk._("The specialist software, the file or the register in which the data are kept."),
            tk._("GIS of the tree register"),
        ),
        "personal_data": Words(
            tk._("Personal data"),
            tk._("Whether somebody could be recognised by the data, alone or together with other data."),
        ),
        "confidentiality": Words(
            tk._("Protection need: confidentiality"),
            tk._("From “high” on, other units do not even see that the dataset exists."),
        ),
        "openness": Words(
            tk._("Who may have the data"),
            tk._("Open is the rule. Anything else needs a reason."),
        ),
        "openness_reason": Words(
            tk._("Reason, if not open"),
            tk._("Which interest or law forbids or limits opening?"),
            tk._("Contains addresses of private owners."),
        ),
    }


def codes() -> dict[str, dict[str, str]]:
    """Codes of the closed lists in words, by name of the field."""
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
        "personal_data": {
            "none": tk._("No personal data"),
            "aggregated": tk._("Only summed up, nobody can be recognised"),
            "anonymised": tk._("Anonymised"),
            "pseudonymised": tk._("Pseudonymised"),
            "yes": tk._("Yes, personal data"),
        },
        "confidentiality": {
            "normal": tk._("normal"),
            "high": tk._("high"),
            "very_high": tk._("very high"),
        },
        "openness": {
            "open": tk._("Open: everybody"),
            "on_request": tk._("On request"),
            "internal": tk._("Internal: only the city group"),
            "restricted": tk._("Restricted: only some units"),
            "not_publishable": tk._("Must not be published"),
        },
    }


def say(name: str, value: Any) -> str:
    """A field's value in words; free text as it is, empty for nothing."""
    return codes().get(name, {}).get(str(value), str(value or ""))
