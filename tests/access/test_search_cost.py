"""What a search costs: as many SQL statements for 100 hits as for 10; and who edits what is what CKAN says."""

from __future__ import annotations

from contextlib import contextmanager

import ckan.model as model
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.access.model import DataspaceDataset
from ckanext.datenplattform.inventory.indexing import index_many
from tests import factories as f

pytestmark = pytest.mark.usefixtures("platform")


@contextmanager
def statements():
    """The SQL statements that are sent inside."""
    found: list[str] = []

    def note(_connection, _cursor, statement, *_):
        found.append(statement)

    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)


def test_a_search_asks_the_database_as_often_for_many_hits_as_for_few():
    unit = f.unit()
    editor, member, stranger = f.editor_of(unit), f.editor_of(f.unit("partner", kind="outside")), f.user()
    space = f.act("dataspace_create", name="raum", title="Raum", purpose="Test", owner_org=unit["id"])
    f.act("dataspace_member_add", dataspace="raum", user=member["name"])
    published = f.published_dataset(unit)
    many = [f"viele-{number:03d}" for number in range(109)]
    package, inside = model.Package.__table__, DataspaceDataset.__table__
    rows = [{"id": name, "name": name, "title": name, "private": True, "type": "dataset", "owner_org": unit["id"]} for name in many]
    model.Session.execute(sa.insert(package), rows)
    model.Session.execute(sa.insert(inside), [{"dataspace_id": space["id"], "package_id": name} for name in many])
    model.Session.commit()
    index_many(many, lambda _done: None)
    staff, board = f.editor_of(f.unit("anderes")), f.board()[0]
    people = {"editor": (editor, 110), "staff": (staff, 110), "member": (member, 110), "board": (board, 110)}
    for who, (person, visible) in {**people, "stranger": (stranger, 1)}.items():
        sent = {}
        for rows in (10, 100, 110):
            model.Session.remove()
            with statements() as found:
                answer = f.act("package_search", person["name"], q="*:*", rows=rows, include_private=True)
            assert (answer["count"], len(answer["results"])) == (visible, min(rows, visible)), who
            sent[rows] = len(found)
        assert len(set(sent.values())) == 1, (who, sent)
        assert sent[10] <= 15, (who, sent)
    with statements() as found:
        assert [item["id"] for item in f.anonymous("package_search", q="*:*")["results"]] == [published["id"]]
    assert len(found) <= 5, found


def test_who_edits_is_who_ckan_says():
    """Members of every capacity, in an organisation above, in one below, in two, in none; also after leaving."""
    top = f.unit("oben")
    middle = f.unit("mitte", groups=[{"name": top["name"]}])
    below = f.unit("unten", groups=[{"name": middle["name"]}])
    gone = f.unit("weg", groups=[{"name": top["name"]}])
    f.act("organization_delete", id=gone["id"])
    f.act("group_create", name="thema", title="Thema", users=[{"name": f.user()["name"], "capacity": "admin"}])
    people = [f.editor_of(unit, capacity) for unit in (top, middle, below) for capacity in ("admin", "editor", "member")]
    both, left = f.editor_of(top, "member"), f.editor_of(top, "admin")
    f.act("member_create", id=below["id"], object=both["id"], object_type="user", capacity="editor")
    f.act("member_delete", id=top["id"], object=left["id"], object_type="user")
    found = {}
    for person in [*people, both, left, f.user()]:
        listed = f.act("organization_list_for_user", person["name"], permission="update_dataset")
        found[person["name"]] = {item["id"] for item in listed}
        assert access.memberships(model.User.get(person["id"])).edits == found[person["name"]], person["name"]
    assert found[people[0]["name"]] == {top["id"], middle["id"], below["id"]}
    assert found[both["name"]] == {below["id"]}
    assert found[left["name"]] == set()
