"""The empty spreadsheet that people fill in: headings with help, drop-down lists, an example row. Knows nothing of CKAN."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from ..core.sheets import harmless
from .columns import Column
from .sheets import MOST_ROWS

WIDE = {"text": 40, "lines": 32, "datasets": 28}
FILLS = {"row": "D9D9D9", "dataset": "D6E6F2", "record": "E7E6D5"}


@dataclass(frozen=True)
class Told:
    """One column as it is told: heading, help, example and the words of its closed list."""

    column: Column
    label: str
    help: str
    example: str = ""
    words: Sequence[str] = ()

    @property
    def sample(self) -> str:
        """What stands in the example row."""
        return self.example or (self.words[0] if self.words else "")


def xlsx(told: Sequence[Told], names: Mapping[str, str], guide: Sequence[str]) -> bytes:
    """The template as .xlsx.

    :param names: what the three sheets are called: "data", "lists", "guide"
    :param guide: lines of explanation
    """
    book = openpyxl.Workbook()
    data = book.active
    assert data is not None
    data.title = names["data"]
    lists = book.create_sheet(names["lists"])
    sheet_name = quote_sheetname(names["lists"])
    for number, item in enumerate(told, 1):
        head = data.cell(1, number, item.label)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor=FILLS[item.column.place])
        head.alignment = Alignment(wrap_text=True, vertical="top")
        head.comment = Comment(_help(item), names["data"], width=320, height=160)
        sample = data.cell(2, number, item.sample or None)
        sample.font = Font(italic=True, color="595959")
        sample.number_format = "@"
        letters = get_column_letter(number)
        data.column_dimensions[letters].width = WIDE.get(item.column.kind, 24)
        if item.words:
            place = lists.max_column + 1 if lists["A1"].value else 1
            lists.cell(1, place, item.label).font = Font(bold=True)
            for row, word in enumerate(item.words, 2):
                lists.cell(row, place, word)
            column = get_column_letter(place)
            lists.column_dimensions[column].width = 36
            # several words in one cell are not in the list, and right all the same
            choice = DataValidation(
                "list", formula1=f"{sheet_name}!${column}$2:${column}${len(item.words) + 1}", allow_blank=True,
                showErrorMessage=not item.column.several,
            )  # fmt: skip
            choice.add(f"{letters}2:{letters}{MOST_ROWS + 1}")
            data.add_data_validation(choice)
    data.freeze_panes = "C2"
    lists.freeze_panes = "A2"
    text = book.create_sheet(names["guide"])
    text.column_dimensions["A"].width = 110
    for line in guide:
        text.append([line])
        text.cell(text.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _help(item: Told) -> str:
    return f"{item.help}\n({item.example})" if item.example else item.help


def empty_csv(told: Sequence[Told]) -> bytes:
    """The template as CSV: headings and the example row; UTF-8 with mark and semicolons, as Excel wants it."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=";")
    writer.writerow([item.label for item in told])
    writer.writerow([harmless(item.sample) for item in told])
    return f"\ufeff{buffer.getvalue()}".encode()
