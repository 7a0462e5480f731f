"""Standing releases: what is within flows, what is outside waits with its reasons, and the live version stays."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.datenplattform.core import signals
from ckanext.datenplattform.review.checks import arriving
from ckanext.datenplattform.timeseries import shared as timeseries
from ckanext.datenplattform.timeseries.scope import gate
from tests import factories as f

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
FIELDS = [
    {"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"},
    {"id": "note", "type": "text"}, {"id": "lat", "type": "numeric"},
]  # fmt: skip


class Series:
    """A published series with a standing release that the board has decided."""

    def __init__(self, **scope):
        self.unit = f.unit()
        self.steward = f.editor_of(self.unit)["name"]
        self.members = f.board()
        made = f.dataset(self.unit, self.steward, resources=[{"name": "Messwerte", "url_type": "datastore", "url": "x"}])
        self.id, self.resource = made["id"], made["resources"][0]["id"]
        timeseries.ensure_table(self.resource, FIELDS)
        f.act("inventory_record_patch", id=self.id, personal_data="none", openness="open")
        self.decide(f.act("review_submit", self.steward, package_id=self.id, standing_release={"until": "2099-01-01", **scope}))

    def decide(self, case):
        for member in self.members[:3]:
            case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
        assert case["state"] == "published"
        return case

    def write(self, *rows):
        """Rows (minutes, more values); {"written", "staged"}."""
        full = [{"stream": "a", "time": START + timedelta(minutes=minutes), "value": 1, **more} for minutes, more in rows]
        return timeseries.write_rows(self.resource, full)

    @property
    def live(self):
        return f.anonymous("datastore_search", resource_id=self.resource)["total"]

    def why(self):
        [found] = f.act("standing_release_list", self.members[0]["name"])
        return found["waiting"]["why"]


@pytest.mark.usefixtures("platform")
class TestFlow:
    def test_what_is_asked_for_is_what_the_board_decides(self):
        series = Series()
        [found] = f.act("standing_release_list", series.steward)
        assert found["scope"]["licence"] == "dl-de/by-2-0"
        assert found["scope"]["columns"] == ["lat", "note", "stream", "time", "value"]
        assert found["waiting"]["rows"] == 0
        assert series.write((0, {}), (15, {"note": "ruhig"})) == {"written": 2, "staged": 0}
        assert series.live == 2

    def test_resolution_in_time_and_space_stream_and_column(self):
        series = Series(resolution_seconds=900, resolution_metres=100, streams=["a"], columns=["value", "lat"])
        done = series.write((0, {"lat": "52.271"}), (15, {"lat": "52.27123"}), (7, {}), (30, {"stream": "b"}), (45, {"note": "x"}))
        assert done == {"written": 2, "staged": 4}
        assert series.live == 2
        assert series.why() == {"position": 1, "resolution": 1, "stream": 1, "column": 1}

    def test_personal_data_wait_and_the_rest_flows(self):
        series = Series()
        done = series.write((0, {"note": "ruhig"}), (15, {"note": "Frau Kanarienvogel rief an"}), (30, {"note": "erika.vogel@gmx.de"}))
        assert done == {"written": 1, "staged": 2}
        assert series.why() == {"personal_data": 2}
        assert "anarien" not in str(f.act("standing_release_list", series.members[0]["name"]))
        assert "anarien" not in str(f.anonymous("datastore_search", resource_id=series.resource)["records"])
        # a wider release does not let them through either
        case = f.act("standing_release_create", series.steward, package_id=series.id, reason="Mehr", until="2099-01-01")
        series.decide(case)
        assert (series.live, series.why()) == (1, {"personal_data": 2})

    def test_a_wider_release_lets_through_what_waited(self):
        series = Series(streams=["a"])
        assert series.write((0, {}), (15, {"stream": "b"}))["staged"] == 1
        series.decide(f.act("standing_release_create", series.steward, package_id=series.id, streams=["a", "b"], until="2099-01-01"))
        assert (series.live, series.why()) == (2, {})

    def test_values_of_a_new_column_wait_until_the_board_names_it(self):
        series = Series()
        names = [*timeseries.columns_of(series.resource), "other", "quality"]
        new = [{"id": "quality", "type": "text", "info": {"label": "Güte"}}, {"id": "other", "type": "jsonb"}]
        assert timeseries.ensure_table(series.resource, [*FIELDS, *new]) == names

        def write(*rows):
            full = [{"stream": "a", "time": START + timedelta(minutes=minutes), **more} for minutes, more in rows]
            return timeseries.write_rows(series.resource, full, names)

        # what has its value only in the new column waits as a whole; of the others what is released flows
        done = write((0, {"value": 1}), (15, {"value": 2, "quality": "gut"}), (30, {"quality": "schlecht"}), (45, {"other": {"a": [1]}}))
        assert done == {"written": 2, "staged": 3}
        assert (series.live, series.why()) == (2, {"column": 3})
        [found] = f.act("standing_release_list", series.members[0]["name"])
        assert found["waiting"]["columns"] == ["other", "quality"]
        # the same again changes nothing
        assert write((15, {"value": 2, "quality": "gut"})) == {"written": 0, "staged": 0}
        shown = f.anonymous("datastore_search", resource_id=series.resource)
        assert "quality" not in [field["id"] for field in shown["fields"]]
        # a decision that does not name it loses nothing; nor does one past the review
        series.decide(f.act("standing_release_create", series.steward, package_id=series.id, until="2098-01-01"))
        f.act("timeseries_waiting_release", resource_id=series.resource)
        assert (series.live, series.why()) == (2, {"column": 3})
        columns = [*(field["id"] for field in FIELDS), "quality"]
        series.decide(f.act("standing_release_create", series.steward, package_id=series.id, until="2099-01-01", columns=columns))
        shown = f.anonymous("datastore_search", resource_id=series.resource, sort="time")
        assert [record["quality"] for record in shown["records"]] == [None, "gut", "schlecht"]
        assert next(field for field in shown["fields"] if field["id"] == "quality")["info"] == {"label": "Güte"}
        assert series.why() == {"column": 1}
        # personal data in it wait still
        assert write((60, {"value": 1, "quality": "erika.vogel@gmx.de"})) == {"written": 0, "staged": 1}
        # what is withdrawn meanwhile is not lost either
        f.act("review_withdraw", series.steward, package_id=series.id, reason="Pause")
        assert write((75, {"value": 3, "other": {"b": 2}}))["staged"] == 1

    def test_a_new_licence_before_the_board_holds_all(self):
        series = Series()
        assert series.write((0, {}))["written"] == 1
        f.act("review_revision_create", series.steward, package_id=series.id, dataset={"license_id": "cc-zero"})
        assert series.write((15, {})) == {"written": 0, "staged": 1}
        assert (series.live, series.why()) == (1, {"licence": 1})
        series.decide(f.act("review_submit", series.steward, package_id=series.id))
        assert series.write((30, {})) == {"written": 0, "staged": 1}
        assert series.why() == {"licence": 2}

    def test_a_check_that_breaks_lets_nothing_pass(self, caplog):
        series = Series()

        def broken(package_id, **_):
            raise RuntimeError("Kanarienvogel")

        with signals.series_rows.connected_to(broken):
            assert series.write((0, {})) == {"written": 0, "staged": 1}
        assert series.why() == {"check_failed": 1}
        assert "Kanarienvogel" not in caplog.text

    def test_after_the_end_all_waits_and_who_may_not_know_sees_nothing(self):
        series = Series()
        f.act("standing_release_revoke", series.steward, package_id=series.id, reason="Ende")
        assert series.write((0, {})) == {"written": 0, "staged": 1}
        assert series.why() == {"no_release": 1}
        other = f.editor_of(f.unit("fremd"))["name"]
        assert f.act("standing_release_list", other) == []
        with pytest.raises(tk.NotAuthorized):
            f.act("standing_release_list", "")

    def test_the_board_sees_what_waits_and_discards_it_with_a_reason(self, app):
        series = Series()
        series.write((0, {"note": "ruhig"}), (15, {"note": "Frau Kanarienvogel rief an"}))

        def as_user(name):
            return {"Authorization": f.act("api_token_create", user=name, name="t")["token"]}

        page = "/gremium/dauerfreigaben"
        member = as_user(series.members[0]["name"])
        shown = app.get(page, headers=member).get_data(as_text=True)
        assert "vielleicht personenbezogen: 1" in shown
        assert "anarien" not in shown
        form = {"package_id": series.id, "deed": "discard"}
        refused = app.post(page, data={**form, "reason": ""}, headers=member, follow_redirects=False)
        assert refused.status_code == 200
        assert series.why() == {"personal_data": 1}
        stranger = as_user(f.editor_of(f.unit("fremd"))["name"])
        assert series.id not in app.get(page, headers=stranger).get_data(as_text=True)
        app.post(page, data={**form, "reason": "Neugier"}, headers=stranger)
        assert series.why() == {"personal_data": 1}
        done = app.post(page, data={**form, "reason": "Darin steht ein Name."}, headers=member, follow_redirects=False)
        assert done.status_code == 302
        assert (series.live, series.why()) == (1, {})
        last = f.act("review_history", series.members[0]["name"], package_id=series.id)["results"]
        event = next(item for item in last if item["kind"] == "waiting_discarded")
        assert (event["facts"]["rows"], event["text"]) == (1, "Darin steht ein Name.")
        # once is enough
        with pytest.raises(tk.ValidationError):
            f.act("standing_release_waiting_discard", series.members[0]["name"], package_id=series.id, reason="Noch einmal")
        app.post(page, data={**form, "deed": "revoke", "reason": "Ende"}, headers=member)
        assert series.write((30, {})) == {"written": 0, "staged": 1}
        assert app.get(page).status_code == 404


NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("scope", "codes"),
    [
        ({"licence": "cc-by"}, ["licence"]),
        ({"licence": "dl-de/by-2-0"}, []),
        ({"until": "2025-12-31T00:00:00Z"}, ["expired"]),
        ({"resolution_metres": 100}, ["position", "position"]),
        ({"resolution_metres": 100, "columns": ["value"]}, []),
    ],
)
def test_bounds(scope, codes):
    kinds = {"lat": "numeric", "location": "json", "value": "numeric"}
    found = gate(True, scope, ["stream", "time", "value", "lat", "location"], NOW, kinds, "dl-de/by-2-0")
    assert [clause.code for clause in found.clauses] == codes
    assert found.closed == (codes in (["licence"], ["expired"]))


@pytest.mark.parametrize(
    ("column", "values", "held"),
    [
        ("note", ["ruhig", "DE89 3704 0044 0532 0130 00"], 1),
        ("note", ["Erika Meier", "ruhig", "laut", "heiter"], 1),
        ("note", ["info@musterstadt.de", "0541 323-0"], 0),
        ("station", ["Klinikum", "Paul-Klee-Straße"], 0),
        ("nachname", ["Meier", "Schulz"], 2),
        ("stream", ["12345678911", "Zähler 4"], 0),
    ],
)
def test_what_waits_of_a_column(column, values, held):
    found = arriving.hits(column, values)
    assert len(found) == held
    assert set(found) <= set(values)


@given(st.lists(st.text(max_size=20), max_size=30, unique=True))
def test_any_text_is_looked_at(values: list[Any]):
    assert set(arriving.hits("note", values)) <= set(values)
