"""The language of `$filter` and the ids: whatever is written is read back as it was meant, or refused; nothing else happens."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.timeseries.sta import filters, ids, matching, options
from ckanext.datenplattform.timeseries.sta.filters import Both, Comparison, Function, Opposite, Refused

NAMES = st.from_regex(r"[a-zA-Z_äß][a-zA-Z0-9_]{0,8}", fullmatch=True).filter(
    lambda name: name not in {*filters.COMPARISONS, "and", "or", "not", "true", "false", "null"}
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
VALUES = st.one_of(
    st.text(max_size=20), st.integers(-(10**12), 10**12), st.booleans(), st.none(),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3)),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone.utc)),
)  # fmt: skip
ATOMS = st.one_of(
    st.builds(Comparison, PATHS, st.sampled_from(filters.COMPARISONS), VALUES),
    st.builds(Function, st.sampled_from(filters.FUNCTIONS), PATHS, st.text(max_size=10)),
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(st.builds(Both, st.booleans(), st.lists(inner, min_size=2, max_size=3).map(tuple)), st.builds(Opposite, inner)),
    max_leaves=8,
)


def written(found: Any) -> str:
    """An expression as somebody would write it, with all its brackets."""
    if isinstance(found, Both):
        return "(" + (" and " if found.every else " or ").join(map(written, found.parts)) + ")"
    if isinstance(found, Opposite):
        return f"not ({written(found.inner)})"
    path = "/".join(found.path)
    if isinstance(found, Function):
        text = _value(found.value)
        return f"{found.name}({text}, {path})" if found.name == "substringof" else f"{found.name}({path},{text})"
    return f"{path} {found.operator} {_value(found.value)}"


def _value(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else repr(value)


@given(EXPRESSIONS)
def test_what_is_written_is_read_back(expression: Any):
    assert filters.parse(written(expression)) == expression


def _jumble(*pieces: str) -> Any:
    """Any text, or pieces of the language in any order."""
    return st.text(max_size=200) | st.lists(st.sampled_from(pieces)).map("".join)


@given(_jumble("(", ")", "not ", "and ", "or ", "a ", "eq ", "1 ", "'x' ", ",", "startswith("))
def test_any_text_is_read_or_refused(text: str):
    try:
        filters.parse(text)
    except Refused as error:
        assert error.status in (400, 501)
        assert len(error.text % error.values if error.values else error.text) < 300


@given(_jumble("Datastreams", "(", ")", ";", ",", "/", "$top=", "5", "$expand=", "'", "$filter="))
def test_any_expansion_is_read_or_refused(text: str):
    try:
        options.options([("$expand", text), ("$orderby", text), ("$select", text)])
    except Refused as error:
        assert error.status in (400, 501)


@given(EXPRESSIONS, st.dictionaries(NAMES, VALUES))
def test_an_expression_holds_or_its_opposite(expression: Any, entity: dict[str, Any]):
    entity = {name: _value(value) if isinstance(value, datetime) else value for name, value in entity.items()}
    holds = matching.fits(expression, lambda path: entity.get(path[-1]))
    assert matching.fits(Opposite(expression), lambda path: entity.get(path[-1])) is not holds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a eq 1 or b eq 2 and c eq 3", "(a eq 1 or (b eq 2 and c eq 3))"),
        ("not a eq 1 and b eq 2", "(not (a eq 1) and b eq 2)"),
        ("5 lt a", "a gt 5"),
        ("startswith(a,'x') eq false", "not (startswith(a,'x'))"),
        ("a eq 2026-03-29T05:30:00+02:00", "a eq 2026-03-29T03:30:00Z"),
        ("a eq 2026-03-29T05:30:00.123456789Z", "a eq 2026-03-29T05:30:00.123456Z"),
    ],
)
def test_what_binds_how(text: str, expected: str):
    assert filters.parse(text) == filters.parse(expected)


def test_a_period_is_before_its_end_and_after_its_beginning():
    day = "2026-03-29T00:00:00Z/2026-03-30T00:00:00Z"
    for text, expected in (
        ("t lt 2026-03-29T12:00:00Z", False), ("t gt 2026-03-29T12:00:00Z", False), ("t lt 2026-03-31T00:00:00Z", True),
        ("t ge 2026-03-29T00:00:00Z", True), ("t le 2026-03-30T00:00:00Z", True), ("t eq 2026-03-29T00:00:00Z", False),
    ):  # fmt: skip
        assert matching.fits(filters.parse(text), lambda path: day) is expected, text


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=6), st.integers(-10, 10), st.integers(-10, 10))
def test_a_point_in_a_polygon_stays_there_however_it_is_written(corners: list[tuple[int, int]], x: int, y: int):
    def touches(points: list[tuple[int, int]]) -> bool:
        text = f"geo.intersects(p, geography'POLYGON (({', '.join(f'{a} {b}' for a, b in points)}))')"
        return matching.fits(filters.parse(text), lambda path: {"type": "Point", "coordinates": [x, y]})

    first = touches(corners)
    assert touches([*corners[1:], corners[0]]) is first
    assert touches([*reversed(corners)]) is first
    assert touches([*corners, corners[0]]) is first
    outside = x < min(a for a, _ in corners) or x > max(a for a, _ in corners) or y < min(b for _, b in corners)
    assert not (outside and first)
    assert touches([(x - 1, y - 1), (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1)])


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))), min_size=1, max_size=3))
def test_ids_lead_back_to_their_parts(parts: list[str]):
    made = ids.joined(*parts)
    assert ids.parts(made) == parts
    assert made.isascii()
    assert not set(made) & set("/?#%'() \"")


@given(st.text(max_size=40))
def test_there_is_one_id_for_each_entity(text: str):
    parts = ids.parts(text)
    assert parts is None or ids.joined(*parts) == text


@given(st.datetimes(datetime(2, 1, 1), timezones=st.just(timezone.utc)))
def test_times_in_ids_lead_back(moment: datetime):
    assert ids.moment(str(ids.micros(moment))) == moment


@pytest.mark.parametrize("text", ["", "x", "1.5", "01", "+1", " 1", "-0", "9" * 18, "٣"])
def test_odd_times_in_ids_are_none(text: str):
    assert ids.moment(text) is None
