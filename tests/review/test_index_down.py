"""The index is down, late or stale: a decision holds at once, reads follow the database, and the index heals."""

from __future__ import annotations

import ckan.lib.jobs as jobs
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.lib.redis import connect_to_redis
from redis.exceptions import ConnectionError as RedisDown

from ckanext.datenplattform.access import index
from ckanext.datenplattform.access import index as access_index
from ckanext.datenplattform.access import shared as access
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

CANARY = "Indexvogel"
# nothing listens there: the discard port of this machine
DEAD = "http://127.0.0.1:9/solr/ckan"


@pytest.fixture
def down(monkeypatch):
    """Switches: down(True) makes the index unreachable, down(False) brings it back as it was."""
    address = tk.config["solr_url"]

    def switch(off):
        monkeypatch.setitem(tk.config, "solr_url", DEAD if off else address)

    jobs.get_queue().empty()
    connect_to_redis().delete(index._asked())
    yield switch
    switch(False)
    jobs.get_queue().empty()


@pytest.fixture
def live(tmp_path):
    """A published dataset with file and rows; (dataset, unit)."""
    unit = f.unit()
    steward = f.editor_of(unit)
    made = f.harvested(
        unit, tmp_path, f"name\n{CANARY}\n", title=CANARY, tags=[{"name": CANARY}],
    )  # fmt: skip
    f.act("datastore_create", resource_id=made["resources"]["csv"], force=True,
          fields=[{"id": "a", "type": "text"}], records=[{"a": CANARY}])  # fmt: skip
    f.submit_and_vote(made["id"], steward["name"], f.board())
    return f.anonymous("package_show", id=made["id"]), unit


def for_the_index():
    """The jobs that wait for the index; letters and the catalogue have others."""
    return [job for job in jobs.get_queue().jobs if job.func is access_index.reindex_job]


def work():
    """Run what waits for the index, as `ckan jobs worker` does; number of jobs, how many failed."""
    queue, waiting, failed = jobs.get_queue(), for_the_index(), 0
    for job in waiting:
        queue.remove(job)
        try:
            assert job.func is not None
            job.func(*job.args, **job.kwargs)
        except Exception:
            model.Session.rollback()
            failed += 1
            assert job.retries_left
            queue.enqueue_job(job)
    return len(waiting), failed


def indexed_as_public(package_id):
    """What Solr itself says, past every check of ours."""
    from ckan.lib.search.common import make_connection

    return make_connection().search(f'id:"{package_id}"', fq="permission_labels:public", rows=0).hits == 1


def nowhere(app, dataset, headers=None, search=True):
    """Nobody without right meets it, by any way; with `search` the index can be asked."""
    resource = dataset["resources"][0]["id"]
    asked = [
        app.post(f"/api/3/action/{name}", json=data, headers=headers)
        for name, data in (
            ("package_show", {"id": dataset["id"]}),
            ("resource_show", {"id": resource}),
            ("datastore_search", {"resource_id": resource}),
            ("datastore_info", {"id": resource}),
        )
    ] + [
        app.get(path, headers=headers)
        for path in (
            f"/dataset/{dataset['id']}",
            f"/dataset/{dataset['id']}.ttl",
            f"/dataset/{dataset['id']}/resource/{resource}/download/baeume.csv",
            f"/datastore/dump/{resource}",
        )
    ]
    assert [answer.status_code for answer in asked] == [404] * len(asked)
    texts = [answer.text for answer in asked]
    texts += [app.post(f"/api/3/action/{name}", json=data, headers=headers).text for name, data in (
        ("tag_list", {}), ("current_package_list_with_resources", {}), ("package_list", {}))]  # fmt: skip
    if search:
        for data in ({"q": "*:*"}, {"q": CANARY[:5] + "*"}, {"q": "*:*", "rows": 0}, {"fq": "capacity:public"}):
            found = app.post(
                "/api/3/action/package_search",
                json={**data, "facet.field": ["tags", "organization", "res_format"], "include_private": True},
                headers=headers,
            ).json["result"]
            assert found["count"] == 0, data
            assert not any(facet["items"] for facet in found["search_facets"].values()), data
            texts.append(str(found))
        texts += [app.get(f"/catalog.{kind}", headers=headers).text for kind in ("ttl", "xml", "jsonld")]
        texts.append(app.get("/dataset/", headers=headers).text)
        texts.append(app.get("/feeds/dataset.atom", headers=headers).text)
    for text in texts:
        assert CANARY not in text
        assert dataset["name"] not in text.replace(f"dataset/{dataset['name']}.", "")


