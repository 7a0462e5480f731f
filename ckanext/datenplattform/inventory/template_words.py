"""The template in the reader's language, with the units that are theirs."""

from __future__ import annotations

import ckan.plugins.toolkit as tk

from . import columns, facts, sheet_template, unit_words, words_columns


def told(own_units: set[str]) -> list[sheet_template.Told]:
    """The columns of the template. `own_units`: ids of the units that the reader may choose."""
    definitions, words = facts.schema_fields(), words_columns.headings()
    units = [word for unit, (_name, word) in unit_words.by_id().items() if unit in own_units]
    found = []
    for column in facts.known_columns():
        if not column.written or column.name == columns.ID:
            continue
        offered = units if column.name == columns.UNIT else list(facts.codes(column, definitions).values())
        item = words[column.name]
        found.append(sheet_template.Told(column, item.label, item.help, item.example, offered))
    return found


def names() -> dict[str, str]:
    """What the sheets are called."""
    return {"data": tk._("Datasets"), "lists": tk._("Lists"), "guide": tk._("Guide")}


def guide() -> list[str]:
    """What one has to know, in a few lines."""
    return [
        tk._("One row is one dataset. Title and unit are enough; all else can follow later, here or on the page of the dataset."),
        tk._("The row with the key “Example” is not imported."),
        tk._("Cells with a list offer what is allowed. Where several are allowed, write them into one cell with semicolons between."),
        tk._("An empty cell changes nothing. A single minus sign (-) empties the field."),
        tk._("A row may name other datasets of the inventory, and by key or title other rows of this file, above or below it."),
        tk._("Please do not merge cells, and write values instead of formulas. Columns that you do not need can be deleted."),
        tk._("When you upload the file, you first see what would be created and changed. Nothing is written before you agree."),
        tk._("Everything stays internal: an import publishes nothing."),
    ]


def xlsx(own_units: set[str]) -> bytes:
    """The template as .xlsx."""
    return sheet_template.xlsx(told(own_units), names(), guide())


def empty_csv(own_units: set[str]) -> bytes:
    """The template as CSV."""
    return sheet_template.empty_csv(told(own_units))
