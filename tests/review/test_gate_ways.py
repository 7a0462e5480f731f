"""No way leads around the board: each way to make public, or to change what is public, as editor, as sysadmin and
with `ignore_auth`, by actions, model code and raw SQL."""

from typing import Any

import ckan.logic.schema as ckan_schema
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.inventory import shared as inventory
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture(params=["editor", "sysadmin", "ignore_auth"])
def actor(request):
    """A function that calls an action as one of three who might try."""
    unit = f.unit("amt")
    name = {"editor": lambda: f.editor_of(unit, "admin"), "sysadmin": f.sysadmin, "ignore_auth": lambda: None}
    person = name[request.param]()

    def call(action, **data):
        return f.act(action, person["name"] if person else None, **data)

    call.unit = unit
    return call


def hidden(package_id):
    """The dataset is public nowhere."""
    model.Session.rollback()
    model.Session.expire_all()
    package = model.Package.get(package_id)
    assert package is None or package.private is True or package.state != "active"
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("package_show", id=package_id)
    assert f.anonymous("package_search", q="*:*")["count"] == 0


PUBLISH = {
    "update": lambda call, d: call("package_update", **{**f.act("package_show", id=d["id"]), "private": False}),
    "patch": lambda call, d: call("package_patch", id=d["id"], private=False),
    "patch as text": lambda call, d: call("package_patch", id=d["id"], private="False"),
    "revise": lambda call, d: call("package_revise", match={"id": d["id"]}, update={"private": False}),
    "revise, flat": lambda call, d: call("package_revise", match__id=d["id"], update__private=False),
    "bulk": lambda call, d: call("bulk_update_public", datasets=[d["id"]], org_id=d["owner_org"]),
}


@pytest.mark.parametrize("way", PUBLISH)
def test_actions_do_not_publish(actor, way):
    dataset = f.dataset(actor.unit)
    with pytest.raises(tk.NotAuthorized, match=r"review_submit|Gremium|board"):
        PUBLISH[way](actor, dataset)
    hidden(dataset["id"])


@pytest.mark.parametrize("state", ["active", "draft"])
def test_create_public_is_refused_and_missing_means_private(actor, state):
    with pytest.raises(tk.NotAuthorized):
        actor("package_create", name="neu", title="Neu", owner_org=actor.unit["id"], private=False, state=state)
    assert model.Package.get("neu") is None
    made = actor("package_create", name="neu", title="Neu", notes="x", owner_org=actor.unit["id"], state=state)
    hidden(made["id"])
    if state == "draft":
        actor("package_patch", id=made["id"], state="active")
        hidden(made["id"])


def test_context_tricks_do_not_publish(actor):
    dataset = f.dataset(actor.unit)
    full = {**f.act("package_show", id=dataset["id"]), "private": False}
    schema = ckan_schema.default_update_package_schema()
    for trick in ({"schema": schema}, {"validate": False}, {"defer_commit": True, "return_id_only": True}, {"use_cache": False}):
        context: Any = {"ignore_auth": True, "user": f.system(), **trick}
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("package_update")(context, dict(full))
        hidden(dataset["id"])


def test_harvest_source_is_private(actor):
    made = f.act(
        "package_create", type="dataset", name="quelle", title="Quelle", notes="x", owner_org=actor.unit["id"]
    )
    model.Session.execute(sa.text("UPDATE package SET type='harvest' WHERE id=:id"), {"id": made["id"]})
    model.Session.commit()
    with pytest.raises(Exception):  # noqa: B017, PT011 -- whatever refuses, it is not public afterwards
        model.Session.execute(sa.text("UPDATE package SET private=false WHERE id=:id"), {"id": made["id"]})
        model.Session.commit()
    hidden(made["id"])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE package SET private = false WHERE id = :id",
        "UPDATE package SET private = NULL WHERE id = :id",
        "UPDATE package SET private = false, state = 'draft' WHERE id = :id",
        "INSERT INTO package (id, name, private, state, type) VALUES ('sql', 'sql', false, 'active', 'dataset')",
        "INSERT INTO package (id, name, state, type) VALUES ('sql', 'sql', 'active', 'dataset')",
    ],
)
def test_raw_sql_is_stopped_by_the_trigger(statement):
    dataset = f.dataset(f.unit())
    with pytest.raises(access.GateRefused) as refused:
        model.Session.execute(sa.text(statement), {"id": dataset["id"]})
    assert "no decision to be public" in str(refused.value.__cause__)
    hidden(dataset["id"])
    hidden("sql")


