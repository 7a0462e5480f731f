"""Datenräume: who makes and keeps them, what each role may, how they end; partners from outside; granted requests."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from tests import factories as f
from tests.browser import log_in, looked_at

platform = pytest.mark.usefixtures("platform")
CANARY = "Raumvogel"
OUTSIDE = [{"key": "kind", "value": "outside"}]


@pytest.fixture
def unit(platform: None) -> dict[str, Any]:
    return f.unit("amt")


@pytest.fixture
def editor(unit: Any) -> str:
    return f.editor_of(unit)["name"]


@pytest.fixture
def space(unit: Any, editor: str) -> str:
    return f.act("dataspace_create", editor, name="raum", title="Raum", purpose="Planung", owner_org=unit["id"])["name"]


def partner(role: str = "read", space: str = "raum", **more: Any) -> str:
    """A person of an organisation outside, let into the Datenraum as a person."""
    person = f.editor_of(f.unit("partner", extras=OUTSIDE), "member")["name"]
    f.act("dataspace_member_add", dataspace=space, user=person, role=role, **more)
    return person


def test_made_changed_and_dissolved_by_the_owning_unit(unit, editor, space, tmp_path):
    stranger = f.editor_of(f.unit())["name"]
    with pytest.raises(tk.NotAuthorized):
        f.act("dataspace_create", stranger, name="fremd", title="x", purpose="x", owner_org=unit["id"])
    changed = f.act("dataspace_patch", editor, id=space, legal_basis="§ 3 NDIG", conditions="Nur Planung", reason="Entwurf")
    assert (changed["title"], changed["legal_basis"], changed["conditions"]) == ("Raum", "§ 3 NDIG", "Nur Planung")
    assert f.act("dataspace_show", editor, id=space)["reason"] == "Entwurf"
    with pytest.raises(tk.ValidationError) as refused:
        f.act("dataspace_patch", editor, id=space, title=" ", purpose="x" * 4001)
    assert set(refused.value.error_dict) == {"title", "purpose"}
    with pytest.raises(tk.NotAuthorized):
        f.act("dataspace_patch", editor, id=space, owner_org=f.unit()["id"])
    # for others it does not exist, in the same words as one that never was
    told = set()
    for action, data in (("dataspace_show", {}), ("dataspace_patch", {"title": "x"}), ("dataspace_delete", {})):
        for id in (space, "gibt-es-nicht"):
            with pytest.raises(tk.ObjectNotFound) as missing:
                f.act(action, stranger, id=id, **data)
            told.add(str(missing.value))
    assert len(told) == 1
    package_id = f.harvested(unit, tmp_path)["id"]
    f.act("dataspace_dataset_add", editor, dataspace=space, package_id=package_id)
    guest = partner()
    assert f.act("package_show", guest, id=package_id)["resources"][0]["url"]
    assert f.act("dataspace_delete", editor, id=space)["datasets"] == 1
    assert f.act("dataspace_list", guest) == f.act("dataspace_list", editor) == []
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", guest, id=package_id)
    assert f.act("package_show", editor, id=package_id)["state"] == "active"
    # its name is free again; who had access stays on record
    f.act("dataspace_create", editor, name=space, title="Neu", purpose="x", owner_org=unit["id"])
    assert f.act("dataspace_show", editor, id=space)["members"] == []
    assert model.Session.execute(sa.text("SELECT count(*) FROM dp_dataspace_member WHERE until <= now()")).scalar() == 1


def test_what_each_role_may(unit, editor, space, tmp_path):
    package_id = f.harvested(unit, tmp_path)["id"]
    f.act("dataspace_dataset_add", editor, dataspace=space, package_id=package_id)
    read, contribute, manage = (partner(role) for role in ("read", "contribute", "manage"))
    for person, role in ((read, "read"), (contribute, "contribute"), (manage, "manage")):
        seen = f.act("dataspace_show", person, id=space)
        assert (seen["role"], seen["members"] is not None) == (role, role == "manage")
        assert [item["id"] for item in seen["datasets"]] == [package_id]
        assert seen["datasets"][0]["may_write"] == (role != "read")
        assert seen["may_delete"] is False
        # nobody changes the description of a dataset, nor takes it away, by a Datenraum
        for action, data in (("package_patch", {"title": "x"}), ("package_delete", {}), ("package_patch", {"owner_org": unit["id"]})):
            with pytest.raises(tk.NotAuthorized):
                f.act(action, person, id=package_id, **data)
        with pytest.raises(tk.NotAuthorized):
            f.act("inventory_record_show", person, id=package_id)
        with pytest.raises(tk.NotAuthorized):
            f.act("dataspace_delete", person, id=space)
        with pytest.raises(tk.NotAuthorized):
            f.act("dataspace_dataset_remove", person, dataspace=space, package_id=package_id)
    for person in (read, contribute):
        with pytest.raises(tk.NotAuthorized):
            f.act("dataspace_member_add", person, dataspace=space, user=person, role="manage")
        with pytest.raises(tk.NotAuthorized):
            f.act("dataspace_patch", person, id=space, title="x")
    with pytest.raises(tk.NotAuthorized):
        f.act("resource_create", read, package_id=package_id, url="https://x.example.org/a.csv", name="x")
    colleague = _colleague_of(manage)
    f.act("dataspace_member_add", manage, dataspace=space, user=colleague, until="2999-01-01")
    f.act("dataspace_member_remove", manage, dataspace=space, user=read)
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", read, id=package_id)


def _colleague_of(name):
    [organization] = f.act("organization_list_for_user", name, permission="read")
    return f.editor_of(organization, "member")["name"]


def test_a_partner_does_not_find_out_who_has_an_account(unit, editor, space):
    """Whoever they name, outside their own organisation the answer is one, by name and by e-mail, adding and removing."""
    manage, stranger = partner("manage"), f.user()
    answers = []
    for user in (stranger["name"], f"{stranger['name']}@example.org", stranger["id"], editor, "gibt-es-nicht", "nie@example.org"):
        for action in ("dataspace_member_add", "dataspace_member_remove"):
            with pytest.raises(tk.ValidationError) as refused:
                f.act(action, manage, dataspace=space, user=user)
            answers.append(refused.value.error_dict)
    assert all(answer == answers[0] for answer in answers), answers
    assert len(f.act("dataspace_show", editor, id=space)["members"]) == 1
    # who keeps the data space for the city names anybody, and is told of a slip of the pen
    f.act("dataspace_member_add", editor, dataspace=space, user=f"{stranger['name']}@example.org")
    with pytest.raises(tk.ValidationError) as refused:
        f.act("dataspace_member_add", editor, dataspace=space, user="nie@example.org")
    assert refused.value.error_dict != answers[0]
    f.act("dataspace_member_remove", manage, dataspace=space, user=stranger["name"])


def test_contributors_write_files_and_rows_until_the_board_looks(unit, editor, space, tmp_path):
    made = f.harvested(unit, tmp_path)
    package_id, resource_id = made["id"], made["resources"]["csv"]
    f.act("dataspace_dataset_add", editor, dataspace=space, package_id=package_id)
    person = partner("contribute")
    before = f.act("package_show", id=package_id)

    def bring(**more: Any) -> Any:
        upload = FileStorage(io.BytesIO(b"a\n1\n"), filename="neu.csv")
        return f.act("resource_create", person, package_id=package_id, name="Neu", format="CSV", upload=upload, **more)

    new = bring(title="Anders", owner_org="x", private=False)
    f.act("resource_patch", person, id=new["id"], description="Ergänzt")
    f.act("datastore_create", person, resource_id=new["id"], force=True, fields=[{"id": "a", "type": "int"}], records=[{"a": 1}])
    f.act("datastore_upsert", person, resource_id=new["id"], force=True, method="insert", records=[{"a": 2}])
    after = f.act("package_show", id=package_id)
    for field in ("title", "owner_org", "private", "state", "name", "license_id"):
        assert after[field] == before[field]
    assert [item["id"] for item in after["resources"]] == [resource_id, new["id"]]
    assert after["resources"][1]["description"] == "Ergänzt"
    # a file can be added and replaced, not taken away
    with pytest.raises(tk.NotAuthorized):
        f.act("resource_delete", person, id=new["id"])
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        f.act("datastore_create", person, resource={"package_id": package_id}, fields=[{"id": "a", "type": "int"}])
    # another dataset of the unit is not theirs
    other = f.dataset(unit)
    with pytest.raises(tk.ObjectNotFound):
        f.act("resource_create", person, package_id=other["id"], url="https://x.example.org/a.csv", name="x")
    members = f.board()
    case = f.act("review_submit", editor, package_id=package_id)
    for forbidden in (bring, lambda: f.act("resource_patch", person, id=new["id"], name="x"),
                      lambda: f.act("datastore_upsert", person, resource_id=new["id"], force=True, method="insert",
                                    records=[{"a": 3}])):  # fmt: skip
        with pytest.raises(tk.NotAuthorized):
            forbidden()
    assert f.act("datastore_search", resource_id=new["id"])["total"] == 2
    for member in members[:3]:
        case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
    assert case["state"] == "published"
    with pytest.raises(tk.NotAuthorized):
        bring()


def test_two_names_for_rows_do_not_pass_the_gate(unit, editor, tmp_path):
    """CKAN's `id` wins over `resource_id`: the gate looks at both."""
    public = f.published_dataset(unit, tmp_path)["resources"][0]["id"]
    f.act("datastore_create", resource_id=(own := f.harvested(unit, tmp_path, remote_id="own")["resources"]["csv"]), force=True,
          fields=[{"id": "a", "type": "int"}])  # fmt: skip
    for data in ({"resource_id": own, "id": public}, {"resource_id": public, "id": own}):
        with pytest.raises(tk.NotAuthorized):
            f.act("datastore_create", editor, **data, force=True, fields=[{"id": "a", "type": "int"}], records=[{"a": 1}])


