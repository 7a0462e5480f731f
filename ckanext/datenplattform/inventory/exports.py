"""The inventory as a file: what the reader may see, in the columns of the template, piece by piece."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import openpyxl
from openpyxl.cell import WriteOnlyCell

from ..access import shared as access
from ..core.clock import utcnow
from ..core.sheets import harmless
from . import columns, facts, import_check, unit_words, words_columns
from .columns import Column

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json; charset=utf-8",
}
PAGE = 1000
CHUNK = 500
# what of a dataset is no secret to who may see its entry
ENTRY = ("dataset",)


def filename(kind: str) -> str:
    """For the download."""
    return f"inventar-{utcnow():%Y-%m-%d}.{kind}"


class Export:
    """One export for one reader."""

    def __init__(self, context: Any, filters: dict[str, Any]) -> None:
        self.context, self.filters = context, filters
        self.user = access.current_user(context)
        self.words = words_columns.headings()
        definitions = facts.schema_fields()
        self.chosen = facts.known_columns()
        self.codes = {column.name: facts.codes(column, definitions) for column in self.chosen}
        self.units = unit_words.by_id()

    def columns(self) -> list[dict[str, str]]:
        """Names and headings, in order."""
        return [{"name": column.name, "label": self.words[column.name].label} for column in self.chosen]

    def _found(self) -> Iterator[tuple[facts.Facts, bool]]:
        """The datasets of the list with the reader's right to see the whole record."""
        offset = 0
        while True:
            inner: Any = {"user": self.context.get("user"), "ignore_auth": self.context.get("ignore_auth", False)}
            if self.context.get("auth_user_obj") is not None:
                inner["auth_user_obj"] = self.context["auth_user_obj"]
            page = tk.get_action("inventory_record_list")(inner, {**self.filters, "limit": PAGE, "offset": offset})["results"]
            levels = {item["id"]: item["level"] for item in page}
            ids = list(levels)
            for at in range(0, len(ids), CHUNK):
                known = facts.load(ids[at : at + CHUNK])
                for package_id in ids[at : at + CHUNK]:
                    if package_id in known:
                        yield known[package_id], levels[package_id] == "all"
                model.Session.expunge_all()
            if len(page) < PAGE:
                return
            offset += PAGE

    def _value(self, column: Column, found: facts.Facts, whole: bool) -> Any:
        # key and record are internal; identifier and formats belong to the entry
        if column.place == "record" or column.name == columns.KEY:
            return found.value(column) if whole else None
        return found.value(column)

    def values(self) -> Iterator[dict[str, Any]]:
        """Each dataset as {column: value}; the unit by its name. Without what is empty or not for the reader."""
        for found, whole in self._found():
            row = {column.name: self._value(column, found, whole) for column in self.chosen}
            row[columns.UNIT] = self.units.get(row[columns.UNIT], ("", ""))[0]
            for column in self.chosen:
                if column.kind == "datasets":
                    row[column.name] = import_check.names(row[column.name], self.user)
            yield {name: value for name, value in row.items() if value not in (None, "", [])}

    def cells(self) -> Iterator[list[str]]:
        """Each dataset as the texts of its row; none of them can be taken for a formula."""
        for found, whole in self._found():
            yield [self._cell(column, self._value(column, found, whole)) for column in self.chosen]

    def _cell(self, column: Column, value: Any) -> str:
        if column.name == columns.UNIT:
            return harmless(self.units.get(value, ("", ""))[1])
        if column.kind == "datasets" and value:
            value = import_check.names(value, self.user)
        return columns.cell_of(column, value, self.codes[column.name])

    def file(self, kind: str) -> Iterator[bytes]:
        """The file in pieces: "xlsx", "csv" or "json"."""
        return {"xlsx": self._xlsx, "csv": self._csv, "json": self._json}[kind]()

    def _csv(self) -> Iterator[bytes]:
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, delimiter=";")
        # the mark tells Excel that it is UTF-8
        buffer.write("\ufeff")
        writer.writerow([item["label"] for item in self.columns()])
        for number, row in enumerate(self.cells()):
            writer.writerow(row)
            if number % CHUNK == CHUNK - 1:
                yield buffer.getvalue().encode()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue().encode()

    def _json(self) -> Iterator[bytes]:
        yield b'{"columns": ' + json.dumps(self.columns(), ensure_ascii=False).encode() + b', "rows": [\n'
        for number, row in enumerate(self.values()):
            yield (b",\n" if number else b"") + json.dumps(row, ensure_ascii=False).encode()
        yield b"\n]}\n"

    def _xlsx(self) -> Iterator[bytes]:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet(tk._("Datasets"))
        sheet.freeze_panes = "C2"
        sheet.append([item["label"] for item in self.columns()])
        for row in self.cells():
            sheet.append([_text(sheet, cell) if cell else None for cell in row])
        with tempfile.TemporaryFile() as file:
            book.save(file)
            file.seek(0)
            while piece := file.read(1 << 16):
                yield piece


def _text(sheet: Any, text: str) -> Any:
    """A cell that is text whatever it looks like; without characters that XML does not know."""
    cell = WriteOnlyCell(sheet, columns.printable(text))
    cell.data_type = "s"
    return cell
