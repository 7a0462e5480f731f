"""Sources, jobs and harvested records are nobody's business but their editors'."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckanext.harvest.model import HarvestJob, HarvestObject

from tests import factories

CANARY = "kanarienvogel"


@pytest.fixture
def source(make_source: Callable[..., Any]) -> dict[str, Any]:
    """A source with a job and an object; a canary in its settings and in the object."""
    made = make_source("wfs", f"http://127.0.0.1:9/{CANARY}", responsible_function=CANARY, title=f"Quelle {CANARY}")
    job = HarvestJob(source_id=made["id"], status="Finished")
    job.save()
    obj = HarvestObject(guid="1", job=job, content=json.dumps({"secret": CANARY}), current=True)
    obj.save()
    return {**made, "job": job.id, "object": obj.id}


def _calls(source: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("harvest_source_show", {"id": source["id"]}),
        ("harvest_source_show", {"id": source["name"]}),
        ("harvest_source_show", {"url": source["url"]}),
        ("package_show", {"id": source["id"]}),
        ("harvest_source_show_status", {"id": source["id"]}),
        ("harvest_source_preview", {"id": source["id"]}),
        ("harvest_source_confirm_vanish", {"id": source["id"]}),
        ("harvest_job_show", {"id": source["job"]}),
        ("harvest_job_report", {"id": source["job"]}),
        ("harvest_job_list", {"source_id": source["id"]}),
        ("harvest_job_list", {}),
        ("harvest_object_show", {"id": source["object"]}),
        ("harvest_object_list", {"source_id": source["id"]}),
        ("harvest_object_list", {}),
        ("harvest_log_list", {}),
    ]


@pytest.mark.parametrize("reader", ["anonymous", "member", "editor of another unit"])
def test_others_get_nothing(source: dict[str, Any], unit: dict[str, Any], reader: str):
    name = ""
    if reader == "member":
        name = factories.editor_of(unit, "member")["name"]
    elif reader != "anonymous":
        name = factories.editor_of(factories.unit())["name"]

    for action, data in _calls(source):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)) as caught:
            tk.get_action(action)({"user": name}, dict(data))
        assert CANARY not in str(caught.value), action
        if data and action != "harvest_source_list":
            assert isinstance(caught.value, tk.ObjectNotFound), action


def test_a_missing_id_and_a_hidden_one_give_the_same_answer(app: Any, source: dict[str, Any]):
    for action, data in _calls(source):
        if not data:
            continue
        hidden = app.post(f"/api/3/action/{action}", json=data)
        missing = app.post(f"/api/3/action/{action}", json=dict.fromkeys(data, "00000000-0000-0000-0000-000000000000"))
        assert (hidden.status_code, missing.status_code) == (404, 404), action
        assert hidden.json["error"] == missing.json["error"], action


def test_lists_hold_only_what_one_may_edit(source: dict[str, Any], unit: dict[str, Any]):
    editor, stranger = factories.editor_of(unit), factories.editor_of(factories.unit())

    with pytest.raises(tk.NotAuthorized):
        factories.anonymous("harvest_source_list")
    assert factories.act("harvest_source_list", stranger["name"]) == []
    assert [s["id"] for s in factories.act("harvest_source_list", editor["name"])] == [source["id"]]


def test_the_search_does_not_know_of_sources(source: dict[str, Any], unit: dict[str, Any]):
    member, editor = factories.editor_of(factories.unit()), factories.editor_of(unit)
    for name in ("", member["name"]):
        for query in ({"fq": "dataset_type:harvest"}, {"q": CANARY, "fq": "+dataset_type:harvest"}, {"q": CANARY}):
            found = factories.act("package_search", name, include_private=True, **query)
            assert (found["count"], CANARY in json.dumps(found["results"])) == (0, False), (name, query)
    found = factories.act("package_search", editor["name"], fq="dataset_type:harvest", include_private=True)
    assert [result["id"] for result in found["results"]] == [source["id"]]


def test_editors_see_their_source_with_its_settings(source: dict[str, Any], unit: dict[str, Any]):
    editor = factories.editor_of(unit)
    found = factories.act("harvest_source_show", editor["name"], id=source["id"])

    assert json.loads(found["config"]) == {"responsible_function": CANARY}
    assert factories.act("harvest_object_show", editor["name"], id=source["object"])["guid"] == "1"
    assert factories.act("harvest_job_report", editor["name"], id=source["job"])["remarks"] == {}


def test_pages_are_404_for_anonymous(app: Any, source: dict[str, Any]):
    for path in (
        "/harvest",
        "/harvest/",
        f"/harvest/{source['name']}",
        f"/harvest/about/{source['name']}",
        f"/harvest/admin/{source['name']}",
        f"/harvest/{source['name']}/job",
        f"/harvest/{source['name']}/job/{source['job']}",
        f"/harvest/object/{source['object']}",
        f"/dataset/harvest_object/{source['object']}",
        f"/harvest/preview/{source['name']}",
        f"/dataset/{source['name']}",
    ):
        answer = app.get(path, follow_redirects=False)
        assert answer.status_code == 404, path
        assert CANARY not in answer.body, path


def test_sources_are_private_whatever_is_asked(source: dict[str, Any]):
    factories.act("package_patch", id=source["id"], private=False)
    factories.act("harvest_source_patch", id=source["id"], private=False)

    package: Any = model.Package.get(source["id"])
    assert package.private is True


def test_clearing_is_refused(source: dict[str, Any]):
    with pytest.raises(tk.NotAuthorized):
        factories.act("harvest_source_clear", factories.sysadmin()["name"], id=source["id"])


def test_nothing_is_changed_by_following_a_link(app: Any, source: dict[str, Any], unit: dict[str, Any]):
    editor = factories.sysadmin()
    headers = {"Authorization": factories.act("api_token_create", user=editor["name"], name="t")["token"]}
    for path in ("refresh", "clear", "delete"):
        assert app.get(f"/harvest/{path}/{source['id']}", headers=headers, follow_redirects=False).status_code == 405
    assert model.Session.query(HarvestJob).filter_by(source_id=source["id"]).count() == 1