def test_a_dataset_comes_in_by_who_keeps_it(unit, editor, space):
    """One's own into another unit's Datenraum as its contributor; nobody else's into one's own; out again at any time."""
    other = f.unit("fremd")
    giver = f.editor_of(other)["name"]
    own = f.dataset(other)["id"]
    with pytest.raises((tk.NotAuthorized, tk.ObjectNotFound)):
        f.act("dataspace_dataset_add", editor, dataspace=space, package_id=own)
    with pytest.raises(tk.ObjectNotFound):
        f.act("dataspace_dataset_add", giver, dataspace=space, package_id=own)
    f.act("dataspace_member_add", editor, dataspace=space, user=giver, role="read")
    with pytest.raises(tk.NotAuthorized):
        f.act("dataspace_dataset_add", giver, dataspace=space, package_id=own)
    f.act("dataspace_member_add", editor, dataspace=space, user=giver, role="contribute")
    f.act("dataspace_dataset_add", giver, dataspace=space, package_id=own)
    assert f.act("dataspace_dataset_remove", giver, dataspace=space, package_id=own) == {"removed": 1}
    hidden = f.dataset(other)["id"]
    f.act("inventory_record_patch", id=hidden, confidentiality="high")
    with pytest.raises(tk.ObjectNotFound):
        f.act("dataspace_dataset_add", editor, dataspace=space, package_id=hidden)


