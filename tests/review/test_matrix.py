"""Who sees what: the design's table over states × readers, through every reading interface, with a canary in each field.

Each state is made once by the real actions; each reader then tries everything over HTTP.
"""

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy

from ckanext.datenplattform.inventory import shared as inventory
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

READERS = ("anonymous", "stranger", "staff", "editor", "board", "dpo", "dataspace")
# readers that see what another one sees, no more and no less: a member of the Datenraum who contributes, a partner of another
# Datenraum, the editor's key that only reads, a system administrator's key that sees what everybody sees
SAME_AS = {"contributor": "dataspace", "outsider": "anonymous", "reading key": "editor", "harvest key": "anonymous"}
# None: as if it were not there; entry; data: and files and rows; all: and the inventory record
EXPECTED = {
    "draft": (None, None, None, "all", None, None, None),
    "internal": (None, None, "entry", "all", "entry", "entry", "data"),
    "confidential": (None, None, None, "all", "entry", "entry", "data"),
    "in_review": (None, None, "entry", "all", "all", "all", "data"),
    "refused": (None, None, "entry", "all", "all", "all", "data"),
    "changes_requested": (None, None, "entry", "all", "all", "all", "data"),
    "entry_released": (None, None, "entry", "all", "all", "all", "data"),
    "published": ("data", "data", "data", "all", "all", "all", "data"),
    "pending_revision": ("data", "data", "data", "all", "all", "all", "data"),
    "withdrawn": (None, None, "entry", "all", "all", "all", "data"),
    "deleted": (None,) * 7,
    "purged": (None,) * 7,
}
# words that nothing else on the portal contains; the entry's, the data's and the record's
ENTRY, DATA, RECORD, REVISION, SPACE = "Entryvogel", "Datenvogel", "Aktenvogel", "Neuvogel", "Raumvogel"
# who may know of the Datenraum: its members, and the unit that keeps it
IN_SPACE = ("dataspace", "contributor", "editor", "reading key")


class World:
    """A dataset with file, rows and record, and one person for each kind of reader."""

    def __init__(self, tmp_path):
        self.tmp_path = tmp_path
        self.unit = f.unit("amt")
        self.members = f.board()
        self.steward = f.editor_of(self.unit)
        made = f.harvested(
            self.unit, tmp_path, f"name\n{DATA}\n", title=f"Daten {ENTRY}", notes=f"Text {ENTRY}",
            tags=[{"name": ENTRY}],
        )  # fmt: skip
        self.id, self.resource = made["id"], made["resources"]["csv"]
        f.act("inventory_record_patch", id=self.id, source_system=RECORD)
        f.act("datastore_create", resource_id=self.resource, force=True, fields=[{"id": "a", "type": "text"}],
              records=[{"a": DATA}])  # fmt: skip
        outside = f.unit("partner", extras=[{"key": "kind", "value": "outside"}])
        dpo = f.editor_of(f.unit("recht"), "member")
        f.act("role_grant", user=dpo["name"], role="dpo")
        space = f.act("dataspace_create", name="raum", title="Raum", purpose=SPACE, owner_org=self.unit["id"])
        elsewhere = f.act("dataspace_create", name="anderswo", title="Anderswo", purpose="Test", owner_org=self.unit["id"])
        f.act("dataspace_member_add", dataspace=space["name"], organization=outside["id"])
        f.act("dataspace_dataset_add", dataspace=space["name"], package_id=self.id)
        contributor, outsider = (f.editor_of(f.unit("gast", extras=[{"key": "kind", "value": "outside"}]), "member") for _ in "12")
        f.act("dataspace_member_add", dataspace=space["name"], user=contributor["name"], role="contribute")
        f.act("dataspace_member_add", dataspace=elsewhere["name"], user=outsider["name"])
        self.readers = {
            "anonymous": None,
            "stranger": f.user(),
            "staff": f.editor_of(f.unit("anderes")),
            "editor": self.steward,
            "board": self.members[0],
            "dpo": dpo,
            "dataspace": f.editor_of(outside, "member"),
            "contributor": contributor,
            "outsider": outsider,
            "reading key": self.steward,
            "harvest key": f.sysadmin(),
        }
        scopes = {"reading key": "read", "harvest key": "harvest"}
        self.tokens = {
            name: f.act("api_token_create", user=person["name"], name="t", scope=scopes.get(name, "all"))["token"] if person else None
            for name, person in self.readers.items()
        }

    def publish(self, votes="yyy"):
        return f.submit_and_vote(self.id, self.steward["name"], self.members, votes)

    def bring_to(self, state):
        name = self.steward["name"]
        if state == "draft":
            f.act("package_patch", id=self.id, state="draft")
        elif state == "confidential":
            f.act("inventory_record_patch", id=self.id, confidentiality="high")
        elif state == "in_review":
            f.act("review_submit", name, package_id=self.id)
        elif state == "entry_released":
            case = f.act("review_submit", name, package_id=self.id, entry=True)
            for member in self.members[:3]:
                case = f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
            assert case["state"] == "published"
        elif state == "refused":
            self.publish("nnn")
        elif state == "changes_requested":
            f.act("review_submit", name, package_id=self.id)
            resource = model.Resource.get(self.resource)
            path = inventory.stored({"id": resource.id, "url": resource.url, "url_type": "upload"})
            path.write_text(path.read_text() + "mehr\n")
            case = f.act("review_show", name, package_id=self.id)
            for member in self.members[:3]:
                f.act("review_vote", member["name"], case_id=case["id"], vote="approve")
        elif state in ("published", "pending_revision", "withdrawn"):
            assert self.publish()["state"] == "published"
        elif state == "deleted":
            f.act("package_delete", id=self.id)
        elif state == "purged":
            f.act("dataset_purge", id=self.id)
        if state == "pending_revision":
            f.act("review_revision_create", name, package_id=self.id, dataset={"notes": f"Text {ENTRY} {REVISION}"})
        if state == "withdrawn":
            f.act("review_withdraw", name, package_id=self.id, reason="Fehler")


