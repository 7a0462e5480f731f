"""Keys with a scope: what each may, by API and by pages, whoever it belongs to; their unit and their end."""

from __future__ import annotations

import io
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from tests import factories as f
from tests.browser import log_in, looked_at

platform = pytest.mark.usefixtures("platform")
NAME = "datensatz-des-amts"


@pytest.fixture
def unit(platform: None) -> dict[str, Any]:
    return f.unit("amt")


def key(person: dict[str, Any], **chosen: Any) -> dict[str, str]:
    """Headers with a new key of the person."""
    return {"Authorization": f.act("api_token_create", person["name"], user=person["name"], name="k", **chosen)["token"]}


def asked(app: Any, headers: dict[str, str], action: str, **data: Any) -> Any:
    return app.post(f"/api/3/action/{action}", json=data, headers=headers)


WRITES = {
    "package_create": {"name": "neu", "title": "Neu", "owner_org": "<UNIT>"},
    "package_patch": {"id": "<ID>", "title": "Anders"},
    "package_update": {"id": "<ID>", "name": NAME, "title": "Anders", "owner_org": "<UNIT>"},
    "package_revise": {"match": {"id": "<ID>"}, "update": {"title": "Anders"}},
    "package_delete": {"id": "<ID>"},
    "dataset_purge": {"id": "<ID>"},
    "resource_create": {"package_id": "<ID>", "url": "https://x.example.org/a.csv", "name": "x"},
    "datastore_create": {"resource": {"package_id": "<ID>"}, "fields": [{"id": "a", "type": "text"}], "force": True},
    "bulk_update_private": {"datasets": ["<ID>"], "org_id": "<UNIT>"},
    "organization_patch": {"id": "<UNIT>", "title": "Anders"},
    "organization_create": {"name": "noch-eine"},
    "user_create": {"name": "jemand", "email": "j@example.org", "password": "correct horse battery"},
    "user_patch": {"id": "<USER>", "fullname": "Anders"},
    "api_token_create": {"user": "<USER>", "name": "zwei"},
    "role_grant": {"user": "<USER>", "role": "board"},
    "dataspace_create": {"name": "raum", "title": "x", "purpose": "x", "owner_org": "<UNIT>"},
    "inventory_record_patch": {"id": "<ID>", "source_system": "Anders"},
    "review_submit": {"package_id": "<ID>"},
    "harvest_source_create": {"name": "quelle", "title": "x", "url": "https://x.example.org", "source_type": "dcat_ap_de"},
    "follow_dataset": {"id": "<ID>"},
}


def _state() -> list[Any]:
    """What a writing action would have changed."""
    rows = []
    for query in ("SELECT id, name, title, state, private FROM package ORDER BY id", 'SELECT id, fullname FROM "user" ORDER BY id',
                  'SELECT id, title FROM "group" ORDER BY id', "SELECT count(*) FROM resource", "SELECT count(*) FROM api_token",
                  "SELECT count(*) FROM dp_role", "SELECT count(*) FROM dp_dataspace", "SELECT count(*) FROM dp_review_case",
                  "SELECT count(*) FROM user_following_dataset"):  # fmt: skip
        rows += [tuple(row) for row in model.Session.execute(sa.text(query))]
    model.Session.rollback()
    return rows


@pytest.mark.parametrize("scope", ["read", "harvest"])
def test_a_reading_key_writes_nothing_not_even_a_sysadmins(scope, unit, app):
    root = f.sysadmin()
    package_id = f.dataset(unit, name=NAME)["id"]
    headers = key(root, scope=scope)
    names = {"<ID>": package_id, "<UNIT>": unit["id"], "<USER>": root["name"]}

    def fill(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: fill(item) for name, item in value.items()}
        return [fill(item) for item in value] if isinstance(value, list) else names.get(value, value)

    before = _state()
    for action, data in WRITES.items():
        answer = asked(app, headers, action, **fill(data))
        assert answer.status_code == 403, (action, answer.text)
        assert answer.json["error"]["__type"] == "Authorization Error"
        # the other ways of calling it
        for address in (f"/api/action/{action}", f"/api/3/action/{action}/"):
            assert app.post(address, json=fill(data), headers=headers).status_code in (403, 404), (action, address)
        assert app.get(f"/api/3/action/{action}", headers=headers).status_code in (400, 403), action
    for path in ("/dataset/new", f"/dataset/edit/{NAME}", f"/dataset/delete/{NAME}", f"/dataset/{NAME}/einreichen", "/user/edit",
                 "/datenraeume/neu", f"/organization/edit/{unit['name']}", "/ckan-admin/config",
                 f"/user/{root['name']}/api-tokens"):  # fmt: skip
        assert app.post(path, data={"title": "Anders", "name": "neu"}, headers=headers).status_code == 403, path
    # pages that would write when they are merely opened, and those of administrators
    for path in ("/harvest/refresh/x", "/harvest/clear/x", "/ckan-admin/", "/user/edit", "/dashboard/datasets"):
        assert app.get(path, headers=headers).status_code == 403, path
    assert _state() == before
    # with everything allowed the first of them works, so nothing else refused it
    assert asked(app, key(root, scope="all"), "package_patch", id=package_id, title="Anders").status_code == 200


