"""The first rows of a table file, without reading more than its beginning. Pure but for reading the file."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

FORMATS = frozenset({"CSV", "TSV", "TXT"})
ROWS = 10
MOST_BYTES = 1 << 17
MOST_COLUMNS = 40
MOST_SIGNS = 200
_SAMPLE = 1 << 13


@dataclass(frozen=True)
class Preview:
    """Headings and the first rows, as text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def of_file(path: Path, file_format: str) -> Preview | None:
    """The first rows of a CSV; None for other formats, and where nothing can be read."""
    if file_format.upper() not in FORMATS:
        return None
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES)
    text = _text(raw)
    if len(raw) == MOST_BYTES:
        # what was cut off is no row
        text = text.rpartition("\n")[0]
    try:
        table = list(islice(csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text, file_format)), ROWS + 1))
    except csv.Error:
        return None
    if not table or not table[0]:
        return None
    return Preview(_cells(table[0]), tuple(_cells(row) for row in table[1:] if row))


def _text(raw: bytes) -> str:
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return raw.decode("utf-16", "ignore")
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(raw)
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _delimiter(text: str, file_format: str) -> str:
    if file_format.upper() == "TSV":
        return "\t"
    try:
        return csv.Sniffer().sniff(text[:_SAMPLE], delimiters=",;\t|").delimiter
    except csv.Error:
        return ","


def _cells(row: list[str]) -> tuple[str, ...]:
    return tuple(cell if len(cell) <= MOST_SIGNS else cell[:MOST_SIGNS] + "…" for cell in row[:MOST_COLUMNS])
