"""The columns of the spreadsheet: which there are, and how a cell becomes a value and a value a cell. Knows nothing of CKAN.

A row is found again by its key within the unit, or by the identifier that an export carries. An empty cell says
nothing; a single minus sign empties the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from ..core.sheets import FORMULA, harmless
from . import record

KEY, ID, UNIT, TITLE, FORMATS = "key", "id", "owner_org", "title", "res_format"
CLEAR: Final = "-"
# how a spreadsheet program would be made to compute; also what a cell must not begin with in an export
# the example row of the template
EXAMPLE_KEY = "beispiel"


@dataclass(frozen=True)
class Column:
    """One column. `place`: who owns the fact, "dataset" (public-able), "record" (internal) or "row" (the spreadsheet).

    `kind`: as in `record.Kind`, besides "tags" (words with commas) and "lines" (several free texts). `part`: the
    subfield of the dataset's first entry where the field is a list of such. `written` is false for what only exports hold.
    """

    name: str
    place: str
    kind: str = "line"
    part: str = ""
    written: bool = True

    @property
    def field(self) -> str:
        """The name of the field that it belongs to."""
        return self.name.partition(".")[0]

    @property
    def several(self) -> bool:
        """Whether a value is a list."""
        return self.kind in ("multi", "datasets", "tags", "lines")


def _parts(field_name: str, /, **kinds: str) -> list[Column]:
    return [Column(f"{field_name}.{part}", "dataset", kind, part) for part, kind in kinds.items()]


DATASET = (
    Column("notes", "dataset", "text"),
    Column("theme", "dataset", "multi"),
    Column("tag_string", "dataset", "tags"),
    Column("frequency", "dataset", "choice"),
    Column("available_formats", "dataset", "multi"),
    *_parts("temporal_coverage", start="date", end="date"),
    *_parts("spatial_coverage", text="line"),
    Column("license_id", "dataset", "choice"),
    Column("license_attribution_by_text", "dataset"),
    Column("access_rights", "dataset", "choice"),
    Column("hvd_category", "dataset", "multi"),
    Column("applicable_legislation", "dataset", "lines"),
    *_parts("contact", name="line", email="email"),
    Column("language", "dataset", "multi"),
    Column("url", "dataset"),
    Column("documentation", "dataset", "lines"),
    Column("provenance", "dataset", "text"),
    Column("conforms_to", "dataset", "lines"),
    Column("version", "dataset"),
)
RECORD = tuple(Column(item.name, "record", item.kind) for item in record.FIELDS)
COLUMNS = (
    Column(KEY, "row"),
    Column(TITLE, "dataset"),
    Column(UNIT, "dataset", "choice"),
    *DATASET,
    *RECORD,
    Column(FORMATS, "row", "lines", written=False),
    Column(ID, "row"),
)
BY_NAME = {column.name: column for column in COLUMNS}


class BadCell(Exception):
    """What stands in a cell does not fit. `code`: "list" (not in the closed list) or "date"; `value`: what it was."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code, self.value = code, value[:80]


def fold(text: str) -> str:
    """The form in which headings and words of lists are compared: no case, single spaces, no final star or colon."""
    return re.sub(r"\s+", " ", text).strip().rstrip("*:").strip().casefold()


