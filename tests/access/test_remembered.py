"""Who somebody is counts afresh: what a request found out about him is asked once and never outlives a change."""

from __future__ import annotations

from contextlib import contextmanager

import ckan.model as model
import pytest
from sqlalchemy import event, text

from ckanext.datenplattform.access import readers

from ..factories import act, editor_of, unit, user

pytestmark = pytest.mark.usefixtures("platform")


@contextmanager
def statements():
    """The statements that run meanwhile."""
    seen: list[str] = []

    def note(connection, cursor, statement, *_):
        seen.append(statement)

    engine = model.Session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def who(name: str) -> readers.Memberships:
    return readers.memberships(model.User.get(name))


def test_the_second_question_asks_the_user_alone():
    person = editor_of(unit())["name"]
    first = who(person)
    with statements() as seen:
        assert who(person) == first
    assert len(seen) <= 1
    assert all('FROM "user"' in statement for statement in seen)


def test_a_removed_member_is_none_at_the_next_question():
    organization = unit()
    person = editor_of(organization)
    assert organization["id"] in who(person["name"]).edits
    act("member_delete", id=organization["id"], object=person["id"], object_type="user")
    assert who(person["name"]) == readers.ANONYMOUS
    act("role_grant", user=person["name"], role="board", unit=organization["name"])
    assert who(person["name"]).board


def test_what_another_process_wrote_counts_with_the_next_request():
    organization = unit()
    person = editor_of(organization)
    assert who(person["name"]).staff
    with model.Session.get_bind().begin() as connection:
        connection.execute(text("UPDATE member SET state = 'deleted' WHERE table_id = :user"), {"user": person["id"]})
    model.Session.remove()
    assert who(person["name"]) == readers.ANONYMOUS


def test_what_is_rolled_back_is_not_kept():
    organization, person = unit(), user("neu")
    assert not who(person["name"]).staff
    model.Session.add(model.Member(group=model.Group.get(organization["id"]), table_id=person["id"], table_name="user", capacity="editor"))
    model.Session.flush()
    assert organization["id"] in who(person["name"]).edits
    model.Session.rollback()
    assert not who(person["name"]).staff


def test_two_people_are_two():
    organization = unit()
    editor, stranger = editor_of(organization), user("fremd")
    assert [who(person["name"]).staff for person in (editor, stranger, editor)] == [True, False, True]
