"""Datenräume: what is in them, who is a member and until when."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")

NEVER = "00000000-0000-0000-0000-000000000000"
CANARY = "Raumvogel"


@pytest.fixture
def space():
    """A data space of a unit; (data space, unit)."""
    unit = f.unit()
    return f.act("dataspace_create", name="raum", title="Raum", purpose="Test", owner_org=unit["id"]), unit


@pytest.mark.parametrize("action", ["dataspace_dataset_add", "dataspace_dataset_remove"])
@pytest.mark.parametrize("who", ["sysadmin", "ignore_auth", "owner"])
def test_unknown_dataset_or_dataspace_is_not_found(space, action, who):
    made, unit = space
    people = {"sysadmin": f.sysadmin, "ignore_auth": lambda: None, "owner": lambda: f.editor_of(unit)}
    person = people[who]()
    name = person["name"] if person else None
    with pytest.raises(tk.ObjectNotFound):
        f.act(action, name, dataspace=made["id"], package_id=NEVER)
    with pytest.raises((tk.ObjectNotFound, tk.NotAuthorized) if who == "owner" else tk.ObjectNotFound):
        f.act(action, name, dataspace=NEVER, package_id=f.dataset(unit)["id"])


def test_api_answers_404_for_an_unknown_dataset(space, app):
    made, _ = space
    token = f.act("api_token_create", user=(root := f.sysadmin()["name"]), name="t")["token"]
    assert root
    for action in ("dataspace_dataset_add", "dataspace_dataset_remove"):
        answer = app.post(
            f"/api/3/action/{action}",
            json={"dataspace": made["name"], "package_id": NEVER},
            headers={"Authorization": token},
        )
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize("by", ["person", "organization"])
def test_membership_past_its_end_gives_nothing(space, by, tmp_path, app):
    """Until its end a member has files and rows; with the next request after it, nothing."""
    made, unit = space
    outside = f.unit("partner", extras=[{"key": "kind", "value": "outside"}])
    partner = f.editor_of(outside, "member")
    written = f.harvested(unit, tmp_path, f"name\n{CANARY}\n", title=CANARY)
    package_id, resource_id = written["id"], written["resources"]["csv"]
    f.act("datastore_create", resource_id=resource_id, force=True, fields=[{"id": "a", "type": "text"}], records=[{"a": CANARY}])
    f.act("dataspace_dataset_add", dataspace=made["id"], package_id=package_id)
    member = {"user": partner["name"]} if by == "person" else {"organization": outside["id"]}
    f.act("dataspace_member_add", dataspace=made["id"], until="2999-01-01", **member)
    headers = {"Authorization": f.act("api_token_create", user=partner["name"], name="t")["token"]}

    def reached():
        """What the partner gets: status of each way, and how many hits."""
        ways = {
            name: app.post(f"/api/3/action/{name}", json=data, headers=headers)
            for name, data in (
                ("package_show", {"id": package_id}),
                ("resource_show", {"id": resource_id}),
                ("datastore_search", {"resource_id": resource_id}),
                ("package_search", {"q": CANARY, "include_private": True}),
                ("dataspace_list", {}),
            )
        }
        ways["download"] = app.get(f"/dataset/{package_id}/resource/{resource_id}/download/baeume.csv", headers=headers)
        ways["dump"] = app.get(f"/datastore/dump/{resource_id}", headers=headers)
        ways["page"] = app.get(f"/dataset/{package_id}", headers=headers)
        count = ways["package_search"].json["result"]["count"]
        return {name: answer.status_code for name, answer in ways.items()}, count, [a.text for a in ways.values()]

    before, count, texts = reached()
    assert set(before.values()) == {200}
    assert count == 1
    assert CANARY in "".join(texts)
    model.Session.execute(sa.text("UPDATE dp_dataspace_member SET until = now() - interval '1 second'"))
    model.Session.commit()
    after, count, texts = reached()
    assert after == {name: 200 if name in ("package_search", "dataspace_list") else 404 for name in after}
    assert count == 0
    assert CANARY not in "".join(texts).replace(f'"q": "{CANARY}"', "")
    # a new membership begins anew, an end that has passed is none
    f.act("dataspace_member_add", dataspace=made["id"], until="2020-01-01", **member)
    assert reached()[0] == after
    f.act("dataspace_member_add", dataspace=made["id"], **member)
    assert reached()[0] == before