def test_what_reading_keys_see(unit, app, tmp_path):
    """read: what the person sees; harvest: what everybody sees, though the key is a sysadmin's."""
    root = f.sysadmin()
    internal = f.dataset(unit, name=NAME)["id"]
    public = f.published_dataset(unit, tmp_path)
    file = public["resources"][0]
    for scope, status, count in (("read", 200, 2), ("harvest", 404, 1)):
        headers = key(root, scope=scope)
        assert asked(app, headers, "package_show", id=internal).status_code == status
        assert asked(app, headers, "inventory_record_show", id=internal).status_code == status
        assert asked(app, headers, "package_search", q="*:*", include_private=True).json["result"]["count"] == count
        assert app.get(f"/dataset/{NAME}", headers=headers).status_code == status
        assert app.get(f"/dataset/{NAME}.ttl", headers=headers).status_code == status
        for path in ("/catalog.ttl", "/catalog/full.ttl", f"/dataset/{public['name']}.ttl", "/api/3/action/package_list", "/",
                     f"/dataset/{public['id']}/resource/{file['id']}/download/baeume.csv"):  # fmt: skip
            assert app.get(path, headers=headers).status_code == 200, path
        assert asked(app, headers, "role_list").status_code == (200 if scope == "read" else 403)


def test_a_writing_key_stays_within_its_organization(unit, app):
    """Also where its person may more: an editor of two organisations, a sysadmin."""
    other = f.unit("anderes")
    person = f.editor_of(unit)
    f.act("member_create", id=other["id"], object=person["id"], object_type="user", capacity="editor")
    for who in (person, f.sysadmin()):
        headers = key(who, scope="unit", unit=unit["name"])
        own, foreign = f.dataset(unit)["id"], f.dataset(other)["id"]
        file = f.act("resource_create", package_id=foreign, url="https://x.example.org/a.csv", name="x")["id"]
        made = asked(app, headers, "package_create", name=f"neu-{who['name']}", title="Neu", owner_org=unit["name"])
        assert made.status_code == 200, made.text
        file_form = {"package_id": own, "name": "x", "upload": (io.BytesIO(b"a\n1\n"), "a.csv")}
        upload = app.post("/api/3/action/resource_create", data=file_form, headers=headers, content_type="multipart/form-data")
        assert upload.status_code == 200, upload.text
        mine = upload.json["result"]["id"]
        assert asked(app, headers, "resource_patch", id=mine, description="y").status_code == 200
        assert asked(app, headers, "inventory_record_patch", id=own, source_system="z").status_code == 200
        fields = [{"id": "a", "type": "text"}]
        assert asked(app, headers, "datastore_create", resource_id=mine, fields=fields, force=True).status_code == 200
        for action, data in (
            ("package_create", {"name": "x-neu", "owner_org": other["name"]}), ("package_create", {"name": "x-neu"}),
            ("package_patch", {"id": foreign, "title": "x"}), ("package_patch", {"id": own, "owner_org": other["id"]}),
            ("package_update", {"name": model.Package.get(foreign).name, "title": "x"}), ("package_patch", {"id": "gibt-es-nicht"}),
            ("resource_create", {"package_id": foreign, "url": "https://x.example.org"}), ("resource_patch", {"id": file, "name": "y"}),
            ("datastore_create", {"resource_id": file, "fields": fields, "force": True}),
            ("datastore_create", {"resource_id": mine, "id": file, "fields": fields, "force": True}),
            ("datastore_create", {"resource_id": file, "id": mine, "fields": fields, "force": True}),
            ("datastore_create", {"resource": {"package_id": foreign}, "fields": fields}),
            ("inventory_record_patch", {"id": foreign, "source_system": "x"}), ("package_delete", {"id": own}),
            ("api_token_create", {"user": who["name"], "name": "x"}), ("role_grant", {"user": who["name"], "role": "board"}),
            ("review_submit", {"package_id": own}), ("organization_patch", {"id": unit["id"], "title": "x"}),
        ):  # fmt: skip
            assert asked(app, headers, action, **data).status_code == 403, (who["name"], action, data)
        assert app.post("/dataset/new", data={"name": "x"}, headers=headers).status_code == 403
        assert asked(app, headers, "package_show", id=foreign).status_code == 200
    # who leaves the organisation writes no more, whatever the key says
    headers = key(person, scope="unit", unit=unit["id"])
    f.act("member_delete", id=unit["id"], object=person["id"], object_type="user")
    assert asked(app, headers, "package_patch", id=f.dataset(unit)["id"], title="x").status_code in (403, 404)


