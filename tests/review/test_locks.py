"""The gate's four locks, one at a time: each is switched off, and the others hold; each stands alone; and for each
there is a way that it alone stops (it is open while the lock is off, so the lock is what stops it).
"""

from __future__ import annotations

import contextlib
import io
from unittest import mock

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from sqlalchemy import event
from werkzeug.datastructures import FileStorage

from ckanext.datenplattform.access import gate
from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.access.logic import gate as gate_actions
from ckanext.datenplattform.access.plugin import AccessPlugin
from ckanext.datenplattform.inventory import shared as inventory
from tests import factories as f
from tests.review.test_gate_ways import PUBLISH

pytestmark = pytest.mark.usefixtures("platform")

LOCKS = ("actions", "session", "trigger", "labels")
TRIGGERS = {
    "package": ("dp_package_gate", "dp_package_content_gate"),
    "resource": ("dp_resource_content_gate",),
    "package_tag": ("dp_package_tag_content_gate",),
    "tag": ("dp_tag_content_gate",),
}


@contextlib.contextmanager
def no_actions():
    """Lock (a) off: the stock actions without the gate's part of the chain."""
    with mock.patch.dict(gate_actions.TABLE, clear=True), mock.patch.dict(gate_actions.DATASTORE_TABLE, clear=True):
        logic.clear_actions_cache()
        try:
            yield
        finally:
            logic.clear_actions_cache()
    logic.clear_actions_cache()


@contextlib.contextmanager
def no_session():
    """Lock (b) off: the listeners of the session."""
    event.remove(model.Session, "before_flush", gate._refuse_public)
    event.remove(model.Session, "after_flush", gate._refuse_material)
    try:
        yield
    finally:
        gate.install()


@contextlib.contextmanager
def no_trigger():
    """Lock (c) off: the triggers of the database."""

    def switch(word):
        model.Session.rollback()
        for table, names in TRIGGERS.items():
            for name in names:
                model.Session.execute(sa.text(f"ALTER TABLE {table} {word} TRIGGER {name}"))
        model.Session.commit()

    switch("DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")


@contextlib.contextmanager
def no_labels():
    """Lock (d) off: labels as CKAN gives them, public is what is not private."""
    ours = AccessPlugin.get_dataset_labels

    def stock(self, dataset_obj):
        return [*ours(self, dataset_obj), *([] if dataset_obj.private else ["public"])]

    with mock.patch.object(AccessPlugin, "get_dataset_labels", stock):
        yield


OFF = {"actions": no_actions, "session": no_session, "trigger": no_trigger, "labels": no_labels}


@contextlib.contextmanager
def without(*locks):
    """These locks are off."""
    with contextlib.ExitStack() as stack:
        for name in locks:
            stack.enter_context(OFF[name]())
        yield


def tried(call, *arguments):
    """Whether a way was refused; what it left half done is rolled back, what it did is committed."""
    try:
        call(*arguments)
        model.Session.commit()
    except (tk.NotAuthorized, sa.exc.DBAPIError):
        return True
    finally:
        model.Session.rollback()
        model.Session.expire_all()
    return False


def unseen(package_id):
    """Anonymous meets it nowhere, also when it has been indexed as it stands."""
    access.reindex([package_id])
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=package_id)
    found = f.anonymous("package_search", q="*:*")
    assert found["count"] == 0
    assert found["results"] == []


def by_session(_call, dataset):
    model.Session.get(model.Package, dataset["id"]).private = False
    model.Session.flush()


def by_bulk(_call, dataset):
    model.Session.query(model.Package).filter_by(id=dataset["id"]).update({"private": False})


def by_sql(_call, dataset):
    model.Session.execute(sa.text("UPDATE package SET private = false WHERE id = :id"), {"id": dataset["id"]})


EVERY_WAY = {**PUBLISH, "session": by_session, "bulk update": by_bulk, "SQL": by_sql}


