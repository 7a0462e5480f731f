"""Reading spreadsheets of strangers: .xlsx and CSV, within bounds of time and memory. Knows nothing of CKAN.

Nothing is computed, nothing is fetched: formulas are refused at their cell, entities and document types in the XML too.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import openpyxl
from openpyxl import DEFUSEDXML

from ..core.i18n import N_
from .columns import letter
from .problems import Problem, SheetError

MEGABYTE = 1_000_000
LARGEST = 30 * MEGABYTE
# a spreadsheet packs at about 1 : 10; what packs better by far is no spreadsheet
LARGEST_UNPACKED = 150 * MEGABYTE
# styles and the like are read as a whole
LARGEST_SMALL_PART = 20 * MEGABYTE
BEST_RATIO = 200
MOST_PARTS = 1_000
MOST_ROWS = 20_000
# as many as a sheet of Excel has, empty ones included
MOST_LINES = 1_048_576
MOST_COLUMNS = 200
LONGEST_CELL = 20_000
MOST_PROBLEMS = 200

XLSX, CSV = "xlsx", "csv"
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass
class Table:
    """A sheet: `head` and its row number, `rows` as (row number, cells); `problems` that single cells have."""

    head: list[Any] = field(default_factory=list)
    head_row: int = 1
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def too_large(size: int) -> bool:
    """Whether a file of that many bytes is refused."""
    return size > LARGEST


def refuse_large() -> SheetError:
    """The words for it."""
    return SheetError(
        N_("The file is larger than %(megabytes)s MB. Nothing was read. Please split it, or leave out what is not needed."),
        megabytes=LARGEST // MEGABYTE,
    )


def read(content: bytes) -> Table:
    """Read an uploaded file by what it is, whatever its name says.

    :raises SheetError: it is no spreadsheet, damaged, empty, too large or dangerous
    """
    if too_large(len(content)):
        raise refuse_large()
    if not content.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise SheetError(N_("The file is empty. Please fill in the template and save it before you upload it."))
    if content.startswith(_OLD):
        raise SheetError(N_("This is an old Excel file (.xls) or one with a password. Please save it as .xlsx without password."))
    if not content.startswith(b"PK"):
        return _table(_csv(content))
    _check(content)
    merged = _merged(content)
    table = _table(_xlsx(content))
    table.problems = [
        Problem(N_("These cells are merged. Please undo that, so that each row stands for itself."), cell) for cell in merged
    ] + table.problems
    return table


def _table(rows: Iterator[list[Any]]) -> Table:
    table = Table()
    for number, cells in enumerate(rows, 1):
        wide = len(cells)
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if len(cells) > MOST_COLUMNS or wide > 5 * MOST_COLUMNS:
            raise SheetError(N_("The sheet has more than %(columns)s columns."), columns=MOST_COLUMNS)
        if number > MOST_LINES or len(table.rows) + bool(cells) > MOST_ROWS:
            raise SheetError(N_("The sheet has more than %(rows)s rows. Please split it."), rows=MOST_ROWS)
        if not cells:
            continue
        for place, cell in enumerate(cells):
            if isinstance(cell, _Bad):
                if len(table.problems) < MOST_PROBLEMS:
                    table.problems.append(Problem(cell.template, f"{letter(place)}{number}"))
                cells[place] = None
            elif isinstance(cell, str) and len(cell) > LONGEST_CELL:
                table.problems.append(
                    Problem(N_("This text is too long (more than %(most)s characters)."), f"{letter(place)}{number}",
                            {"most": LONGEST_CELL})
                )  # fmt: skip
                cells[place] = None
        if not table.head:
            table.head, table.head_row = cells, number
        else:
            table.rows.append((number, cells))
    if not table.head:
        raise SheetError(N_("The file is empty. Please fill in the template and save it before you upload it."))
    return table


@dataclass(frozen=True)
class _Bad:
    template: str


_FORMULA = _Bad(N_("Here stands a formula. Please put its result there (paste it as a value)."))
_BROKEN = _Bad(N_("Here stands an error of the spreadsheet program. Please put the right value there."))


# xlsx


def _damaged() -> SheetError:
    return SheetError(N_("The file cannot be read: it is damaged, or no spreadsheet. Please save it again as .xlsx and upload it."))


def _open(content: bytes) -> zipfile.ZipFile:
    """The package, after a look at what it would unpack to; nothing is unpacked for that."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
        parts = package.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise _damaged() from error
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    small = [part.file_size for part in parts if not re.match(r"xl/(worksheets/|sharedStrings)", part.filename)]
    if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED or unpacked > BEST_RATIO * len(content) + MEGABYTE or (
        max(small, default=0) > LARGEST_SMALL_PART
    ):
        raise SheetError(N_("The file unpacks to far more than a spreadsheet does. It was not opened."))
    if "mimetype" in names and "xl/workbook.xml" not in names:
        raise SheetError(N_("This is a file of LibreOffice (.ods). Please save it as .xlsx or CSV."))
    if any(name.endswith("vbaProject.bin") for name in names):
        raise SheetError(N_("The file holds macros. Please save it as .xlsx without macros."))
    if "xl/workbook.xml" not in names or any(part.flag_bits & 1 for part in parts):
        raise _damaged()
    return package