def test_withdrawal_while_the_index_is_down(live, down, app):
    dataset, unit = live
    steward = f.editor_of(unit)
    assert indexed_as_public(dataset["id"])
    down(True)
    answer = f.act("review_withdraw", steward["name"], package_id=dataset["id"], reason="Fehler")
    assert answer["withdrawn"] == "publication"
    assert access.publication(dataset["id"]) is None
    nowhere(app, dataset, search=False)
    # still down: the job fails and stays
    assert work() == (1, 1)
    down(False)
    # back, and what it holds is old: it still says public
    assert indexed_as_public(dataset["id"])
    nowhere(app, dataset)
    stranger = f.user()
    nowhere(app, dataset, {"Authorization": f.act("api_token_create", user=stranger["name"], name="t")["token"]})
    # the unit goes on working with it
    assert f.act("package_show", steward["name"], id=dataset["id"])["private"] is True
    assert f.act("package_search", steward["name"], q=CANARY, include_private=True)["count"] == 1
    staff = f.editor_of(f.unit())
    found = f.act("package_search", staff["name"], q="*:*", include_private=True)
    assert found["count"] == 1
    assert found["results"][0]["resources"][0]["url"] == ""
    assert index.behind()
    assert work() == (1, 0)
    assert not indexed_as_public(dataset["id"])
    assert not index.behind()
    nowhere(app, dataset)


def test_release_while_the_index_is_down(tmp_path, down, app):
    unit = f.unit()
    steward = f.editor_of(unit)
    made = f.harvested(unit, tmp_path, title=CANARY)
    members = f.board()
    case = f.submit_and_vote(made["id"], steward["name"], members, "yy")
    case = f.act("review_show", members[2]["name"], package_id=made["id"])
    down(True)
    decided = f.act("review_vote", members[2]["name"], case_id=case["id"], vote="approve")
    assert decided["state"] == "published"
    assert f.anonymous("package_show", id=made["id"])["title"] == CANARY
    assert app.get(f"/dataset/{made['id']}/resource/{made['resources']['csv']}/download/baeume.csv").status_code == 200
    down(False)
    assert f.anonymous("package_search", q="*:*")["count"] == 0
    assert work() == (1, 0)
    assert f.anonymous("package_search", q=CANARY)["count"] == 1
    assert not index.behind()


def test_revision_released_while_the_index_is_down(live, down):
    dataset, unit = live
    steward = f.editor_of(unit)
    f.act("review_revision_create", steward["name"], package_id=dataset["id"], dataset={"title": "Neuer Titel"})
    case = f.submit_and_vote(dataset["id"], steward["name"], f.board(), "yy")
    member = f.board()[2]
    down(True)
    assert f.act("review_vote", member["name"], case_id=case["id"], vote="approve")["state"] == "published"
    assert f.anonymous("package_show", id=dataset["id"])["title"] == "Neuer Titel"
    down(False)
    assert work() == (1, 0)
    assert f.anonymous("package_search", q="title:Neuer")["results"][0]["title"] == "Neuer Titel"


def test_an_index_error_after_the_decision_undoes_nothing(tmp_path, down, monkeypatch):
    """The index answers, and refuses the document (a SearchIndexError)."""
    unit = f.unit()
    steward = f.editor_of(unit)
    made = f.harvested(unit, tmp_path, title=CANARY)
    members = f.board()
    with monkeypatch.context() as broken:
        broken.setitem(tk.config, "solr_url", tk.config["solr_url"].rstrip("/") + "-gibt-es-nicht")
        case = f.submit_and_vote(made["id"], steward["name"], members)
    assert case["state"] == "published"
    assert f.anonymous("package_show", id=made["id"])
    while for_the_index():
        assert work()[1] == 0
    assert f.anonymous("package_search", q="*:*")["count"] == 1


