"""The board releases a source once: what it brings within the scope is published without a vote, all else waits."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta, timezone

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.review import due, events, flowing, proof
from ckanext.datenplattform.timeseries import shared as timeseries
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

START = datetime(2026, 3, 1, tzinfo=timezone.utc)
FIELDS = [
    {"id": "stream", "type": "text"}, {"id": "time", "type": "timestamptz"}, {"id": "value", "type": "numeric"},
    {"id": "note", "type": "text"},
]  # fmt: skip
SCOPE = {"licence": "dl-de/by-2-0", "columns": ["nr", "art", "stream", "time", "value", "note"], "until": "2099-01-01"}
_number = itertools.count(1)


class Source:
    """A harvest source; its unit's steward asks, and the board releases it."""

    def __init__(self, tmp_path, **scope):
        self.folder = tmp_path
        self.unit = f.unit()
        self.steward = f.editor_of(self.unit)["name"]
        self.members = f.board()
        self.id = self.made()
        self.release(**{**SCOPE, **scope})

    def made(self):
        number = next(_number)
        return f.act(
            "harvest_source_create", name=f"quelle-r{number}", title="Wetterdienst", url=f"https://wetter.example.org/wfs/{number}",
            source_type="wfs", owner_org=self.unit["id"], frequency="MANUAL", config="{}",
        )["id"]  # fmt: skip

    def release(self, **scope):
        case = f.act("standing_release_create", self.steward, source=self.id, reason="Nur Wetter.", **scope)
        for member in self.members[:3]:
            case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
        assert case["state"] == "published"
        self.case = case

    def bring(self, text="nr,art\n1,Linde\n", source=None, record=None, **dataset):
        """A dataset as the harvester writes it; its id."""
        number = next(_number)
        file = self.folder / f"{number}.csv"
        file.write_text(text)
        resource = {"key": "csv", "name": "Werte", "format": "CSV", "url": "werte.csv", "upload_path": str(file)}
        return f.act(
            "inventory_dataset_upsert", source=source or self.id, remote_id=f"r{number}",
            dataset={"title": f"Wetter {number}", "notes": "Messwerte.", "owner_org": self.unit["id"], "license_id": "dl-de/by-2-0",
                     "resources": [resource], **dataset},
            record={"personal_data": "none", "openness": "open", **(record or {})},
        )["id"]  # fmt: skip

    def series(self, *rows):
        """A series with its rows (minutes, more values); (id of the dataset, id of the resource)."""
        resource = {"key": "rows", "name": "Messwerte", "url_type": "datastore", "url": "x"}
        package_id = self.bring(resources=[resource])
        resource_id = f.act("package_show", id=package_id)["resources"][0]["id"]
        timeseries.ensure_table(resource_id, FIELDS)
        self.write(resource_id, *rows)
        return package_id, resource_id

    def write(self, resource_id, *rows):
        full = [{"stream": "a", "time": START + timedelta(minutes=minutes), "value": 1, **more} for minutes, more in rows]
        return timeseries.write_rows(resource_id, full)

    def why(self, package_id):
        [found] = [item for item in f.act("standing_release_list", self.members[0]["name"]) if item["package_id"] == self.id]
        return next((item["why"] for item in found["waiting"]["datasets"] if item["package_id"] == package_id), None)


@pytest.fixture
def source(tmp_path):
    return Source(tmp_path)


def public(package_id):
    try:
        f.anonymous("package_show", id=package_id)
    except tk.ObjectNotFound:
        return False
    return True


def published():
    return model.Session.execute(sa.text("SELECT count(*) FROM dp_publication")).scalar()


