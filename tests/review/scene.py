"""A case for tests of the board: a ready dataset, its steward, five members; and the board's rules, to be changed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
import yaml

from tests import factories as f

FILE = Path(__file__).parents[2] / "config" / "municipalities" / "musterstadt.yaml"


@pytest.fixture
def rules(monkeypatch, tmp_path):
    """Other rules of the board from now on: `rules(days=5)`."""

    def change(**values):
        data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        data["board"] |= {"days": 14, "full": {"quorum": 4}, **values}
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.yaml"
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        monkeypatch.setitem(tk.config, "ckanext.datenplattform.core.municipality", str(path))

    change()
    return change


class Scene:
    """A ready dataset, its steward and five members."""

    def __init__(self, **record):
        self.unit = f.unit()
        self.steward = f.editor_of(self.unit)["name"]
        self.members = f.board()
        self.id = f.dataset(self.unit, self.steward)["id"]
        f.act("inventory_record_patch", id=self.id, personal_data="none", openness="open", **record)

    def submit(self, **wishes):
        self.case = f.act("review_submit", self.steward, package_id=self.id, **wishes)
        return self.case

    def vote(self, person, choice="approve", **more):
        if choice == "refuse" and not more:
            more = {"interest": "contract"}
        return f.act("review_vote", person["name"], case_id=self.case["id"], vote=choice, reason="Grund", **more)

    def seat(self, member):
        return next(role["unit"] for role in f.act("role_list") if role["user_id"] == member["id"])

    def deputy(self, member):
        made = f.editor_of(f.unit("vertretung"), "member")
        f.act("role_grant", user=made["name"], role="board_deputy", unit=self.seat(member))
        return made

    def lead(self):
        f.act("role_grant", user=self.members[0]["name"], role="board_lead", unit=self.seat(self.members[0]))
        return self.members[0]

    @property
    def state(self):
        return f.act("review_show", id=self.case["id"])["state"]

    @property
    def public(self):
        try:
            f.anonymous("package_show", id=self.id)
        except tk.ObjectNotFound:
            return False
        return True


@pytest.fixture
def scene(rules):
    return Scene()


def events(scene, kind):
    found = f.act("review_history", case_id=scene.case["id"])["results"]
    return [event["facts"] for event in found if event["kind"] == kind]


def later(**time):
    return datetime.now(timezone.utc) + timedelta(**time)
