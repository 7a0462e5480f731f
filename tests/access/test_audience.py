"""The table of who sees what, as pure function."""

import itertools

import pytest

from ckanext.datenplattform.access import audience

READERS = ("anonymous", "staff", "editor", "board", "dataspace")

# the design's table: state → levels in the order of READERS
TABLE = {
    "draft": (None, None, "all", None, None),
    "internal": (None, "entry", "all", "entry", "data"),
    "in_review": (None, "entry", "all", "all", "data"),
    "changes_requested": (None, "entry", "all", "all", "data"),
    "refused": (None, "entry", "all", "all", "data"),
    "published": ("data", "data", "all", "all", "data"),
    "withdrawn": (None, "entry", "all", "all", "data"),
    "deleted": (None, None, None, None, None),
}


@pytest.mark.parametrize(("state", "reader"), itertools.product(TABLE, READERS))
def test_table(state, reader):
    assert audience.level(state, False, [reader]) == TABLE[state][READERS.index(reader)]


@pytest.mark.parametrize("state", TABLE)
def test_confidential_hides_from_staff_until_published(state):
    assert audience.level(state, True, ["staff"]) == ("data" if state == "published" else None)
    assert audience.level(state, True, ["editor"]) == TABLE[state][2]


def test_highest_role_counts():
    assert audience.level("internal", False, ["anonymous", "staff", "dataspace"]) == "data"


@pytest.mark.parametrize(
    ("package_state", "published", "review", "expected"),
    [
        ("draft", False, None, "draft"),
        ("draft", True, None, "draft"),
        ("active", False, None, "internal"),
        ("active", False, "refused", "refused"),
        ("active", True, "in_review", "published"),
        ("deleted", True, None, "deleted"),
    ],
)
def test_state(package_state, published, review, expected):
    assert audience.state_of(package_state, published, review) == expected