@pytest.mark.parametrize("state", EXPECTED)
def test_who_sees_what(state, tmp_path, app):
    world = World(tmp_path)
    world.bring_to(state)
    expected: dict[str, str | None] = dict(zip(READERS, EXPECTED[state], strict=True))
    expected |= {reader: expected[other] for reader, other in SAME_AS.items()}
    for reader, level in expected.items():
        _check(app, world, state, reader, level)


def _check(app, world, state, reader, level):
    headers = {"Authorization": world.tokens[reader]} if world.tokens[reader] else {}
    where = f"{state}, {reader}, expected {level}"
    seen = []

    def api(action, **data):
        answer = app.post(f"/api/3/action/{action}", json=data, headers=headers)
        if answer.status_code == 200:
            seen.append(answer.get_data(as_text=True))
        return answer.status_code

    def page(path):
        answer = app.get(path, headers=headers, follow_redirects=False)
        if answer.status_code == 200:
            seen.append(answer.get_data(as_text=True))
        return answer.status_code

    def expect(needed, status, what):
        order = [None, "entry", "data", "all"]
        allowed = order.index(level) >= order.index(needed)
        # an entry's reader may learn that the record exists, not what it says
        hidden = (404,) if level is None or needed != "all" else (403, 404)
        assert status == 200 if allowed else status in hidden, f"{where}: {what} answered {status}"

    expect("entry", api("package_show", id=world.id), "package_show")
    expect("data", api("resource_show", id=world.resource), "resource_show")
    expect("data", api("datastore_search", resource_id=world.resource), "datastore_search")
    expect("data", api("datastore_info", id=world.resource), "datastore_info")
    expect("all", api("inventory_record_show", id=world.id), "inventory_record_show")
    expect("entry", page(f"/dataset/{world.id}.ttl"), "RDF")
    expect("data", page(f"/dataset/{world.id}/resource/{world.resource}/download/baeume.csv"), "download")
    expect("data", page(f"/datastore/dump/{world.resource}"), "dump")

    found = app.post(
        "/api/3/action/package_search",
        json={"q": ENTRY, "include_private": True, "include_drafts": True, "facet.field": ["tags", "res_format"]},
        headers=headers,
    ).json["result"]
    # drafts are found by those who made them only; nobody else may
    assert found["count"] == (1 if level else 0) or (state == "draft" and found["count"] == 0), f"{where}: search"
    seen.append(str(found))
    for path in ("/catalog.ttl", "/catalog/full.ttl"):
        page(path)
    in_space = reader in IN_SPACE
    assert api("dataspace_show", id="raum") == (200 if in_space else 404), f"{where}: Datenraum"
    assert (page("/datenraeume/raum") == 200) == in_space, f"{where}: page of the Datenraum"
    api("dataspace_list")
    for action, data in (("tag_list", {}), ("format_autocomplete", {"q": "cs"}), ("tag_autocomplete", {"q": "Entry"})):
        api(action, **data)

    text = "\n".join(seen)
    public = state in ("published", "pending_revision")
    assert (ENTRY in text) == (level is not None or public), f"{where}: entry's canary"
    assert (DATA in text) == (level in ("data", "all")), f"{where}: data's canary"
    assert (RECORD in text) == (level == "all"), f"{where}: record's canary"
    assert (SPACE in text) == in_space, f"{where}: Datenraum's canary"
    assert REVISION not in text, f"{where}: revision's canary"
    if state == "pending_revision":
        answer = app.post("/api/3/action/review_revision_show", json={"package_id": world.id}, headers=headers)
        assert (answer.status_code == 200) == (level == "all"), f"{where}: revision"
        assert (REVISION in answer.get_data(as_text=True)) == (level == "all")


def test_hidden_and_missing_answer_alike(app, tmp_path):
    """The body for a hidden id is the one for an id that never was."""
    world = World(tmp_path)
    never = "00000000-0000-0000-0000-000000000000"
    for action, key, found in (
        ("package_show", "id", world.id),
        ("resource_show", "id", world.resource),
        ("inventory_record_show", "id", world.id),
        ("review_show", "package_id", world.id),
    ):
        hidden = app.post(f"/api/3/action/{action}", json={key: found})
        missing = app.post(f"/api/3/action/{action}", json={key: never})
        assert hidden.status_code == missing.status_code == 404, action
        assert hidden.json["error"] == missing.json["error"], action


def test_removed_member_loses_access_with_the_next_request(tmp_path):
    world = World(tmp_path)
    partner = world.readers["dataspace"]["name"]
    assert f.act("resource_show", partner, id=world.resource)
    [space] = [item for item in f.act("dataspace_list") if item["name"] == "raum"]
    outside = next(
        row.organization_id
        for row in model.Session.execute(
            sqlalchemy.text("SELECT organization_id FROM dp_dataspace_member WHERE organization_id IS NOT NULL")
        )
    )
    f.act("dataspace_member_remove", dataspace=space["id"], organization=outside)
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", partner, id=world.id)
    editor = world.steward["name"]
    f.act("member_delete", id=world.unit["id"], object=editor, object_type="user")
    with pytest.raises(tk.ObjectNotFound):
        f.act("package_show", editor, id=world.id)
