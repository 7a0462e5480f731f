"""Large files: the case waits in state `checks`, whatever happens to the job; then it is open, or the unit has it back."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.lib import jobs
from rq import SimpleWorker

from ckanext.datenplattform.inventory import shared as inventory
from ckanext.datenplattform.review import checking, due, proof
from tests import factories as f
from tests.review.scene import later
from tests.review.test_at_once import at_once

pytestmark = [pytest.mark.usefixtures("platform"), pytest.mark.ckan_config("ckanext.datenplattform.review.check_at_once_megabytes", 0)]
FINE = "baum;hoehe\nLinde;12\nEiche;15\n"
SECRET = "name;mail\nErika Kanarienvogel;erika.kanarienvogel@gmx.de\n"


class Large:
    """A harvested dataset whose file is large, submitted by its steward."""

    def __init__(self, tmp_path, rows=FINE, **wishes):
        self.members = f.board()
        self.unit = f.unit("geodaten")
        self.steward = f.editor_of(self.unit)["name"]
        self.id = f.harvested(self.unit, tmp_path, rows)["id"]
        self.case = f.act("review_submit", self.steward, package_id=self.id, **wishes)["id"]

    @property
    def shown(self):
        return f.act("review_show", self.steward, id=self.case)

    @property
    def state(self):
        return self.shown["state"]

    def kinds(self):
        return [event["kind"] for event in self.shown["events"]]


@pytest.fixture(autouse=True)
def _no_jobs():
    jobs.get_queue().empty()


def test_the_worker_opens_the_case(tmp_path):
    large = Large(tmp_path)
    assert large.state == "checks"
    with pytest.raises(tk.ValidationError):
        f.act("review_vote", large.members[0]["name"], case_id=large.case, vote="approve")
    with pytest.raises(tk.NotAuthorized):
        f.act("package_patch", large.steward, id=large.id, notes="Geändert.")
    before = large.shown["deadline"]
    SimpleWorker([jobs.get_queue()], connection=jobs.get_queue().connection).work(burst=True)
    assert large.state == "in_review"
    assert large.shown["deadline"] > before
    assert "checked" in large.kinds()
    for member in large.members[:3]:
        f.act("review_vote", member["name"], case_id=large.case, vote="approve")
    assert large.state == "published"
    proof.verify()


def test_a_stop_gives_it_back_with_the_findings(tmp_path):
    large = Large(tmp_path, SECRET)
    assert large.state == "checks"
    checking.carry_on(large.case)
    assert large.state == "changes_requested"
    assert "mail" in large.shown["reason"]
    assert "anarienvogel" not in json.dumps(large.shown)
    # it can be mended, and submitted again: now the finding is known at once
    f.act("package_patch", large.steward, id=large.id, notes="Geändert.")
    proof.verify()


def test_the_page_says_that_checks_are_running(tmp_path, app):
    large = Large(tmp_path)
    token = f.act("api_token_create", large.steward, user=large.steward, name="seiten")["token"]
    page = app.get(f"/gremium/{large.case}", headers={"Authorization": token})
    assert "Automatische Prüfung läuft" in page.text


def test_a_lost_job_is_asked_for_again(tmp_path):
    large = Large(tmp_path)
    jobs.get_queue().empty()
    assert not due.run()["checks_asked"]
    assert due.run(later(hours=3))["checks_asked"] == 1
    SimpleWorker([jobs.get_queue()], connection=jobs.get_queue().connection).work(burst=True)
    assert large.state == "in_review"
    assert not due.run(later(hours=6))["checks_asked"]


def test_jobs_that_come_twice_or_late_change_nothing(tmp_path):
    large = Large(tmp_path)
    checking.carry_on(large.case)
    first = large.shown
    checking.carry_on(large.case)
    assert large.shown == first
    checking.carry_on("no such case")


def test_two_jobs_at_once_have_one_result(app, tmp_path):
    large = Large(tmp_path)
    assert at_once(app, [lambda: checking.carry_on(large.case)] * 3, "dp_review_check") == [None] * 3
    assert large.state == "in_review"
    assert large.kinds().count("checked") == 1
    proof.verify()


def test_what_was_withdrawn_meanwhile_stays_withdrawn(tmp_path):
    large = Large(tmp_path)
    f.act("review_withdraw", large.steward, package_id=large.id, reason="Doch nicht")
    assert large.state == "withdrawn"
    checking.carry_on(large.case)
    assert large.state == "withdrawn"
    f.act("package_patch", large.steward, id=large.id, notes="Wieder änderbar.")
    proof.verify()


def test_a_file_swapped_meanwhile_gives_it_back(tmp_path):
    large = Large(tmp_path)
    resource = f.act("package_show", large.steward, id=large.id)["resources"][0]
    path = inventory.stored(resource)
    assert path
    path.write_text(FINE + "Buche;9\n")
    checking.carry_on(large.case)
    assert large.state == "changes_requested"
    assert f.act("package_patch", large.steward, id=large.id, notes="Wieder änderbar.")


def test_a_dataset_that_is_gone_ends_the_case(tmp_path):
    large = Large(tmp_path)
    model.Session.execute(sa.text("UPDATE package SET state = 'deleted' WHERE id = :id"), {"id": large.id})
    model.Session.commit()
    model.Session.expire_all()
    checking.carry_on(large.case)
    assert f.act("review_show", id=large.case)["state"] == "withdrawn"


def test_the_checks_raise_the_track(tmp_path):
    large = Large(tmp_path, "ort;name\nA;Erika Meier\nB;Linde\nC;Eiche\nD;Buche\nE;Ahorn\n")
    assert large.shown["track"] == "normal"
    checking.carry_on(large.case)
    assert (large.state, large.shown["track"]) == ("in_review", "full")
