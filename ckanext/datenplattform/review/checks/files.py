"""Files open as what they say they are; links are reachable. Pure but for reading the files.

The form of a table is looked at by frictionless on a sample; the whole of it by `scan`.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from ...core.i18n import N_
from .scan import Scan
from .subject import File, Subject
from .tables import TEXT, Broken, encoding
from .verdict import Level, Verdict

NAME, LINKS = "files", "links"
SAMPLE_ROWS = 500
SAMPLE_BYTES = 2_000_000

BROKEN: dict[str, tuple[Level, str]] = {
    "no_text": ("stop", N_("“%(name)s” is no text, though its format says so. Please upload the right file.")),
    "no_table": ("stop", N_("“%(name)s” cannot be read as a table to its end. Please save it anew as CSV.")),
    "empty": ("stop", N_("“%(name)s” is empty. Please upload the right file.")),
    "wrong_format": ("stop", N_("“%(name)s” does not open as %(format)s. Please say the right format, or upload the right file.")),
    "too_large": ("look", N_("“%(name)s” is too large to be read as %(format)s: its content was not checked. Please look at it.")),
}
ENCODING = N_("“%(name)s” is not in UTF-8 (but %(encoding)s). Please save it in UTF-8, so that umlauts arrive.")
UNEVEN = N_("“%(name)s”: %(count)d rows have more or fewer cells than there are headings. Please correct them.")
TYPE = N_("“%(name)s”, column “%(column)s”: %(count)d cells are not of the kind of the others.")
FORM: dict[str, str] = {
    "blank-label": N_("“%(name)s”: a column has no heading."),
    "duplicate-label": N_("“%(name)s”: two columns have the same heading."),
    "blank-row": N_("“%(name)s”: there are empty rows."),
    "blank-header": N_("“%(name)s”: there are no headings."),
}
UNREACHABLE = N_("The address of “%(name)s” could not be reached: %(why)s")
# the first bytes of formats that are no text
SIGNS: dict[str, tuple[bytes, ...]] = {
    "PDF": (b"%PDF",), "PNG": (b"\x89PNG",), "JPEG": (b"\xff\xd8\xff",), "JPG": (b"\xff\xd8\xff",), "TIFF": (b"II*\x00", b"MM\x00*"),
    "GPKG": (b"SQLite format 3\x00",), "PARQUET": (b"PAR1",), "XLS": (b"\xd0\xcf\x11\xe0",), "GZIP": (b"\x1f\x8b",),
}  # fmt: skip
PACKED = frozenset({"ZIP", "SHP", "ODS", "XLSX", "DOCX", "KMZ"})
MARKUP = frozenset({"XML", "GML", "KML", "RDF", "RDF_XML"})


def check(subject: Subject) -> Iterator[Verdict]:
    """Each uploaded file: does it open, encoding, evenness, form."""
    for file in subject.files:
        if file.path is None:
            continue
        tables = subject.scans.get(file.id)
        code = tables.code if isinstance(tables, Broken) else _wrong(file.path, file.format.upper()) if tables is None else ""
        if code:
            level, text = BROKEN[code]
            yield _about(file, code, level, text, format=file.format)
        for table in tables if isinstance(tables, list) else ():
            yield from _table(file, table)
        if isinstance(tables, list) and file.format.upper() in TEXT and tables:
            yield from _form(file, tables[0])


def check_links(subject: Subject) -> Iterator[Verdict]:
    """Addresses of files that lie elsewhere; only where the subject can ask (in the background)."""
    if subject.reach is None:
        return
    for file in subject.files:
        why = subject.reach(file.url) if file.path is None and file.url else None
        if why:
            yield Verdict(LINKS, "unreachable", "look", UNREACHABLE, {"name": file.name, "why": why}, file=file.id, sum=subject.sum)


def _about(file: File, code: str, level: Level, text: str, field: str = "", row: int | None = None, **values: object) -> Verdict:
    return Verdict(NAME, code, level, text, {"name": file.name, **values}, field=field, file=file.id, row=row, sum=file.sum)


def _wrong(path: Path, kind: str) -> str:
    """Why a file that is no table is not what it says; "" when nothing speaks against it."""
    with path.open("rb") as file:
        first = file.read(512)
    if not first:
        return "empty"
    if kind in SIGNS and not first.startswith(SIGNS[kind]):
        return "wrong_format"
    if kind in PACKED and not zipfile.is_zipfile(path):
        return "wrong_format"
    if kind in MARKUP and not first.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<") and b"\x00<" not in first and b"<\x00" not in first:
        return "wrong_format"
    return ""


def _table(file: File, table: Scan) -> Iterator[Verdict]:
    if table.encoding not in ("", "utf-8"):
        yield _about(file, "encoding", "look", ENCODING, encoding=table.encoding)
    if table.uneven:
        yield _about(file, "uneven", "look", UNEVEN, count=table.uneven)
    for column in table.columns:
        if column.type_errors:
            yield _about(
                file, "type", "look", TYPE, field=column.label, row=column.first_type_error, column=column.label,
                count=column.type_errors, type=column.type,
            )  # fmt: skip


def _form(file: File, table: Scan) -> Iterator[Verdict]:
    found = frictionless_errors(file, table.delimiter)
    for kind, text in FORM.items():
        if found[kind]:
            yield _about(file, kind, "look", text)


def frictionless_errors(file: File, delimiter: str) -> Counter[str]:
    """Kinds of errors that frictionless finds in the first rows, with their numbers. It reads the sample only: bytes, never
    an address or a descriptor, and nothing of a cell is kept.
    """
    import frictionless
    from frictionless.formats import CsvControl

    assert file.path is not None
    name = encoding(file.path)
    with file.path.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    if len(sample) == SAMPLE_BYTES:  # whole lines
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    text = sample.decode(name, errors="replace").encode()
    resource = frictionless.Resource(
        data=text, format="csv", encoding="utf-8", dialect=frictionless.Dialect(controls=[CsvControl(delimiter=delimiter)])
    )
    checklist = frictionless.Checklist(pick_errors=[*FORM])
    report = resource.validate(checklist, limit_rows=SAMPLE_ROWS, limit_errors=100)
    return Counter(error.type for task in report.tasks for error in task.errors)