def test_a_lost_job_is_asked_for_again(live, down, monkeypatch):
    """Index and Redis are down, or the worker is killed: the note in the database stays, and a later search finds it."""
    dataset, unit = live
    down(True)

    def no_redis(*_args, **_kwargs):
        raise RedisDown

    with monkeypatch.context() as redis:
        redis.setattr(tk, "enqueue_job", no_redis)
        f.act("review_withdraw", f.editor_of(unit)["name"], package_id=dataset["id"], reason="Fehler")
    down(False)
    assert not for_the_index()
    assert f.anonymous("package_search", q="*:*")["count"] == 0
    assert not for_the_index()  # it is not old yet
    model.Session.execute(sa.text("UPDATE dp_index_behind SET since = since - interval '1 hour'"))
    model.Session.commit()
    for _ in range(3):
        assert f.anonymous("package_search", q="*:*")["count"] == 0
    assert work() == (1, 0)
    assert not indexed_as_public(dataset["id"])
    assert not index.behind()


def test_confidential_and_dataspace_hold_while_the_index_lags(live, down, tmp_path):
    """Whoever loses a dataset loses its hit and its count at once."""
    _, unit = live
    made = f.harvested(unit, tmp_path, remote_id="2", title="Zweiter")
    staff, member = f.editor_of(f.unit()), f.user()
    space = f.act("dataspace_create", name="raum", title="Raum", purpose="Test", owner_org=unit["id"])
    f.act("dataspace_member_add", dataspace=space["id"], user=member["name"])
    f.act("dataspace_dataset_add", dataspace=space["id"], package_id=made["id"])

    def counts():
        return [
            f.act("package_search", person["name"], q="title:Zweiter", include_private=True, rows=0)["count"]
            for person in (staff, member)
        ]

    assert counts() == [1, 1]
    down(True)
    f.act("dataspace_dataset_remove", dataspace=space["id"], package_id=made["id"])
    f.act("inventory_record_patch", id=made["id"], confidentiality="high")
    down(False)
    assert counts() == [0, 0]


def test_datasets_of_a_tag_follow_the_database(live, down, tmp_path):
    dataset, unit = live
    other = f.published_dataset(unit, tmp_path, tags=[{"name": CANARY}])
    shown = f.anonymous("tag_show", id=CANARY, include_datasets=True)
    assert {item["id"] for item in shown["packages"]} == {dataset["id"], other["id"]}
    down(True)
    f.act("review_withdraw", f.editor_of(unit)["name"], package_id=dataset["id"], reason="Fehler")
    down(False)
    shown = f.anonymous("tag_show", id=CANARY, include_datasets=True)
    assert [item["id"] for item in shown["packages"]] == [other["id"]]


def test_a_note_renewed_meanwhile_stays():
    dataset = f.dataset(f.unit())
    index.mark([dataset["id"]])
    model.Session.commit()
    before = index.behind()
    index.mark([dataset["id"]])
    model.Session.commit()
    index._unmark(before)
    assert list(index.behind()) == [dataset["id"]]
    # and one that is being written by somebody else is not waited for
    index.mark([dataset["id"]])
    index._unmark(index.behind())
    model.Session.commit()
    assert list(index.behind()) == [dataset["id"]]
    index.reindex([dataset["id"]])
    assert not index.behind()


def test_many_notes_do_not_push_a_withdrawal_out(live, down):
    dataset, _unit = live
    with model.Session.get_bind().begin() as connection:
        connection.execute(sa.text(
            "INSERT INTO dp_index_behind (package_id, since) SELECT 'note-' || n, now() - interval '1 hour' FROM generate_series(1, 1500) n"
        ))  # fmt: skip
    down(True)
    f.act("review_withdraw", package_id=dataset["id"], reason="Fehler")
    down(False)
    found = f.anonymous("package_search", q=CANARY, rows=0)
    assert found["count"] == 0
