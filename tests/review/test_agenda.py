"""The agenda: what waits for one's own vote, by deadline, in portions; several simple cases in one go."""

from __future__ import annotations

import re

import pytest

from ckanext.datenplattform.review.views import agenda as page
from tests import factories as f
from tests.review.scene import Scene, rules, scene  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("platform")
WHOLE = {"responsible_function": "Sachgebiet Grün", "source_class": "department", "source_system": "Fachverfahren"}


def _simple():
    """A case in which the checks find nothing."""
    made = Scene(**WHOLE)
    f.act("package_patch", made.steward, id=made.id, license_attribution_by_text="Stadt Musterstadt")
    return made


@pytest.fixture
def look(app):
    """Read a page, or send its form, as somebody."""
    tokens = {}

    def go(person, address, data=None, **more):
        name = person if isinstance(person, str) else person["name"]
        if name not in tokens:
            tokens[name] = f.act("api_token_create", name, user=name, name="seiten")["token"]
        headers = {"Authorization": tokens[name]}
        return app.get(address, headers=headers, **more) if data is None else app.post(address, headers=headers, data=data, **more)

    return go


def _titles(page):
    return re.findall(r'<h2><a href="/gremium/[^"]+">([^<]+)</a>', page.text)


def test_by_default_what_waits_for_my_vote_by_deadline(look, rules):
    rules(days=20)
    late = Scene()
    late.submit()
    rules(days=5)
    soon = Scene()
    soon.submit()
    member = soon.members[0]
    titles = [f.act("package_show", id=item.id)["title"] for item in (soon, late)]
    assert _titles(look(member, "/gremium")) == titles
    soon.vote(member)
    assert _titles(look(member, "/gremium")) == titles[1:]
    assert _titles(look(member, "/gremium?show=open")) == titles
    # the unit's own people see theirs, and none of others
    assert _titles(look(late.steward, "/gremium")) == titles[1:]


def test_decided_ones_stand_apart(look, scene):
    scene.submit()
    for member in scene.members[:3]:
        scene.vote(member)
    assert _titles(look(scene.members[4], "/gremium")) == []
    assert len(_titles(look(scene.members[4], "/gremium?show=decided"))) == 1


def test_nobody_waits_for_who_submitted_recused_or_has_no_seat(scene):
    scene.submit()
    member, deputy = scene.members[0], scene.deputy(scene.members[0])

    def waits(person):
        return f.act("review_list", person["name"], needs_vote=True)["count"]

    assert waits(member) == 1
    assert waits(deputy) == 0
    f.act("review_recuse", member["name"], case_id=scene.case["id"])
    assert waits(member) == 0
    assert waits(deputy) == 1
    assert f.act("review_list", scene.steward, needs_vote=True)["count"] == 0


def test_the_agenda_comes_in_portions(look, rules, monkeypatch):
    scenes = [Scene() for _ in range(2)]
    for item in scenes:
        item.submit()
    monkeypatch.setattr(page, "PER_PAGE", 1)
    first = _titles(look(scenes[0].members[0], "/gremium"))
    second = _titles(look(scenes[0].members[0], "/gremium?page=2"))
    assert len(first) == len(second) == 1
    assert first != second


def test_several_simple_cases_take_one_vote_each_counted_on_its_own(look, rules):
    simple = [_simple() for _ in range(2)]
    for item in simple:
        item.submit()
    careful = _simple()
    careful.submit(track="full")
    member = careful.members[0]
    query = "&".join(f"case={item.case['id']}" for item in (*simple, careful))
    agenda = look(member, "/gremium").text
    assert agenda.count('type="checkbox"') == 2
    listed = look(member, f"/gremium/abstimmen?{query}")
    assert listed.text.count('type="hidden" name="case"') == 2
    # shown, and not counted yet
    assert f.act("review_show", id=simple[0].case["id"])["votes"] == []
    # another one was withdrawn while somebody read
    f.act("review_withdraw", simple[1].steward, package_id=simple[1].id, reason="Fehler")
    ids = [item.case["id"] for item in (*simple, careful)]
    done = look(member, "/gremium/abstimmen", {"case": ids, "vote": "approve"})
    assert 'role="alert"' in done.text
    assert [f.act("review_show", id=case_id)["tally"]["approve"] for case_id in ids] == [1, 0, 0]


def test_a_no_for_several_is_not_taken(look, rules):
    one = _simple()
    one.submit()
    look(one.members[0], "/gremium/abstimmen", {"case": [one.case["id"]], "vote": "refuse"})
    assert f.act("review_show", id=one.case["id"])["votes"] == []


def test_strangers_find_no_case_behind_a_list_of_several(look, scene):
    scene.submit()
    stranger = f.editor_of(f.unit())
    look(stranger, f"/gremium/abstimmen?case={scene.case['id']}", status=404)