def test_model_code_is_refused_in_words():
    dataset = f.dataset(f.unit())
    package = model.Package.get(dataset["id"])
    package.private = False
    with pytest.raises(access.GateRefused):
        model.Session.commit()
    hidden(dataset["id"])
    model.Session.add(model.Package(name="modell", private=False, owner_org=dataset["owner_org"]))
    with pytest.raises(access.GateRefused):
        model.Session.commit()
    hidden("modell")
    model.Session.add(model.Package(name="ohne-angabe", owner_org=dataset["owner_org"]))
    model.Session.commit()
    hidden("ohne-angabe")
    with pytest.raises(access.GateRefused, match="review_submit"):
        model.Session.query(model.Package).filter_by(id=dataset["id"]).update({"private": False})
    hidden(dataset["id"])


def test_publish_button_and_form(app):
    """CKAN's own publish button makes a draft active, not public; a form that says public is refused."""
    unit = f.unit()
    editor = f.editor_of(unit, "admin")
    draft = f.dataset(unit, editor["name"], state="draft")
    token = f.act("api_token_create", user=editor["name"], name="t")["token"]
    for save in ("go-metadata-publish", "go-metadata", "go-metadata-unpublish"):
        app.post(
            f"/dataset/edit/{draft['name']}",
            data={"name": draft["name"], "title": "x", "notes": "x", "owner_org": unit["id"], "private": "False", "save": save},
            headers={"Authorization": token},
            follow_redirects=False,
        )
        hidden(draft["id"])


def test_api_answers_403_in_words_and_404_for_the_hidden(app):
    unit = f.unit()
    dataset = f.dataset(unit)
    editor = f.editor_of(unit)
    token = {"Authorization": f.act("api_token_create", user=editor["name"], name="t")["token"]}
    answer = app.post("/api/3/action/package_patch", json={"id": dataset["id"], "private": False}, headers=token)
    assert answer.status_code == 403
    assert "review_submit" in answer.json["error"]["message"]
    hidden_answer = app.post("/api/3/action/package_show", json={"id": dataset["id"]})
    never = app.post("/api/3/action/package_show", json={"id": "00000000-0000-0000-0000-000000000000"})
    assert hidden_answer.status_code == never.status_code == 404
    assert hidden_answer.json["error"] == never.json["error"]
    assert app.post("/api/3/action/package_patch", json={"id": dataset["id"], "title": "x"}).status_code == 404


# what is public stays what was decided


@pytest.fixture
def live(tmp_path):
    """A published dataset with a file; (dataset, resource, path of the file)."""
    dataset = f.published_dataset(f.unit("amt"), tmp_path)
    resource = dataset["resources"][0]
    return dataset, resource, inventory.stored(resource)


CHANGE = {
    "title": lambda d, r: ("package_patch", {"id": d["id"], "title": "Anders"}),
    "licence": lambda d, r: ("package_patch", {"id": d["id"], "license_id": "cc-by/4.0"}),
    "all": lambda d, r: ("package_update", {**d, "notes": "Anders"}),
    "revise": lambda d, r: ("package_revise", {"match": {"id": d["id"]}, "update": {"notes": "Anders"}}),
    "unit": lambda d, r: ("package_owner_org_update", {"id": d["id"], "organization_id": f.unit("andere")["id"]}),
    "private": lambda d, r: ("package_patch", {"id": d["id"], "private": True}),
    "bulk private": lambda d, r: ("bulk_update_private", {"datasets": [d["id"]], "org_id": d["owner_org"]}),
    "bulk delete": lambda d, r: ("bulk_update_delete", {"datasets": [d["id"]], "org_id": d["owner_org"]}),
    "state": lambda d, r: ("package_patch", {"id": d["id"], "state": "draft"}),
    "delete": lambda d, r: ("package_delete", {"id": d["id"]}),
    "purge": lambda d, r: ("dataset_purge", {"id": d["id"]}),
    "resource new": lambda d, r: ("resource_create", {"package_id": d["id"], "url": "https://example.org/x", "name": "x"}),
    "resource patch": lambda d, r: ("resource_patch", {"id": r["id"], "url": "https://example.org/x"}),
    "resource update": lambda d, r: ("resource_update", {**r, "name": "x"}),
    "resource delete": lambda d, r: ("resource_delete", {"id": r["id"]}),
    "rows": lambda d, r: ("datastore_create", {"resource_id": r["id"], "force": True, "records": [{"a": 1}]}),
}