@pytest.mark.parametrize("off", LOCKS)
def test_one_lock_off_and_nothing_becomes_public(off):
    unit = f.unit()
    root = f.sysadmin()["name"]
    with without(off):
        for way, publish in EVERY_WAY.items():
            for who in (root, None):
                dataset = f.dataset(unit)

                def call(action, who=who, **data):
                    return f.act(action, who, **data)

                refused = tried(publish, call, dataset)
                # past the trigger SQL does write, and then the labels hold; all else is refused
                assert refused or (off == "trigger" and way in ("SQL", "bulk update")), way
                unseen(dataset["id"])


@pytest.mark.parametrize("on", LOCKS)
def test_one_lock_alone_holds(on):
    """All others are off: what it is there for, it stops."""
    dataset = f.dataset(f.unit())
    with without(*(name for name in LOCKS if name != on)):
        refused = tried(PUBLISH["patch"], lambda action, **data: f.act(action, None, **data), dataset)
        assert refused is (on != "labels")
        unseen(dataset["id"])


def test_without_any_lock_it_would_be_public():
    """The proof that the tests above look at the right place."""
    dataset = f.dataset(f.unit())
    with without(*LOCKS):
        assert not tried(PUBLISH["patch"], lambda action, **data: f.act(action, None, **data), dataset)
        assert f.anonymous("package_show", id=dataset["id"])
    unseen(dataset["id"])


# for each lock the ways that it alone stops


@pytest.fixture
def live(tmp_path):
    """A published dataset with file, rows and tag: (dataset, resource, path of the file)."""
    unit = f.unit("amt")
    steward = f.editor_of(unit)
    made = f.harvested(unit, tmp_path, tags=[{"name": "Baum"}])
    f.act("datastore_create", resource_id=made["resources"]["csv"], force=True, fields=[{"id": "a", "type": "text"}],
          records=[{"a": "1"}])  # fmt: skip
    f.submit_and_vote(made["id"], steward["name"], f.board())
    dataset = f.anonymous("package_show", id=made["id"])
    return dataset, dataset["resources"][0], inventory.stored(dataset["resources"][0])


def rows(resource):
    found = f.act("datastore_search", resource_id=resource["id"])["records"]
    return [{key: value for key, value in row.items() if key != "_id"} for row in found]


def delete_in_session(_d, r):
    model.Session.delete(model.Session.get(model.Resource, r["id"]))
    model.Session.flush()


def hide_in_session(d, _r):
    model.Session.get(model.Package, d["id"]).private = True
    model.Session.flush()


def execute(statement):
    return lambda d, r: model.Session.execute(
        sa.text(statement), {key: value for key, value in (("d", d["id"]), ("r", r["id"])) if f":{key}" in statement}
    )


ONLY = {
    "actions": {
        "rows": lambda d, r: f.act("datastore_upsert", resource_id=r["id"], force=True, method="insert", records=[{"a": "2"}]),
        "rows deleted": lambda d, r: f.act("datastore_delete", resource_id=r["id"], force=True, filters={"a": "1"}),
        "view": lambda d, r: f.act("resource_view_create", resource_id=r["id"], view_type="text_view", title="Heimlich"),
        "relationship": lambda d, r: f.act(
            "package_relationship_create", type="depends_on", subject=d["id"], object=f.dataset(f.unit())["id"]
        ),
    },
    "session": {"file taken away": delete_in_session, "hidden": hide_in_session},
    "trigger": {
        "title": execute("UPDATE package SET title = 'Anders' WHERE id = :d"),
        "address": execute("UPDATE resource SET url = 'https://example.org/x' WHERE id = :r"),
        "new file": execute("INSERT INTO resource (id, package_id, url, state, extras) VALUES ('n', :d, 'x', 'active', '{}')"),
        "bulk": lambda d, r: model.Session.query(model.Package).filter_by(id=d["id"]).update({"title": "Anders"}),
        "tag": execute("UPDATE tag SET name = 'Heimlich' WHERE name = 'Baum'"),
    },
}