def test_a_draft_in_a_dataspace_is_not_named(unit, editor, space):
    draft = f.dataset(unit)["id"]
    f.act("dataspace_dataset_add", editor, dataspace=space, package_id=draft)
    f.act("package_patch", id=draft, state="draft")
    guest = partner()
    assert f.act("dataspace_show", guest, id=space)["datasets"] == []
    assert f.act("dataspace_list", guest)[0]["datasets"] == []
    assert f.act("dataspace_list", editor)[0]["datasets"] == [draft]


def test_a_partner_sees_the_dataspace_only(unit, editor, space, tmp_path, app):
    """Neither entries of staff nor the inventory, the board, other Datenräume or who else is a member."""
    inside = f.harvested(unit, tmp_path, title="Innen")["id"]
    f.act("dataspace_dataset_add", editor, dataspace=space, package_id=inside)
    hidden = f.harvested(unit, tmp_path, remote_id="2", title=CANARY)["id"]
    f.act("dataspace_create", editor, name="anderer", title=CANARY, purpose=CANARY, owner_org=unit["id"])
    f.act("dataspace_member_add", editor, dataspace=space, user=f.user(fullname=CANARY)["name"])
    guest = partner()
    headers = {"Authorization": f.act("api_token_create", user=guest, name="t")["token"]}
    seen = []
    for path in ("/", "/dataset/", "/datenraeume", "/datenraeume/raum", f"/dataset/{inside}", "/catalog.ttl",
                 "/organization/" + unit["name"]):  # fmt: skip
        answer = app.get(path, headers=headers)
        assert answer.status_code == 200, path
        seen.append(answer.text)
    for path in (f"/dataset/{hidden}", "/inventar", "/gremium", "/datenraeume/anderer", "/datenraeume/raum/aendern",
                 "/datenraeume/raum/aufloesen", "/datenraeume/neu", "/inventar/anfragen"):  # fmt: skip
        answer = app.get(path, headers=headers)
        assert answer.status_code in (403, 404), path
        seen.append(answer.text)
    for action, data in (("package_search", {"q": "*:*", "include_private": True}), ("dataspace_list", {}),
                         ("dataspace_show", {"id": space}), ("inventory_record_list", {}), ("inventory_access_request_list", {}),
                         ("review_list", {})):  # fmt: skip
        seen.append(app.post(f"/api/3/action/{action}", json=data, headers=headers).text)
    text = "\n".join(seen)
    assert "Innen" in text
    assert CANARY not in text
    for action in ("package_create", "dataspace_create"):
        with pytest.raises(tk.NotAuthorized):
            f.act(action, guest, name="x-neu", title="x", purpose="x", owner_org=unit["id"])


