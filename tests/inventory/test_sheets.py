"""Spreadsheets of strangers: what is read, what is refused, and in which words. Pure: no CKAN."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.inventory import columns, sheet_template, sheets
from ckanext.datenplattform.inventory.columns import BY_NAME, COLUMNS, Column
from ckanext.datenplattform.inventory.problems import SheetError


def xlsx(rows: list[list[Any]], change: Any = None) -> bytes:
    """A workbook with one sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, part: str, change: Any) -> bytes:
    """The same package with one part changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return file.getvalue()


def refused(content: bytes) -> str:
    """The English words of the refusal."""
    with pytest.raises(SheetError) as error:
        sheets.read(content)
    return error.value.problems[0].template


def test_xlsx_and_csv_say_the_same():
    rows = [["Titel", "Jahr", "Beginn"], ["Bäume", 1998, datetime(2020, 5, 1)], [], ["Straßen", 2.5, None]]
    table = sheets.read(xlsx(rows))
    assert table.head == ["Titel", "Jahr", "Beginn"]
    assert [number for number, _cells in table.rows] == [2, 4]
    assert [columns.text_of(cell) for cell in table.rows[0][1]] == ["Bäume", "1998", "01.05.2020"]
    assert table.rows[1][1] == ["Straßen", 2.5]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_csv_in_each_spelling(encoding, mark):
    text = f'Titel{mark}Beschreibung\r\nBäume{mark}"Groß{mark} ""alt""\nund schön"\r\n'
    table = sheets.read(text.encode(encoding))
    assert table.head == ["Titel", "Beschreibung"]
    assert table.rows == [(2, ["Bäume", f'Groß{mark} "alt"\nund schön'])]


def test_excels_own_line_for_the_separator_is_a_row():
    assert sheets.read(b"sep=;\r\nTitel;x\r\na;b\r\n").rows == [(3, ["a", "b"])]


@given(st.lists(st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20), min_size=2, max_size=4),
                min_size=2, max_size=5))  # fmt: skip
def test_any_text_comes_through_csv(rows):
    rows = [["Titel", "Text"], *([f"x{cell}" for cell in row] for row in rows)]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=";").writerows(rows)
    assert [cells for _number, cells in sheets.read(buffer.getvalue().encode()).rows] == rows[1:]


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"Titel;x\n"]))
def test_any_bytes_are_read_or_refused_in_words(content, start):
    try:
        sheets.read(start + content)
    except SheetError as error:
        assert error.problems[0].text


@given(st.integers(0, 4000), st.binary(min_size=1, max_size=30))
def test_a_damaged_workbook_is_refused_in_words(place, noise):
    content = xlsx([["Titel"], ["a"]])
    try:
        sheets.read(content[:place] + noise + content[place + len(noise) :])
    except SheetError as error:
        assert error.problems[0].text


def test_formulas_errors_and_merged_cells_are_told_at_their_cell():
    content = xlsx([["Titel", "Zahl"], ["=1+1", "a"], ["b", "#REF!"], ["c", "d"]], lambda sheet: sheet.merge_cells("A4:B4"))
    assert [(problem.cell, problem.template.split()[0]) for problem in sheets.read(content).problems] == [
        ("A4", "These"), ("A2", "Here"), ("B3", "Here"),
    ]  # fmt: skip


def test_what_is_no_spreadsheet_is_refused_in_words():
    assert "empty" in refused(b"")
    assert "empty" in refused(b"\xef\xbb\xbf\r\n;;\r\n")
    assert "empty" in refused(xlsx([]))
    assert "old Excel" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 100)
    assert "neither" in refused(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    assert "damaged" in refused(b"PK\x03\x04" + b"x" * 50)
    assert "damaged" in refused(xlsx([["a"], ["b"]])[:-200])
    assert "breaks off" in refused(b'Titel;x\n"a;b\n')
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    assert "LibreOffice" in refused(file.getvalue())
    with zipfile.ZipFile(file := io.BytesIO(xlsx([["a"]])), "a") as package:
        package.writestr("xl/vbaProject.bin", b"x")
    assert "macros" in refused(file.getvalue())


def test_bombs_are_not_opened(monkeypatch):
    assert "larger" in refused(b"x" * (sheets.LARGEST + 1))
    bomb = repacked(xlsx([["a"]]), "xl/worksheets/sheet1.xml", lambda _old: b" " * 60_000_000)
    assert len(bomb) < 100_000
    monkeypatch.setattr(openpyxl, "load_workbook", lambda *_a, **_k: pytest.fail("opened"))
    assert "unpacks" in refused(bomb)
    assert "unpacks" in refused(repacked(xlsx([["a"]]), "xl/styles.xml", lambda _old: bytes(range(256)) * 90_000))


def test_a_lie_about_the_size_is_noticed():
    content = bytearray(repacked(xlsx([["a"]]), "xl/worksheets/sheet1.xml", lambda old: old + b" " * 900_000))
    # the central directory says 1,000 bytes
    place = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/worksheets/sheet1.xml"))
    content[place + 24 : place + 28] = (1000).to_bytes(4, "little")
    assert refused(bytes(content))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
@pytest.mark.parametrize("evil", [
    b'<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]>', b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
])  # fmt: skip
def test_entities_are_refused(part, evil):
    content = repacked(xlsx([["a"], ["b"]]), part, lambda old: re.sub(rb"^(<\?xml.*?\?>)?", rb"\1" + evil, old, count=1))
    assert "instructions" in refused(content)


def test_wide_and_long_sheets_are_refused():
    assert "columns" in refused(xlsx([["x"] * (sheets.MOST_COLUMNS + 1)]))
    assert "columns" in refused(xlsx([["Titel"], ["a"]], lambda sheet: sheet.cell(2, 16384, "x")))
    assert "rows" in refused(b"Titel\n" + b"a\n" * (sheets.MOST_ROWS + 1))
    far = sheets.read(xlsx([["Titel"], ["a"]], lambda sheet: sheet.cell(90_000, 1, "weit unten")))
    assert [number for number, _cells in far.rows] == [2, 90_000]
    long = sheets.read(b"Titel\n" + b"a" * (sheets.LONGEST_CELL + 1) + b"\n")
    assert [problem.cell for problem in long.problems] == ["A2"]


# cells and values


@given(st.text(max_size=30))
def test_no_exported_cell_is_a_formula_and_all_come_back(text):
    shown = columns.cell_of(BY_NAME["notes"], text, {})
    assert not shown.startswith(("=", "+", "-", "@", "\t", "\r"))
    before = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if not text[:1].isspace() and not (text[:1] == "'" and text[1:2] in columns.FORMULA):
        assert columns.text_of(shown) == before


@given(st.dates(date(1000, 1, 1), date(9999, 12, 31)))
def test_days_come_back(day):
    column = BY_NAME["agreement_until"]
    assert columns.value(column, columns.cell_of(column, day.isoformat(), {}), {}) == day.isoformat()
    assert columns.value(column, day, {}) == day.isoformat()


@pytest.mark.parametrize("text", ["12/31/2027", "31.02.2027", "bald", "46387", "2027", "1.1.27"])
def test_what_is_no_date(text):
    with pytest.raises(columns.BadCell):
        columns.value(BY_NAME["openness_review_on"], text, {})


def test_codes_by_word_code_and_case():
    choices = columns.choices_by_word({"a": "Ja, gern", "b": "nein", "c": "Doppelt", "d": "doppelt"})
    one, several = Column("x", "record", "choice"), Column("x", "record", "multi")
    assert [columns.value(one, cell, choices) for cell in ("JA,  gern", "a", "Nein ")] == ["a", "a", "b"]
    assert columns.value(several, "nein; ja, gern\nA", choices) == ["b", "a"]
    with pytest.raises(columns.BadCell):
        columns.value(one, "Doppelt", choices)
    assert columns.value(one, "d", choices) == "d"


def test_headings():
    labels = {"title": ["Titel"], "owner_org": ["Zuständige Stelle"], "notes": ["Beschreibung"]}
    heads = columns.match([" titel *", None, "Zuständige  Stelle:", "Farbe", "Titel"], labels)
    assert {place: column.name for place, column in heads.columns.items()} == {0: "title", 2: "owner_org"}
    assert (heads.unknown, heads.twice, heads.missing) == ([(3, "Farbe")], [(4, "Titel")], [])
    assert [column.name for column in columns.match(["Beschreibung"], labels).missing] == ["title", "owner_org"]


@given(st.integers(0, 18_000))
def test_letters_are_those_of_excel(number):
    assert columns.letter(number) == openpyxl.utils.get_column_letter(number + 1)


# the template


def test_the_template_has_lists_help_and_an_example():
    told = [
        sheet_template.Told(column, f"Kopf {column.name}", "Hilfe.", "Beispiel" if column.name == "key" else "",
                            ["eins", "zwei"] if column.kind in ("choice", "multi") else ())
        for column in COLUMNS
    ]  # fmt: skip
    content = sheet_template.xlsx(told, {"data": "Datensätze", "lists": "Listen", "guide": "Anleitung"}, ["Zeile"])
    sheet = openpyxl.load_workbook(io.BytesIO(content))["Datensätze"]
    assert sheet.freeze_panes == "C2"
    assert [cell.comment.text for cell in sheet[1]][:2] == ["Hilfe.\n(Beispiel)", "Hilfe."]
    found = {str(item.sqref).split(":")[0]: item for item in sheet.data_validations.dataValidation}
    assert len(found) == sum(column.kind in ("choice", "multi") for column in COLUMNS)
    unit = found["C2"]
    assert (unit.formula1, unit.showErrorMessage) == ("'Listen'!$A$2:$A$3", True)
    table = sheets.read(content)
    assert table.head == [item.label for item in told]
    assert not table.problems
    assert sheets.read(sheet_template.empty_csv(told)).head == table.head