def test_the_end_of_a_key(unit, app):
    person = f.editor_of(unit)
    package_id = f.dataset(unit)["id"]
    headers = key(person, scope="read", until="2999-01-01")
    assert asked(app, headers, "package_show", id=package_id).status_code == 200
    model.Session.execute(sa.text(
        "UPDATE api_token SET plugin_extras = jsonb_set(plugin_extras, '{datenplattform,until}', '\"2020-01-01T00:00:00+00:00\"')"
    ))  # fmt: skip
    model.Session.commit()
    assert asked(app, headers, "package_show", id=package_id).status_code == 404
    assert app.get(f"/dataset/{package_id}", headers=headers).status_code == 404


def test_the_key_of_somebody_who_left_opens_nothing(unit, app):
    """user_delete ends session, keys, memberships and Datenräume with the next request."""
    person = f.editor_of(unit)
    package_id = f.dataset(unit)["id"]
    f.act("dataspace_create", person["name"], name="raum", title="Raum", purpose="x", owner_org=unit["id"])
    f.act("dataspace_member_add", person["name"], dataspace="raum", user=person["name"], role="manage")
    headers = [key(person, scope=scope) for scope in ("all", "read")]
    assert [asked(app, item, "package_show", id=package_id).status_code for item in headers] == [200, 200]
    f.act("user_delete", id=person["id"])
    for item in headers:
        for action, data in (("package_show", {"id": package_id}), ("dataspace_show", {"id": "raum"})):
            assert asked(app, item, action, **data).status_code in (403, 404), action
        assert app.get(f"/dataset/{package_id}", headers=item).status_code == 404


def test_what_is_chosen_is_checked_and_listed(unit):
    person = f.editor_of(unit)
    count = len(f.act("api_token_list", person["name"], user_id=person["name"]))
    for wrong in ({"scope": "alles"}, {"scope": "unit"}, {"scope": "unit", "unit": "gibt-es-nicht"}, {"until": "2020-01-01"},
                  {"until": "bald"}):  # fmt: skip
        with pytest.raises(tk.ValidationError):
            f.act("api_token_create", person["name"], user=person["name"], name="k", **wrong)
    assert len(f.act("api_token_list", person["name"], user_id=person["name"])) == count
    key(person, scope="unit", unit=unit["name"], until="2999-12-31")
    key(person)
    first, second = f.act("api_token_list", person["name"], user_id=person["name"])[-2:]
    assert (first["scope"], first["unit"], first["until"][:10]) == ("unit", unit["id"], "2999-12-31")
    assert (second["scope"], second["unit"], second["until"]) == ("all", None, None)
    # nobody makes or sees another's
    with pytest.raises(tk.NotAuthorized):
        f.act("api_token_list", f.user()["name"], user_id=person["name"])


def test_made_by_the_page(page: Any):
    unit = f.unit("amt", title="Fachdienst Grün")
    person = f.editor_of(unit)
    log_in(page, person["name"])
    page.goto(f"/user/{person['name']}/api-tokens")
    assert page.input_value("#field-scope") == "read"
    looked_at(page, "keys", ours=False)
    page.fill("input[name=name]", "Katalog")
    page.select_option("#field-scope", "unit")
    page.select_option("#field-unit", unit["id"])
    page.fill("#field-until", "2099-12-31")
    page.click("button[value=create]")
    page.wait_for_selector("#api-tokens-table code")
    page.reload()
    assert "Datensätze einer Organisation schreiben: Fachdienst Grün, bis 31. Dezember 2099" in page.inner_text("#api-tokens-table")
    page.set_viewport_size({"width": 360, "height": 800})
    looked_at(page, "keys-360", ours=False)