def test_members_are_named_by_name_or_address_and_only_once(space, editor):
    person = f.user()
    for name, role in ((person["name"], "read"), (person["email"], "contribute"), (person["id"], "read")):
        f.act("dataspace_member_add", editor, dataspace=space, user=name, role=role, until="2999-01-01")
    [member] = f.act("dataspace_show", editor, id=space)["members"]
    assert (member["user"], member["role"], member["until"][:10]) == (person["name"], "read", "2999-01-01")
    for wrong in ({"user": "gibt-es-nicht"}, {"organization": "gibt-es-nicht"}, {}, {"user": person["name"], "organization": "x"},
                  {"user": person["name"], "role": "alles"}, {"user": person["name"], "until": "bald"}):  # fmt: skip
        with pytest.raises(tk.ValidationError):
            f.act("dataspace_member_add", editor, dataspace=space, **wrong)


# granted requests


def test_a_granted_request_opens_the_data_until_its_last_day(unit, editor, tmp_path, app):
    made = f.harvested(unit, tmp_path, f"name\n{CANARY}\n", title="Bäume")
    package_id, resource_id = made["id"], made["resources"]["csv"]
    f.act("datastore_create", resource_id=resource_id, force=True, fields=[{"id": "a", "type": "text"}], records=[{"a": CANARY}])
    asker = f.editor_of(f.unit(), "member")["name"]
    bystander = f.editor_of(f.unit(), "member")["name"]
    tokens = {name: f.act("api_token_create", user=name, name="t")["token"] for name in (asker, bystander)}
    wanted = date.today() + timedelta(days=30)
    request = f.act("inventory_access_request_create", asker, id=package_id, purpose="Radwege", until=wanted.isoformat())
    assert request["until"] == wanted.isoformat()

    def reached(name: str) -> set[int]:
        headers = {"Authorization": tokens[name]}
        ways = [app.post("/api/3/action/resource_show", json={"id": resource_id}, headers=headers),
                app.post("/api/3/action/datastore_search", json={"resource_id": resource_id}, headers=headers),
                app.get(f"/dataset/{package_id}/resource/{resource_id}/download/baeume.csv", headers=headers),
                app.get(f"/datastore/dump/{resource_id}", headers=headers)]  # fmt: skip
        return {answer.status_code for answer in ways}

    assert reached(asker) == {404}
    answer = f.act("inventory_access_request_answer", editor, id=request["id"], decision="granted")
    assert answer["until"] == wanted.isoformat()
    assert reached(asker) == {200}
    assert reached(bystander) == {404}
    with pytest.raises(tk.NotAuthorized):
        f.act("inventory_record_show", asker, id=package_id)
    [space] = f.act("dataspace_list", asker)
    assert (space["role"], space["datasets"]) == ("read", [package_id])
    # the index has it too
    headers = {"Authorization": tokens[asker]}
    hits = app.post("/api/3/action/package_search", json={"q": "Bäume", "include_private": True}, headers=headers).json["result"]
    assert hits["results"][0]["resources"][0]["url"]
    # a second request of another person uses the same Datenraum; taking one out leaves the other
    second = f.act("inventory_access_request_create", bystander, id=package_id, purpose="x")
    given = date.today() + timedelta(days=3)
    f.act("inventory_access_request_answer", editor, id=second["id"], decision="granted", until=given.isoformat())
    assert len(f.act("dataspace_list", editor)) == 1
    assert reached(bystander) == {200}
    f.act("dataspace_member_remove", editor, dataspace=space["name"], user=asker)
    assert (reached(asker), reached(bystander)) == ({404}, {200})
    model.Session.execute(sa.text("UPDATE dp_dataspace_member SET until = now() WHERE until > now()"))
    model.Session.commit()
    assert reached(bystander) == {404}
    # asked for again after the Datenraum was dissolved: there is a new one, and the old members stay out
    f.act("dataspace_delete", editor, id=space["name"])
    third = f.act("inventory_access_request_create", asker, id=package_id, purpose="x")
    f.act("inventory_access_request_answer", editor, id=third["id"], decision="granted")
    assert (reached(asker), reached(bystander)) == ({200}, {404})


