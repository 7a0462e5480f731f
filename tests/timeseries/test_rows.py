"""Rows as text for COPY, and the gate of a published series: pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.timeseries.rows import Reader, as_text, extent
from ckanext.datenplattform.timeseries.scope import gate

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
COLUMNS = ("stream", "time", "value", "quality")


PLAIN = st.text(st.characters(exclude_categories=["Cs"]))


def _back(text: str) -> list[list[str | None]]:
    """What COPY reads (PostgreSQL's documentation, COPY, "Text Format")."""
    back = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}

    def plain(cell: str) -> str | None:
        out, at = "", 0
        while at < len(cell):
            pair = cell[at : at + 2]
            out, at = (out + back[pair], at + 2) if pair in back else (out + cell[at], at + 1)
        return None if cell == "\\N" else out

    return [[plain(cell) for cell in line.split("\t")] for line in text.split("\n")[:-1]]


def test_what_is_no_number_becomes_null_with_a_quality():
    rows = [("a", NOW, value, None) for value in (float("nan"), float("inf"), "NaN", "-Infinity", 1.5, Decimal("NaN"))]

    cells = [row[2:] for row in _back("".join(as_text(rows, COLUMNS)))]

    assert cells == [[None, "nan"]] * 4 + [["1.5", None], [None, "nan"]]
    assert _back("".join(as_text([("a", NOW, float("nan"), "defekt")], COLUMNS)))[0][2:] == [None, "defekt"]


@pytest.mark.parametrize("time", ["2026-11-23T12:00:00", datetime(2026, 11, 23, 12), "", None, "gestern"])
def test_a_time_without_offset_is_refused(time: object):
    with pytest.raises(ValueError, match="offset"):
        list(as_text([("a", NOW, 1, None), ("a", time, 1, None)], COLUMNS))


@pytest.mark.parametrize("row", [{"time": NOW, "value": 1}, ("", NOW, 1, None), ("a", NOW, 1)])
def test_a_row_without_stream_or_without_a_cell_is_refused(row: object):
    with pytest.raises(ValueError, match="row"):
        list(as_text([("a", NOW, 1, None), row], COLUMNS))  # type: ignore[list-item]


@given(st.lists(st.lists(PLAIN, min_size=2, max_size=2)), st.integers(1, 40))
def test_text_comes_through_copy_whatever_it_holds(rows: list[list[str]], size: int):
    reader = Reader(as_text([("a", NOW, *row) for row in rows], ("stream", "time", "one", "two")))
    text = ""
    while piece := reader.read(size):
        assert len(piece) <= size
        text += piece
    assert [row[2:] for row in _back(text)] == [[cell.replace("\x00", "") for cell in row] for row in rows]


CELL = st.none() | st.booleans() | st.integers() | st.floats() | PLAIN | st.decimals() | st.datetimes() | st.lists(st.integers())


@given(st.lists(st.lists(CELL, min_size=2, max_size=2)))
def test_a_cell_is_the_same_text_whatever_stands_beside_it(rows: list[list[object]]):
    """A column of one kind is written in one go, a mixed one cell by cell: nobody sees a difference."""
    columns = ("stream", "time", "value", "one")
    given = [("a", NOW, *row) for row in rows]

    assert "".join(as_text(given, columns)) == "".join("".join(as_text([row], columns)) for row in given)


@given(st.lists(st.tuples(PLAIN, st.datetimes(timezones=st.timezones() | st.just(timezone.utc)), st.booleans()), min_size=1))
def test_the_extent_of_a_batch_leaves_nothing_outside(rows: list[tuple[str, datetime, bool]]):
    found = extent([(stream, time.isoformat() if as_words else time) for stream, time, as_words in rows], ("stream", "time"))

    if found is not None:
        ends = {stream: (first, last) for stream, first, last in found}
        assert set(ends) == {stream for stream, _, _ in rows}
        assert all(ends[stream][0] < time < ends[stream][1] for stream, time, _ in rows)


def test_times_or_streams_of_another_kind_have_no_extent():
    for row in (("a", "gestern"), ("a", datetime(2026, 1, 1)), ("a", None), (1, NOW), ("a\0", NOW), ("a",)):
        assert extent([row], ("stream", "time")) is None
    assert extent([{"stream": "a", "time": "2026-11-23T13:00:00+01:00"}], ("stream", "time")) is not None


def test_an_unpublished_series_has_no_gate():
    assert gate(False, None, COLUMNS, NOW).open


def test_a_published_series_without_standing_release_is_closed():
    assert gate(True, None, COLUMNS, NOW).closed
    assert gate(True, {"until": NOW}, COLUMNS, NOW).closed
    assert gate(True, {"until": NOW + timedelta(seconds=1)}, COLUMNS, NOW).open


def test_streams_resolution_and_columns_narrow_it():
    found = gate(True, {"streams": ["a"], "columns": ["value"], "resolution_seconds": 900, "until": None}, COLUMNS, NOW)

    assert found.parameters == (["a"], 900)
    assert found.columns == ("stream", "time", "value")
    assert found.held_back == ("quality",)
    assert not found.open
