"""The spreadsheet in words: headings, help and example of the columns that are not fields of the record."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from . import columns, words
from .words import Words


def headings() -> dict[str, Words]:
    """Heading, help and example by name of the column, in the order of the sheet."""
    known = {**_row(), **_what(), **_more(), **words.fields()}
    return {column.name: known[column.name] for column in columns.COLUMNS}


def _row() -> dict[str, Words]:
    return {
        "key": Words(
            tk._("Key"),
            tk._("Your own number for the dataset, unique within the unit: by it the row is found again next time. "
                 "If it is empty, the title counts."),
            tk._("Example"),
        ),
        "id": Words(
            tk._("Identifier in the portal"),
            tk._("Comes with an export and says which dataset the row belongs to. Leave it empty for new datasets."),
        ),
        "res_format": Words(
            tk._("Formats of the files"), tk._("Comes with an export; an import does not change it."),
        ),
    }  # fmt: skip


def _what() -> dict[str, Words]:
    return {
        "title": Words(tk._("Title"), tk._("What would a colleague call it?"), tk._("Tree register")),
        "owner_org": Words(tk._("Responsible unit"), tk._("The unit that answers for the data. Please choose one of your units.")),
        "notes": Words(
            tk._("Description"),
            tk._("One or two sentences: what is in it, and what for?"),
            tk._("All trees in streets and parks with species, height and last inspection."),
        ),
        "theme": Words(tk._("Categories"), tk._("One or more of the 13 European categories; several with semicolons.")),
        "tag_string": Words(
            tk._("Keywords"), tk._("Words that somebody would search for, with commas."), tk._("trees, green spaces")
        ),
        "frequency": Words(tk._("How often updated"), tk._("How often the data change or are added to.")),
        "available_formats": Words(
            tk._("Formats"), tk._("In which formats the data can be delivered; several with semicolons."), "CSV; GeoJSON"
        ),
        "temporal_coverage.start": Words(tk._("Period from"), tk._("First day (or year) that the data speak of."), "01.01.1998"),
        "temporal_coverage.end": Words(
            tk._("Period until"), tk._("Last day (or year) that the data speak of; empty when data keep coming."), "31.12.2025"
        ),
        "spatial_coverage.text": Words(tk._("Place"), tk._("The area that the data speak of."), tk._("Whole city")),
    }


def _more() -> dict[str, Words]:
    return {
        "license_id": Words(tk._("Licence"), tk._("What people may do with the data once they are published.")),
        "license_attribution_by_text": Words(
            tk._("Attribution"), tk._("How the source is to be named."), tk._("City, tree register")
        ),
        "access_rights": Words(tk._("Access"), tk._("Who may get the data.")),
        "applicable_legislation": Words(
            tk._("Legislation"), tk._("Law that demands publication, best as an ELI address; one in each line."),
            "http://data.europa.eu/eli/reg_impl/2023/138/oj",
        ),
        "hvd_category": Words(
            tk._("High-value dataset"), tk._("Only if Implementing Regulation (EU) 2023/138 applies; several with semicolons.")
        ),
        "contact.name": Words(tk._("Contact point"), tk._("Who helps with questions? A post, not a person."), tk._("GIS service desk")),
        "contact.email": Words(tk._("E-mail of the contact point"), tk._("A shared mailbox."), "geodaten@example.org"),
        "language": Words(tk._("Language"), tk._("If it is empty: German; several with semicolons.")),
        "url": Words(tk._("Further information"), tk._("A page that tells more."), "https://www.example.org/baeume"),
        "documentation": Words(
            tk._("Documentation"), tk._("Addresses of descriptions; one in each line."), "https://www.example.org/baeume.pdf"
        ),
        "provenance": Words(
            tk._("How the data are made"), tk._("Method, instrument, comparison with other sources."),
            tk._("Surveyed on the spot, compared with aerial pictures each year"),
        ),
        "conforms_to": Words(tk._("Standard"), tk._("Standards or data models; one in each line."), "XPlanung"),
        "version": Words(tk._("Version"), tk._("If there are versions: which one."), "2026"),
    }  # fmt: skip