def letter(number: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    found, number = "", number + 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


@dataclass
class Heads:
    """What the headings say: column by place; and what is wrong, as (place, heading)."""

    columns: dict[int, Column] = field(default_factory=dict)
    unknown: list[tuple[int, str]] = field(default_factory=list)
    twice: list[tuple[int, str]] = field(default_factory=list)
    missing: list[Column] = field(default_factory=list)


def match(headings: Sequence[Any], labels: Mapping[str, Sequence[str]]) -> Heads:
    """Find the columns of a heading row.

    :param headings: the cells of the row
    :param labels: {name of a column: the headings that it may bear}
    """
    known = {fold(text): BY_NAME[name] for name, texts in labels.items() for text in (*texts, name)}
    heads = Heads()
    for place, heading in enumerate(headings):
        if heading is None or not str(heading).strip():
            continue
        column = known.get(fold(str(heading)))
        if column is None:
            heads.unknown.append((place, str(heading).strip()[:80]))
        elif column in heads.columns.values():
            heads.twice.append((place, str(heading).strip()[:80]))
        else:
            heads.columns[place] = column
    there = {column.name for column in heads.columns.values()}
    # with identifiers a list of single fields is enough
    if ID not in there:
        heads.missing = [BY_NAME[name] for name in (TITLE, UNIT) if name not in there]
    return heads


def text_of(cell: Any, days: str = "%d.%m.%Y") -> str:
    """A cell as text: whole numbers without point, moments as days, no surrounding space, one kind of line break."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.strftime(days)
    text = str(cell).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    # what an export put before it to stop the spreadsheet from computing
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA else text


def is_clear(cell: Any) -> bool:
    """Whether the cell empties its field."""
    return isinstance(cell, str) and cell.strip() == CLEAR


def value(column: Column, cell: Any, choices: Mapping[str, str]) -> Any:
    """The value of a cell: a text, a code, a list of codes, a day as YYYY-MM-DD (also YYYY or YYYY-MM for the public part).

    :param choices: {folded word or code: code} of the closed list, empty for free text
    :raises BadCell: it does not fit
    """
    if column.kind == "date":
        return _day(cell, loose=column.place == "dataset")
    text = text_of(cell)
    if column.kind == "choice":
        return _code(text, choices)
    if column.kind == "multi":
        if fold(text) in choices:
            return [choices[fold(text)]]
        return list(dict.fromkeys(_code(item, choices) for item in _split(text, ";\n")))
    if column.kind == "tags":
        return sorted(set(_split(text, ",;\n")))
    if column.kind == "datasets":
        return _split(text, ";\n")
    if column.kind == "lines":
        return list(dict.fromkeys(_split(text, "\n")))
    if column.kind in ("line", "email"):
        return re.sub(r"\s*\n\s*", " ", text)
    return text


def _split(text: str, marks: str) -> list[str]:
    return [item.strip() for item in re.split(f"[{marks}]", text) if item.strip()]


def _code(text: str, choices: Mapping[str, str]) -> str:
    if fold(text) not in choices:
        raise BadCell("list", text)
    return choices[fold(text)]


_GERMAN = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")


def _day(cell: Any, loose: bool) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = text_of(cell)
    found = _GERMAN.fullmatch(text)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1])).isoformat()
        if loose and re.fullmatch(r"(1[0-9]|20)\d\d(-(0[1-9]|1[0-2]))?", text):
            return text
        return date.fromisoformat(text[:10] if re.fullmatch(r"\d{4}-\d\d-\d\d([T ].*)?", text) else text).isoformat()
    except ValueError:
        raise BadCell("date", text) from None


def choices_by_word(codes: Mapping[str, str]) -> dict[str, str]:
    """{folded word or code: code} of a closed list {code: word}; a word that two codes share names none of them."""
    words = [fold(word) for word in codes.values()]
    found = {fold(word): code for code, word in codes.items() if words.count(fold(word)) == 1}
    return {**found, **{fold(code): code for code in codes}}


def printable(text: str) -> str:
    """The text without characters that XML does not know."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)


def cell_of(column: Column, found: Any, codes: Mapping[str, str]) -> str:
    """A value as the cell of an export: codes as words, lists with semicolons or line breaks, days as 31.12.2027."""
    if found in (None, "", []):
        return ""
    items = found if isinstance(found, list) else [found]
    texts = [str(codes.get(str(item), item)) for item in items]
    if column.kind == "date":
        texts = [_german(text) for text in texts]
    mark = {"tags": ", ", "lines": "\n", "datasets": "\n"}.get(column.kind, "; ")
    return harmless(mark.join(texts))


def _german(text: str) -> str:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text)
    return f"{found[3]}.{found[2]}.{found[1]}" if found else text


def same(column: Column, old: Any, new: Any) -> bool:
    """Whether two values say the same; of lists the order counts only where they are free texts."""
    if column.several:
        left, right = list(old or []), list(new or [])
        return left == right if column.kind == "lines" else sorted(left) == sorted(right)
    return text_of(old) == text_of(new)
