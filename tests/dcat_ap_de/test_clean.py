"""Single values from others."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.dcat_ap_de import clean


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        (" 2020 ", "2020"),
        ("2020-05", "2020-05"),
        ("2020-05-04", "2020-05-04"),
        ("2020-05-04Z", "2020-05-04"),
        ("30.10.2013", "2013-10-30"),
        ("2022-02-14T13:45:00.000Z", "2022-02-14T13:45:00+00:00"),
        ("2022-02-14T13:45:00", "2022-02-14T13:45:00"),
        ("2022-02-14 13:45:00+01:00", "2022-02-14T13:45:00+01:00"),
    ],
)
def test_dates_that_are_dates(text, expected):
    assert clean.clean_date(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2021-01-28 GMT 01:51:03.34919300",
        "2020-02-30",
        "9999-12-31",
        "9999",
        "gestern",
        "20200504",
        "31.02.2020",
        "0000",
    ],
)
def test_dates_that_are_none(text):
    with pytest.raises(clean.BadDate):
        clean.clean_date(text)


@given(st.dates(min_value=date(1, 1, 1), max_value=date(8999, 12, 31)))
def test_every_day_survives_both_ways_of_writing(day):
    assert clean.clean_date(day.isoformat()) == day.isoformat()
    assert clean.clean_date(f"{day.day}.{day.month}.{day.year:04d}") == day.isoformat()


@given(st.text(max_size=60))
def test_no_text_breaks_the_cleaners(text):
    with contextlib.suppress(clean.BadDate):
        assert clean.clean_date(clean.clean_date(text)) == clean.clean_date(text)
    assert clean.clean_iri(clean.clean_iri(text)) == clean.clean_iri(text)
    assert clean.clean_duration(clean.clean_duration(text)) == clean.clean_duration(text)
    for cleaner in (clean.clean_text, clean.clean_email, clean.clean_geometry, clean.clean_number):
        assert isinstance(cleaner(text), str)
    for tag in clean.clean_tags([text]):
        assert 2 <= len(tag) <= 100
        assert clean.clean_tags([tag]) == [tag]


def test_addresses():
    assert clean.clean_iri("https://x.de/a b") == "https://x.de/a%20b"
    for text in (
        "javascript:alert(1)",
        "file:///etc/passwd",
        "x.de",
        "http://",
        "http://base.invalid/x",
        "http://[::1",
        None,
    ):
        assert clean.clean_iri(text) == ""
    assert clean.clean_email("mailto:a@b.de") == "a@b.de"
    assert clean.clean_email("http://base.invalid/office@finanzen.example") == "office@finanzen.example"
    assert clean.clean_email("kein at zeichen") == ""


def test_html_becomes_text_and_other_angles_stay():
    assert (
        clean.clean_text("<p>Eins.</p><p>Zwei&nbsp;&amp; drei</p><ul><li>a</li><li>b</li></ul>")
        == "Eins.\n\nZwei & drei\n\n- a\n- b"
    )
    assert clean.clean_text("<script>alert(1)</script><b>fett</b>") == "fett"
    assert clean.clean_text("a < b und b > c") == "a < b und b > c"


def test_keywords():
    assert clean.clean_tags(["Baum, Grün; x", "Baum", "a/b!", "C"]) == ["Baum", "Grün", "a b"]