def test_what_is_within_is_published_without_a_vote_and_the_chain_says_by_which_release(source):
    package_id = source.bring()
    assert not public(package_id)
    assert due.run()["flowed"] == 1
    assert public(package_id)
    told = f.act("review_history", source.members[0]["name"], package_id=package_id)["results"]
    assert [event["kind"] for event in told] == ["submitted", "approved", "published"]
    assert {event["facts"].get("under") for event in told[:2]} == {source.case["id"]}
    assert told[1]["facts"]["by"] == "release"
    proof.verify()
    # nothing happens twice, and nobody is counted as having decided it
    assert due.run()["flowed"] == 0
    report = f.act("review_report", source.members[0]["name"])
    assert (report["received"], report["decided"], report["published"]) == (1, 1, 2)
    # a later change goes before the board
    f.act("review_revision_create", source.steward, package_id=package_id, dataset={"license_id": "cc-zero"})
    due.run()
    assert f.anonymous("package_show", id=package_id)["license_id"] == "dl-de/by-2-0"


OUTSIDE = (
    ("licence", {"license_id": "cc-zero"}),
    ("column", {"text": "nr,art,neu\n1,Linde,2\n"}),
    ("personal_data", {"text": "nr,art\n1,DE89370400440532013000\n"}),
    ("full", {"record": {"kritis": "yes"}}),
    ("full", {"record": {"personal_data": "aggregated"}}),
    ("incomplete", {"record": {"openness": "internal"}}),
    ("incomplete", {"notes": ""}),
    ("stop", {"record": {"source_class": "outside"}}),
)


def test_what_is_outside_waits_and_says_why(source):
    brought = [(why, source.bring(**data)) for why, data in OUTSIDE]
    assert due.run()["flowed"] == 0
    for why, package_id in brought:
        assert why in source.why(package_id)
        assert not public(package_id)
    assert published() == 0
    # the usual way is open
    _, other_licence = brought[0]
    assert f.submit_and_vote(other_licence, source.steward, source.members)["state"] == "published"
    assert source.why(other_licence) is None


def test_of_a_file_that_cannot_be_held_against_the_resolution_nothing_flows(tmp_path):
    source = Source(tmp_path, columns=["nr", "zeit", "lat", "lon"], resolution_seconds=3600, resolution_metres=1000)
    exact = source.bring(text="nr,lat,lon\n1,52.27123,8.04712\n2,52.3,8.1\n")
    often = source.bring(text="nr,zeit\n1,2026-01-01\n")
    coarse = source.bring(text="nr,lat,lon\n1,52.27,8.04\n2,52.3,8.1\n")
    assert due.run()["flowed"] == 1
    assert (public(exact), public(often), public(coarse)) == (False, False, True)
    assert (source.why(exact), source.why(often)) == (["position"], ["resolution"])


def test_a_series_flows_with_its_rows_and_later_rows_within_the_scope(source):
    empty = source.bring(resources=[{"key": "rows", "name": "Messwerte", "url_type": "datastore", "url": "x"}])
    package_id, resource_id = source.series((0, {}), (1, {"note": "ruhig"}))
    named, _ = source.series((0, {"note": "Frau Kanarienvogel rief an"}))
    assert due.run()["flowed"] == 1
    assert (public(empty), public(package_id), public(named)) == (False, True, False)
    assert (source.why(empty), source.why(named)) == (["no_table"], ["personal_data"])
    assert source.write(resource_id, (2, {})) == {"written": 1, "staged": 0}
    assert source.write(resource_id, (3, {"note": "erika.vogel@gmx.de"})) == {"written": 0, "staged": 1}
    proof.verify()
    # with the release of the source end those of its series
    f.act("standing_release_revoke", source.members[0]["name"], source=source.id, reason="Genug.")
    assert source.write(resource_id, (4, {})) == {"written": 0, "staged": 1}
    assert public(package_id)
    proof.verify()


def test_rows_finer_than_released_keep_the_whole_series_waiting(tmp_path):
    source = Source(tmp_path, resolution_seconds=900)
    fine, _ = source.series((0, {}), (7, {}))
    coarse, _ = source.series((0, {}), (15, {}))
    due.run()
    assert (public(fine), public(coarse)) == (False, True)
    assert source.why(fine) == ["resolution"]


