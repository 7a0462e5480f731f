"""Rows as text for COPY, and the gate of a published series: pure."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.timeseries.rows import Reader, as_tuples, copy_lines
from ckanext.datenplattform.timeseries.scope import gate

NOW = datetime(2026, 11, 23, 12, tzinfo=timezone.utc)
COLUMNS = ("stream", "time", "value", "quality")


def test_what_is_no_number_becomes_null_with_a_quality():
    rows = [("a", NOW, value, None) for value in (float("nan"), float("inf"), "NaN", "-Infinity", 1.5)]

    cells = [row[2:] for row in as_tuples(rows, COLUMNS)]

    assert cells == [[None, "nan"]] * 4 + [[1.5, None]]


@pytest.mark.parametrize("time", ["2026-11-23T12:00:00", datetime(2026, 11, 23, 12), "", None, "gestern"])
def test_a_time_without_offset_is_refused(time: object):
    with pytest.raises(ValueError, match="offset"):
        list(as_tuples([("a", time, 1, None)], COLUMNS))


def test_a_row_without_stream_is_refused():
    with pytest.raises(ValueError, match="row"):
        list(as_tuples([{"time": NOW, "value": 1}], COLUMNS))


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2)), st.integers(1, 40))
def test_text_comes_through_copy_whatever_it_holds(rows: list[list[str]], size: int):
    reader = Reader(copy_lines(rows))
    text = ""
    while piece := reader.read(size):
        assert len(piece) <= size
        text += piece
    lines = text.split("\n")[:-1]
    assert len(lines) == len(rows)
    back = {"\\\\": "\\", "\\n": "\n", "\\r": "\r", "\\t": "\t"}
    for line, row in zip(lines, rows, strict=True):
        cells = line.split("\t")
        plain = []
        for cell in cells:
            out, at = "", 0
            while at < len(cell):
                pair = cell[at : at + 2]
                out, at = (out + back[pair], at + 2) if pair in back else (out + cell[at], at + 1)
            plain.append(out)
        assert plain == [cell.replace("\x00", "") for cell in row]


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