@pytest.mark.parametrize("way", CHANGE)
@pytest.mark.parametrize("who", ["sysadmin", "ignore_auth"])
def test_published_content_stays(live, way, who):
    dataset, resource, path = live
    before, content = path.read_bytes(), access.content(dataset["id"])
    action, data = CHANGE[way](dataset, resource)
    with pytest.raises(tk.NotAuthorized):
        f.act(action, f.sysadmin()["name"] if who == "sysadmin" else None, **data)
    model.Session.rollback()
    model.Session.expire_all()
    assert access.content(dataset["id"]) == content
    assert f.anonymous("package_show", id=dataset["id"])["title"] == dataset["title"]
    assert path.read_bytes() == before


def test_upload_over_a_live_file_is_refused_before_it_is_written(live, create_with_upload):
    dataset, resource, path = live
    before = path.read_bytes()
    with pytest.raises(tk.NotAuthorized):
        create_with_upload(
            b"name\nFrau", "baeume.csv", context={"user": f.system(), "ignore_auth": True},
            action="resource_update", id=resource["id"], package_id=dataset["id"], url="baeume.csv",
        )  # fmt: skip
    assert path.read_bytes() == before


@pytest.mark.parametrize("what", ["package", "resource", "new resource", "tag"])
def test_model_code_does_not_change_live_content(live, what):
    dataset, resource, _ = live
    if what == "package":
        model.Package.get(dataset["id"]).notes = "Anders"
    elif what == "resource":
        model.Resource.get(resource["id"]).url = "https://example.org/anders"
    elif what == "new resource":
        model.Session.add(model.Resource(package_id=dataset["id"], url="https://example.org/neu"))
    else:
        tag = model.Tag(name="Heimlich")
        model.Session.add(tag)
        model.Session.flush()
        model.Session.add(model.PackageTag(model.Package.get(dataset["id"]), tag))
    with pytest.raises(access.GateRefused):
        model.Session.commit()
    model.Session.rollback()
    assert f.anonymous("package_show", id=dataset["id"])["notes"] == dataset["notes"]


def test_time_of_update_passes_at_once(live):
    dataset = live[0]
    f.act("package_patch", id=dataset["id"], modified="2026-11-23")
    assert f.anonymous("package_show", id=dataset["id"])["modified"].startswith("2026-11-23")


def test_upsert_cannot_name_local_files(tmp_path):
    unit = f.unit()
    secret = tmp_path / "geheim.txt"
    secret.write_text("geheim")
    with pytest.raises(tk.ValidationError):
        f.act(
            "inventory_dataset_upsert", f.editor_of(unit)["name"], source="import:x", remote_id="1",
            dataset={"title": "x", "owner_org": unit["id"],
                     "resources": [{"key": "a", "url": "a.txt", "upload_path": str(secret)}]},
        )  # fmt: skip


# a revision beside the live version


def test_source_change_of_published_is_a_revision(tmp_path):
    unit = f.unit()
    dataset = f.published_dataset(unit, tmp_path)
    remote = f.act("inventory_record_show", id=dataset["id"])["remote_id"]
    live_file = inventory.stored(dataset["resources"][0])
    before = live_file.read_bytes()
    assert f.harvested(unit, tmp_path, remote_id=remote)["result"] == "unchanged"
    assert f.harvested(unit, tmp_path, "nr,art\n9,Eiche\n", remote)["result"] == "revision"
    assert f.harvested(unit, tmp_path, "nr,art\n9,Eiche\n", remote)["result"] == "revision"
    assert live_file.read_bytes() == before
    steward = f.editor_of(unit)
    changes = f.act("review_revision_diff", steward["name"], package_id=dataset["id"])["changes"]
    assert any("hash" in change["field"] for change in changes)
    case = f.act("review_submit", steward["name"], package_id=dataset["id"])
    assert f.harvested(unit, tmp_path, "nr,art\n8,Ulme\n", remote)["result"] == "held"
    for member in f.board()[:3]:
        case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
    assert case["state"] == "published"
    assert live_file.read_text() == "nr,art\n9,Eiche\n"
    assert f.anonymous("package_show", id=dataset["id"])["resources"][0]["hash"] != dataset["resources"][0]["hash"]