def test_what_a_person_touched_or_the_board_has_seen_goes_the_usual_way(source):
    edited = source.bring()
    f.act("package_patch", source.steward, id=edited, notes="Von Hand.")
    _, resource_id = source.series((0, {}))
    row = {"stream": "b", "time": START.isoformat(), "value": 9}
    f.act("datastore_upsert", source.steward, resource_id=resource_id, force=True, method="insert", records=[row])
    made = f.act(
        "inventory_dataset_upsert", source.steward, source=source.id, remote_id="untergeschoben", record={},
        dataset={"title": "Untergeschoben", "notes": "x", "owner_org": source.unit["id"], "license_id": "dl-de/by-2-0"},
    )["id"]  # fmt: skip
    f.act("inventory_record_patch", id=made, personal_data="none", openness="open")
    seen = source.bring()
    f.act("review_submit", source.steward, package_id=seen)
    f.act("review_withdraw", source.steward, package_id=seen, reason="Doch nicht.")
    assert due.run()["flowed"] == 0
    assert published() == 0
    assert source.why(edited) == source.why(made) == ["edited"]
    assert source.why(seen) is None


def test_without_a_release_in_force_nothing_flows(tmp_path):
    source = Source(tmp_path)
    # another source of the same unit
    other = source.bring(source=source.made())
    mine = source.bring(license_id="cc-zero")
    due.run()
    # the settings changed: it is not the source that was decided
    f.act("harvest_source_patch", source.steward, id=source.id, url="https://boese.example.org/wfs")
    f.act("inventory_dataset_upsert", source=source.id, remote_id="n", record={"personal_data": "none", "openness": "open"},
          dataset={"title": "Neu", "notes": "x", "owner_org": source.unit["id"], "license_id": "dl-de/by-2-0"})  # fmt: skip
    assert due.run()["flowed"] == 0
    assert flowing.stopped(source.id) == "source_changed"
    # decided anew: then
    source.members = f.board()
    with pytest.raises(tk.ValidationError):
        f.act("standing_release_create", source.steward, source=source.id, licence="cc-zero", until="2020-01-01")
    f.act("standing_release_revoke", source.steward, source=source.id, reason="Ende")
    assert due.run()["flowed"] == 0
    assert not public(mine)
    assert not public(other)
    assert published() == 0


def test_an_ended_release_and_a_deleted_source(source, monkeypatch):
    source.bring()
    model.Session.execute(sa.text("UPDATE dp_standing_release SET until = now() - interval '1 second'"))
    model.Session.commit()
    assert due.run()["flowed"] == 0
    model.Session.execute(sa.text("UPDATE dp_standing_release SET until = NULL"))
    model.Session.commit()
    f.act("package_delete", id=source.id)
    assert due.run()["flowed"] == 0
    assert published() == 0


def test_the_record_does_not_stand_without_the_release(source):
    source.bring()
    due.run()
    proof.verify()
    # somebody who could write into the chain still could not found a publication on nothing
    case = model.Session.execute(sa.text("SELECT id, package_id, content_hash FROM dp_review_case WHERE under IS NOT NULL")).one()
    facts = {"by": "release", "under": "niemand", "content_hash": case.content_hash}
    events.append(case.package_id, "approved", None, case.id, facts)
    model.Session.commit()
    with pytest.raises(proof.Broken):
        proof.verify()


def test_who_asks_decides_and_sees(source):
    case = source.case
    stranger = f.editor_of(f.unit("fremd"))["name"]
    for action, data in (
        ("standing_release_create", {"source": source.id}), ("standing_release_revoke", {"source": source.id, "reason": "x"}),
        ("review_show", {"id": case["id"]}), ("standing_release_create", {"source": "gibt-es-nicht"}),
    ):  # fmt: skip
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            f.act(action, stranger, **data)
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            f.anonymous(action, **data)
    assert f.act("standing_release_list", stranger) == []
    # the settings of the source stay its unit's
    shown = f.act("review_show", source.members[0]["name"], id=case["id"])
    assert shown["title"] == "Wetterdienst"
    assert "wetter.example.org/wfs" not in str(shown)
    with pytest.raises(tk.ValidationError) as missing:
        f.act("standing_release_create", source.steward, source=source.made())
    assert {"until", "licence"} == set(missing.value.error_dict)