def test_a_refused_request_opens_nothing_and_days_must_be_days(unit, editor):
    package_id = f.dataset(unit)["id"]
    asker = f.editor_of(f.unit(), "member")["name"]
    for wrong in ("2020-01-01", "9999-12-31", "bald"):
        with pytest.raises(tk.ValidationError) as refused:
            f.act("inventory_access_request_create", asker, id=package_id, purpose="x", until=wrong)
        assert set(refused.value.error_dict) == {"until"}
    request = f.act("inventory_access_request_create", asker, id=package_id, purpose="x")["id"]
    with pytest.raises(tk.ValidationError):
        f.act("inventory_access_request_answer", editor, id=request, decision="granted", until="2020-01-01")
    f.act("inventory_access_request_answer", editor, id=request, decision="refused", text="Nein")
    assert f.act("dataspace_list", asker) == []


def test_by_the_pages(page: Any, tmp_path: Any):
    """A steward makes a Datenraum, puts a dataset in, lets a partner in and out; each page is looked at, wide and narrow."""
    unit = f.unit("amt", title="Fachdienst Grün")
    steward, partner_unit = f.editor_of(unit), f.unit("hochschule", title="Hochschule", extras=OUTSIDE)
    guest = f.editor_of(partner_unit, "member")
    package = f.harvested(unit, tmp_path, title="Bäume")
    name = model.Package.get(package["id"]).name
    log_in(page, steward["name"])
    page.get_by_role("link", name="Datenräume").first.click()
    looked_at(page, "dataspaces-empty")
    page.get_by_role("link", name="Neuer Datenraum").click()
    looked_at(page, "dataspace-new")
    page.fill("#title", "Radwege <b>")
    page.fill("#purpose", "Planung neuer Radwege")
    page.fill("#conditions", "Am Ende löschen")
    page.focus("main form.dp-form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert-success")
    assert page.inner_text("h1") == "Radwege <b>"
    page.fill("#package_id", "gibt-es-nicht")
    page.click("#dataset-form button")
    page.wait_for_selector(".dp-errors")
    assert page.input_value("#package_id") == "gibt-es-nicht"
    looked_at(page, "dataspace-problem")
    page.fill("#package_id", page.url.split("/datenraeume")[0] + f"/dataset/{name}")
    page.click("#dataset-form button")
    page.wait_for_selector("a:has-text('Bäume')")
    page.click("#member-form button")
    page.wait_for_selector(".dp-errors")
    page.select_option("#organization", partner_unit["name"])
    page.check("#role-contribute")
    page.fill("#last_day", "2099-12-31")
    page.click("#member-form button")
    page.wait_for_selector("h3:has-text('Hochschule')")
    assert "bis 31. Dezember 2099" in page.inner_text("main")
    address = page.url
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        looked_at(page, f"dataspace-{width}")
        for path in ("", "/aendern", "/aufloesen"):
            page.goto(address + path)
            looked_at(page, f"dataspace{path.replace('/', '-')}-{width}")
        page.goto("/datenraeume")
        looked_at(page, f"dataspaces-{width}")
    page.context.clear_cookies()
    page.set_viewport_size({"width": 360, "height": 800})
    log_in(page, guest["name"])
    page.goto(address)
    assert "Hochschule" not in page.inner_text("main")
    looked_at(page, "dataspace-guest-360")
    page.get_by_role("link", name="Datei hinzufügen").click()
    page.wait_for_selector("form#resource-edit, form.resource-form, form.dataset-resource-form")
    page.context.clear_cookies()
    log_in(page, steward["name"])
    page.goto(address)
    page.get_by_role("button", name="Zugang beenden").click()
    page.wait_for_selector(".alert-success")
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", guest["name"], id=package["id"])
    page.goto(address + "/aufloesen")
    page.click("main form.dp-form button[type=submit]")
    page.wait_for_selector(".alert-success")
    assert page.goto(address).status == 404
    assert f.act("package_show", steward["name"], id=package["id"])