def _parts(package: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part in pieces, never more than it promised; the end of each piece comes again with the next."""
    promised, read, kept = package.getinfo(name).file_size, 0, b""
    with package.open(name) as part:
        while piece := part.read(1 << 18):
            read += len(piece)
            if read > promised:
                raise _damaged()
            yield kept + piece
            kept = piece[-300:]


_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3}[0-9]{1,7}):[^"]*"')
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


def _merged(content: bytes) -> list[str]:
    """The first cell of each merged range of the sheet that is read."""
    with _open(content) as package:
        try:
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
            path = getattr(book.worksheets[0], "_worksheet_path", "").lstrip("/")
            book.close()
            found = {item.decode() for piece in _parts(package, path) for item in _MERGED.findall(piece)}
        except SheetError:
            raise
        except Exception as error:  # as in _xlsx
            raise _damaged() from error
    return sorted(found, key=lambda cell: (int(re.sub(r"\D", "", cell)), cell))[:MOST_PROBLEMS]


def _check(content: bytes) -> None:
    assert DEFUSEDXML  # requirements.txt: without it openpyxl would expand entities
    with _open(content) as package:
        try:
            _check_xml(package)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise _damaged() from error


def _check_xml(package: zipfile.ZipFile) -> None:
    for name in package.namelist():
        if name.endswith((".xml", ".rels", ".vml")):
            for piece in _parts(package, name):
                # UTF-16 hides the word from a search for bytes
                if _DOCTYPE.search(piece) or piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise SheetError(N_("The file holds instructions that have no place in a spreadsheet. It was not opened."))


def _xlsx(content: bytes) -> Iterator[list[Any]]:
    try:
        with warnings.catch_warnings():
            # of styles and extensions that it does not know; values are all that counts here
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            for row in sheet.iter_rows():
                yield [_cell(cell) for cell in row]
            book.close()
    except SheetError:
        raise
    except Exception as error:  # whatever a hostile or broken file provokes in the library
        raise _damaged() from error


def _cell(cell: Any) -> Any:
    kind = getattr(cell, "data_type", None)
    if kind == "f":
        return _FORMULA
    if kind == "e":
        return _BROKEN
    return cell.value


# CSV


def decode(content: bytes) -> str:
    """The text of a CSV file: UTF-8 with or without mark, UTF-16 with mark, else Windows-1252."""
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    names = ("utf-16",) if wide else ("utf-8-sig", "cp1252")
    for name in names:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and not re.search("[\x01-\x08\x0e-\x1f]", text[:10_000]):
            return text
    raise SheetError(N_("This is neither an Excel file (.xlsx) nor a CSV text. Please use the template."))


def _csv(content: bytes) -> Iterator[list[Any]]:
    text = decode(content)
    first, _, rest = text.partition("\n")
    hint = re.fullmatch(r"sep=(.)\s*", first)
    source = io.StringIO(rest if hint else text, newline="")
    try:
        rows = csv.reader(source, delimiter=hint[1] if hint else _separator(text), strict=True)
        # the line with the separator is a row of the sheet too
        yield from itertools.chain([[]] if hint else [], (list[Any](row) for row in rows))
    except csv.Error as error:
        raise SheetError(
            N_("The CSV text breaks off or its quotation marks do not match, near line %(line)s."), line=source.getvalue().count("\n")
            if "end of data" in str(error) else rows.line_num,
        ) from error  # fmt: skip


def _separator(text: str) -> str:
    """What stands most often between the words of the first line that says anything."""
    line = next((line for line in text.splitlines() if line.strip(" ;,\t")), "")
    line = re.sub(r'"[^"]*"', "", line)
    return max(";,\t", key=lambda mark: (line.count(mark), mark == ";"))
