"""The next one of a published series goes on the fast track; whatever differs does not."""

from __future__ import annotations

import json

import ckan.plugins.toolkit as tk
import pytest

from ckanext.datenplattform.review import series, tracks
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")
ROWS = "nr,art\n1,Linde\n2,Eiche\n"
SAID = {"in_series": [{"title": "Baumkataster der Stadt"}], "license_attribution_by_text": "Stadt Musterstadt"}


@pytest.fixture
def town(tmp_path):
    """A unit with its steward and a board; a dataset of the series is published."""

    class Town:
        unit = f.unit("geodaten")
        members = f.board()

        def __init__(self):
            self.steward = f.editor_of(self.unit)["name"]
            first = self.next("2025")
            assert first["track"] == "normal"
            for member in self.members[:3]:
                f.act("review_vote", member["name"], case_id=first["id"], vote="approve")

        def next(self, year, rows=ROWS, unit=None, record=None, wishes=None, **said):
            unit = unit or self.unit
            made = f.harvested(unit, tmp_path, rows, year, **{**SAID, "title": f"Baumkataster {year}", **said})["id"]
            if record:
                f.act("inventory_record_patch", id=made, **record)
            who = self.steward if unit is self.unit else f.editor_of(unit)["name"]
            return f.act("review_submit", who, package_id=made, **(wishes or {}))

    return Town()


def test_the_next_year_is_decided_by_the_lead_alone(town):
    case = town.next("2026", "nr,art\n1,Ahorn\n")
    assert case["track"] == "fast"
    lead = town.members[4]
    seat = next(role["unit"] for role in f.act("role_list") if role["user_id"] == lead["id"])
    f.act("role_grant", user=lead["name"], role="board_lead", unit=seat)
    assert f.act("review_decide", lead["name"], case_id=case["id"], decision="approve")["state"] == "published"


@pytest.mark.parametrize(
    ("other", "track"),
    [
        ({"rows": "nr,art,hoehe\n1,Linde,12\n"}, "normal"),
        ({"rows": "art,nr\nLinde,1\n"}, "normal"),
        ({"license_id": "cc-zero"}, "normal"),
        ({"in_series": [{"title": "Andere Reihe"}]}, "normal"),
        ({"in_series": []}, "normal"),
        ({"record": {"personal_data": "aggregated"}}, "full"),
        ({"record": {"kritis": "unclear"}}, "full"),
        ({"record": {"agreement": "Vertrag 7"}}, "full"),
        ({"rows": "nr,art\n1,Erika Meier\n2,Linde\n3,Eiche\n4,Ahorn\n5,Buche\n"}, "full"),
        ({"wishes": {"track": "normal"}}, "normal"),
        ({"wishes": {"standing_release": {"until": "2099-01-01"}}}, "normal"),
    ],
)
def test_what_differs_is_for_the_board(town, other, track):
    assert town.next("2026", **other)["track"] == track


def test_the_series_of_another_unit_does_not_count(town):
    assert town.next("2026", unit=f.unit("fremd"))["track"] == "normal"


def test_after_a_withdrawal_the_board_decides_again(town):
    published = tk.get_action("package_search")({"ignore_auth": True}, {"fq": "title:2025", "include_private": True})["results"]
    [first] = [found["id"] for found in published] or [None]
    f.act("review_withdraw", town.steward, package_id=first, reason="Fehler")
    assert town.next("2026")["track"] == "normal"


def test_names_of_series():
    stored = json.dumps([{"title": "bäume der stadt"}])
    assert series.names({"in_series": [{"title": " Bäume  der Stadt "}]}) == series.names({"in_series": stored})
    assert series.names({"in_series": [{"title": "a", "uri": "https://e.org/1"}]}) == {"https://e.org/1"}
    assert series.names({"in_series": [{}]}) == series.names({}) == frozenset()


@pytest.mark.parametrize("kind", ["revision", "standing_release", "entry"])
def test_only_a_publication_goes_on(kind):
    assert tracks.proposed(kind, {}, ("license_id",), True, goes_on=True) == "normal"