def what_is_public(dataset, resource):
    """All that the ways above change: content, rows, views, relationships, and whether it is there."""
    package = model.Session.get(model.Package, dataset["id"])
    views = model.Session.query(model.ResourceView).filter_by(resource_id=resource["id"]).count()
    relations = model.Session.execute(sa.text("SELECT count(*) FROM package_relationship WHERE state = 'active'")).scalar()
    there = rows(resource) if model.Session.get(model.Resource, resource["id"]) else None
    return access.content(dataset["id"]), package and package.private, there, views, relations


@pytest.mark.parametrize(("lock", "way"), [(lock, way) for lock, ways in ONLY.items() for way in ways])
def test_this_lock_alone_stops_it(live, lock, way):
    dataset, resource, _ = live
    before = what_is_public(dataset, resource)
    assert tried(ONLY[lock][way], dataset, resource)
    assert what_is_public(dataset, resource) == before
    with without(*(name for name in LOCKS if name != lock)):
        assert tried(ONLY[lock][way], dataset, resource)
        assert what_is_public(dataset, resource) == before
    with without(lock):
        assert not tried(ONLY[lock][way], dataset, resource)
        assert what_is_public(dataset, resource) != before


def test_only_the_actions_save_a_live_file(live, create_with_upload):
    """The same words and another file: no row changes, so the later locks have nothing to refuse."""
    _dataset, resource, path = live
    before = path.read_bytes()

    def upload():
        create_with_upload(
            b"name\nFrau", "baeume.csv", context={"user": f.system(), "ignore_auth": True},
            action="resource_update", **{key: value for key, value in resource.items() if value is not None},
        )  # fmt: skip

    assert tried(upload)
    assert path.read_bytes() == before
    with without("actions"):
        tried(upload)
        assert path.read_bytes() != before


def test_the_actions_save_a_live_file_from_a_whole_update(live):
    """package_update takes files along with its resources."""
    dataset, resource, path = live
    before = path.read_bytes()
    file = FileStorage(io.BytesIO(b"name\nFrau"), filename="baeume.csv")
    whole = {**dataset, "resources": [{**resource, "upload": file}]}
    assert tried(lambda: f.act("package_update", **whole))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("action", "change"),
    [
        ("package_patch", {"private": True}),
        ("package_patch", {"state": "draft"}),
        ("package_delete", {}),
        ("dataset_purge", {}),
    ],
)
def test_the_actions_alone_refuse_to_hide_past_the_review(live, action, change):
    dataset = live[0]
    with without("session", "trigger"):
        assert tried(lambda: f.act(action, id=dataset["id"], **change))
    assert f.anonymous("package_show", id=dataset["id"])["state"] == "active"


def test_the_actions_alone_make_new_datasets_private():
    with without("session", "trigger"):
        made = f.act("package_create", name="neu", title="Neu", notes="x", owner_org=f.unit()["id"])
    assert made["private"] is True
    unseen(made["id"])


def test_only_the_session_holds_what_the_board_looks_at():
    unit = f.unit()
    dataset = f.dataset(unit)
    f.act("inventory_record_patch", id=dataset["id"], personal_data="none", openness="open")
    f.board()
    f.act("review_submit", package_id=dataset["id"])

    def change():
        model.Session.get(model.Package, dataset["id"]).notes = "Heimlich"
        model.Session.flush()

    assert tried(change)
    with without("session"):
        assert not tried(change)
    # and were it off, the decision itself compares what was submitted
    case = f.act("review_show", package_id=dataset["id"])
    for member in f.board()[:3]:
        case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
    assert case["state"] == "changes_requested"
    unseen(dataset["id"])


def test_only_the_labels_know_that_a_publication_has_ended(live):
    """Nothing is written when the time of a row is over: the labels see it."""
    dataset = live[0]
    model.Session.execute(sa.text("UPDATE dp_publication SET until = now() - interval '1 second'"))
    model.Session.commit()
    unseen(dataset["id"])
    with without("labels"):
        assert f.anonymous("package_show", id=dataset["id"])
    unseen(dataset["id"])