def test_who_changed_the_source_does_not_vote(tmp_path):
    source = Source.__new__(Source)
    source.folder, source.unit, source.members = tmp_path, f.unit(), f.board()
    source.steward = f.editor_of(source.unit)["name"]
    source.id = source.made()
    member = source.members[0]
    f.act("member_create", id=source.unit["id"], object=member["id"], object_type="user", capacity="editor")
    f.act("harvest_source_patch", member["name"], id=source.id, title="Anders")
    case = f.act("standing_release_create", source.steward, source=source.id, **SCOPE)
    with pytest.raises(tk.NotAuthorized):
        f.act("review_vote", member["name"], case_id=case["id"], vote="approve")


def test_the_page_shows_both_kinds_asks_for_them_and_ends_them(app, source):
    def send(person, address, **form):
        token = f.act("api_token_create", person, user=person, name="seiten")["token"]
        how = {"headers": {"Authorization": token}, "follow_redirects": False}
        return app.post(address, data=form, **how) if form else app.get(address, **how)

    page = "/gremium/dauerfreigaben"
    waiting = source.bring(license_id="cc-zero", title="Andere Lizenz")
    due.run()
    member = source.members[0]["name"]
    shown = send(member, page).text
    assert "Quelle: Wetterdienst" in shown
    assert "Andere Lizenz" in shown
    assert "eine andere Lizenz als freigegeben" in shown
    # who keeps no source has nothing to ask for, and is not told of it
    assert "/neu" not in send(member, page).text
    assert send(member, f"{page}/neu?for={source.id}").status_code == 404
    assert send(member, f"{page}/neu?for={waiting}").status_code == 404
    assert app.get(f"{page}/neu?for={source.id}").status_code == 404
    offered = send(source.steward, f"{page}/neu").text
    assert "Wetterdienst" in offered
    form = send(source.steward, f"{page}/neu?for={source.id}").text
    assert 'value="nr"' in form
    # what is wrong is said, and nothing is lost
    wrong = {"licence": "cc-zero", "until": "2020-01-01", "reason": "Freie Daten", "columns": "nr"}
    again = send(source.steward, f"{page}/neu?for={source.id}", **wrong).text
    assert "Dieses Datum ist vorbei" in again
    assert "Freie Daten" in again
    columns = {"columns": ["nr", "erfunden"], "more_columns": "art\n\n neu "}
    wider = {"licence": "cc-zero", "until": "2099-01-01", "reason": "Freie Daten", **columns}
    done = send(source.steward, f"{page}/neu?for={source.id}", **wider)
    case = f.act("review_show", member, id=done.location.rsplit("/", 1)[-1])
    assert case["standing_release"]["columns"] == ["nr", "art", "neu"]
    for person in (member, source.steward):
        told = send(person, f"/gremium/{case['id']}").text
        assert "Neue Datensätze dieser Quelle erscheinen dann ohne weitere Abstimmung" in told
        assert "wetter.example.org (wfs)" in told
    for person in source.members[:3]:
        f.act("review_vote", person["name"], case_id=case["id"], vote="approve")
    due.run()
    assert public(waiting)
    ended = send(member, page, deed="revoke", kind="source", package_id=source.id, reason="Genug")
    assert ended.status_code == 302
    assert f.act("standing_release_list", member) == []
    proof.verify()
    # the other kind: of a published series
    package_id, _ = source.series((0, {}))
    f.submit_and_vote(package_id, source.steward, source.members)
    sent = {"reason": "Neue Werte", "columns": ["value"], "streams": "a\na\n", "resolution_metres": "100"}
    done = send(source.steward, f"{page}/neu?for={package_id}", **sent)
    scope = f.act("review_show", member, id=done.location.rsplit("/", 1)[-1])["standing_release"]
    assert (scope["streams"], scope["columns"], scope["resolution_metres"]) == (["a"], ["value"], 100)