def test_revision_discarded_leaves_the_live_version(tmp_path):
    unit = f.unit()
    dataset = f.published_dataset(unit, tmp_path)
    steward = f.editor_of(unit)
    made = f.act("review_revision_create", steward["name"], package_id=dataset["id"], dataset={"title": "Neu"})
    assert f.anonymous("package_show", id=dataset["id"])["title"] == dataset["title"]
    for stranger in ("", f.user()["name"]):
        with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized)):
            f.act("review_revision_show", stranger, id=made["id"])
    assert f.act("review_revision_discard", steward["name"], id=made["id"])["state"] == "discarded"
    assert f.anonymous("package_show", id=dataset["id"])["title"] == dataset["title"]


def test_upsert_of_a_published_dataset_is_checked_too(tmp_path):
    """The way through the revision: no file of this machine, no dataset of another unit."""
    unit = f.unit()
    dataset = f.published_dataset(unit, tmp_path)
    remote = f.act("inventory_record_show", id=dataset["id"])["remote_id"]
    secret = tmp_path / "geheim.txt"
    secret.write_text("geheim")
    named = {"source": "import:test", "remote_id": remote}
    with pytest.raises(tk.ValidationError):
        f.act("inventory_dataset_upsert", f.editor_of(unit)["name"], **named, dataset={
            "title": "x", "owner_org": unit["id"], "resources": [{"key": "a", "url": "a", "upload_path": str(secret)}]})
    other = f.unit("andere")
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_dataset_upsert", f.editor_of(other)["name"], **named,
              dataset={"title": "Übernommen", "owner_org": other["id"]})  # fmt: skip
    with pytest.raises(tk.ObjectNotFound):
        f.act("review_revision_show", package_id=dataset["id"])


@pytest.mark.parametrize("value", ["vielleicht", "ja bitte"])
def test_nonsense_for_private_is_refused_in_words(value):
    dataset = f.dataset(f.unit())
    with pytest.raises(tk.ValidationError):
        f.act("package_patch", id=dataset["id"], private=value)
    hidden(dataset["id"])


def test_relationship_and_view_do_not_reach_a_published_dataset(live):
    dataset, resource, _ = live
    other = f.dataset(f.unit("andere"))
    for data in ({"subject": dataset["id"], "object": other["id"]}, {"subject": other["id"], "object": dataset["id"]}):
        with pytest.raises(tk.NotAuthorized):
            f.act("package_relationship_create", type="depends_on", **data)
    with pytest.raises(tk.NotAuthorized):
        f.act("resource_view_create", resource_id=resource["id"], view_type="text_view", title="Heimlich")


def test_a_file_that_a_revision_removes_is_gone(tmp_path, app):
    unit = f.unit()
    dataset = f.published_dataset(unit, tmp_path)
    steward, resource = f.editor_of(unit), dataset["resources"][0]
    f.act("review_revision_create", steward["name"], package_id=dataset["id"], dataset={"resources": []})
    case = f.submit_and_vote(dataset["id"], steward["name"], f.board())
    assert case["state"] == "published"
    assert app.post("/api/3/action/resource_show", json={"id": resource["id"]}).status_code == 404
    assert app.get(f"/dataset/{dataset['id']}/resource/{resource['id']}/download/x.csv").status_code == 404


def test_deleted_in_mid_review_is_free_again():
    unit = f.unit()
    steward = f.editor_of(unit)
    dataset = f.dataset(unit, steward["name"])
    f.act("inventory_record_patch", id=dataset["id"], personal_data="none", openness="open")
    members = f.board()
    f.submit_and_vote(dataset["id"], steward["name"], members, "yy")
    case = f.act("review_show", members[2]["name"], package_id=dataset["id"])
    f.act("package_delete", id=dataset["id"])
    assert f.act("review_vote", members[2]["name"], case_id=case["id"], vote="approve")["state"] == "withdrawn"
    f.act("package_patch", id=dataset["id"], state="active")
    f.act("package_patch", id=dataset["id"], notes="wieder änderbar")
    hidden(dataset["id"])


def test_hidden_things_are_not_told_by_the_way():
    unit = f.unit()
    dataset = f.dataset(unit, url="https://intern.example.org", tags=[{"name": "Geheimwort"}])
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("tag_show", id="Geheimwort")
    with pytest.raises(tk.ObjectNotFound):
        f.anonymous("dataset_follower_count", id=dataset["id"])
    f.act("resource_create", package_id=dataset["id"], url="https://intern.example.org/datei.csv", name="x")
    other = f.editor_of(f.unit("andere"))
    found = f.act("package_search", other["name"], q="*:*", include_private=True, fl="id,res_url,validated_data_dict,x:res_url")
    assert found["count"] == 1
    assert "intern.example.org/datei" not in str(found)
