"""Files as tables: CSV, Excel, JSON and GeoJSON come as headings and rows of text. Pure but for reading the file.

CSV is read in a stream and in any size; the others are read whole, up to `MOST_BYTES`.
"""

from __future__ import annotations

import codecs
import csv
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import csv as arrow

TEXT = frozenset({"CSV", "TSV", "TXT"})
WHOLE = frozenset({"JSON", "GEOJSON", "XLSX"})
MOST_BYTES = 50_000_000
BATCH = 2_000
BLOCK = 1 << 19


class Broken(Exception):
    """The file is not what its format says. `code` is one of the codes in `files.TEXTS`."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


@dataclass
class Table:
    """One table of a file: headings, and batches of columns of text in their order, to be read once.

    `encoding` is "" where the format has none; `uneven` counts rows with cells too many or too few, once they were read.
    """

    header: list[str]
    batches: Callable[[], Iterator[pyarrow.RecordBatch]]
    encoding: str = ""
    delimiter: str = ""
    name: str = ""
    uneven: int = 0


def _packed(rows: list[list[str]], width: int) -> pyarrow.RecordBatch:
    """Rows as columns. What is beyond the last column must not escape: it is read with the last one."""
    even = [row if len(row) == width else [*row[: width - 1], " ".join(row[width - 1 :])] for row in rows]
    columns = zip_longest(*even, [""] * width, fillvalue="")
    return pyarrow.record_batch(
        [pyarrow.array(column[:-1], pyarrow.string()) for column in columns], names=[str(number) for number in range(width)]
    )


def _of_rows(header: list[str], rows: Iterator[list[str]], name: str = "") -> Table:
    def batches() -> Iterator[pyarrow.RecordBatch]:
        while some := list(islice(rows, BATCH)):
            yield _packed(some, len(header))

    return Table(header, batches, name=name)


@contextmanager
def open_tables(path: Path, file_format: str) -> Iterator[Iterable[Table]]:
    """The tables of a file, to be read in their order. Raises `Broken`; nothing for formats that hold no table."""
    kind = file_format.upper()
    if kind in TEXT:
        yield [_csv(path, "\t" if kind == "TSV" else "")]
    elif kind in WHOLE:
        if path.stat().st_size > MOST_BYTES:
            raise Broken("too_large")
        yield _excel(path) if kind == "XLSX" else _json(path)
    else:
        yield []


def encoding(path: Path) -> str:
    """utf-8-sig, utf-16 or cp1252, by looking at the whole file. Raises `Broken` for what is no text."""
    with path.open("rb") as file:
        first = file.read(4)
        if first[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return "utf-16"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        utf8 = True
        while block := file.read(BLOCK):
            if b"\x00" in block:
                raise Broken("no_text")
            if utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    utf8 = False
        if utf8:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                utf8 = False
    return "utf-8-sig" if utf8 else "cp1252"


def _csv(path: Path, delimiter: str) -> Table:
    name = encoding(path)
    try:
        with path.open(encoding=name, newline="") as stream:
            sample = stream.read(1 << 16)
            delimiter = delimiter or _delimiter(sample)
            stream.seek(0)
            header = next(csv.reader(stream, delimiter=delimiter), None)
    except (csv.Error, UnicodeDecodeError):
        raise Broken("no_table") from None
    if not header:
        raise Broken("empty")
    table = Table(header, lambda: _stream(path, table), "utf-8" if name == "utf-8-sig" else name, delimiter)
    return table


def _stream(path: Path, table: Table) -> Iterator[pyarrow.RecordBatch]:
    names = [str(number) for number in range(len(table.header))]
    odd: list[str] = []

    def keep(row: Any) -> str:
        odd.append(row.text)
        return "skip"

    try:
        reader = arrow.open_csv(
            path,
            arrow.ReadOptions(use_threads=False, block_size=BLOCK, column_names=names, skip_rows_after_names=1, encoding=table.encoding),
            arrow.ParseOptions(delimiter=table.delimiter, newlines_in_values=True, invalid_row_handler=keep),
            arrow.ConvertOptions(column_types=dict.fromkeys(names, pyarrow.string()), strings_can_be_null=False),
        )
        for batch in reader:
            yield batch
            yield from _odd(odd, table)
        yield from _odd(odd, table)
    except pyarrow.ArrowInvalid as problem:
        # nothing below the headings is a table too
        if "Empty CSV file" not in str(problem):
            raise Broken("no_table") from None


def _odd(texts: list[str], table: Table) -> Iterator[pyarrow.RecordBatch]:
    """Rows of another length, that the reader put aside: they are looked at all the same."""
    if texts:
        table.uneven += len(texts)
        yield _packed(list(csv.reader(texts, delimiter=table.delimiter)), len(table.header))
        texts.clear()


def _delimiter(sample: str) -> str:
    """The sign that splits the first lines most evenly; a comma where none does."""
    lines = [line for line in sample.splitlines()[:20] if line.strip()]
    if len(sample) == 1 << 16 and len(lines) > 1:
        lines.pop()

    def worth(sign: str) -> tuple[bool, int]:
        counts = [line.count(sign) for line in lines]
        return (bool(counts) and min(counts) == max(counts) > 0, counts[0] if counts else 0)

    return max((",", ";", "\t", "|"), key=worth)


def _excel(path: Path) -> Iterator[Table]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(path) as packed:
            if sum(item.file_size for item in packed.infolist()) > 10 * MOST_BYTES:
                raise Broken("too_large")
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError):
        raise Broken("wrong_format") from None
    try:
        for sheet in book.worksheets:
            rows = ([_text(value) for value in row] for row in sheet.iter_rows(values_only=True))
            header = next(rows, None)
            if header and any(header):
                yield _of_rows(header, rows, sheet.title)
    finally:
        book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value) if isinstance(value, dict | list | bool) else str(value)


def _json(path: Path) -> Iterator[Table]:
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise Broken("wrong_format") from None
    if isinstance(found, dict) and isinstance(found.get("features"), list):
        items = [_feature(item) for item in found["features"] if isinstance(item, dict)]
    else:
        rows = found if isinstance(found, list) else [found]
        items = [item for item in rows if isinstance(item, dict)]
    header = list(dict.fromkeys(key for item in items for key in item))
    if header:
        yield _of_rows([str(key) for key in header], ([_text(item.get(key)) for key in header] for item in items))


def _feature(item: dict[str, Any]) -> dict[str, Any]:
    """Properties, and the first point of the geometry (GeoJSON: longitude before latitude, RFC 7946)."""
    properties = item.get("properties")
    point = (item.get("geometry") or {}).get("coordinates") if isinstance(item.get("geometry"), dict) else None
    while isinstance(point, list) and point and isinstance(point[0], list):
        point = point[0]
    place = {"lon": point[0], "lat": point[1]} if isinstance(point, list) and len(point) > 1 else {}
    return {**(properties if isinstance(properties, dict) else {}), **place}
