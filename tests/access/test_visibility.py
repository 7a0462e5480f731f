"""What SQL says of all datasets is what Python says of each: all states × confidentiality × readers."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any, get_args

import ckan.model as model
import pytest
from ckan.model.types import make_uuid
from sqlalchemy import insert, select

from ckanext.datenplattform.access import audience, readers
from ckanext.datenplattform.access.model import DatasetAccess, DataspaceDataset, Publication
from ckanext.datenplattform.access.readers import Memberships
from ckanext.datenplattform.access.visibility import sight
from ckanext.datenplattform.core.clock import utcnow

pytestmark = pytest.mark.usefixtures("platform")

DAY = timedelta(days=1)
REVIEW = ("entry_released", "in_review", "changes_requested", "refused", "withdrawn")
USERS = {
    "anonymous": Memberships(),
    "outside": Memberships(staff=False, roles=frozenset()),
    "staff": Memberships(staff=True),
    "editor": Memberships(staff=True, edits=frozenset({"unit-a"})),
    "editor of both": Memberships(staff=True, edits=frozenset({"unit-a", "unit-b"})),
    "board": Memberships(staff=True, roles=frozenset({"board"})),
    "board and editor": Memberships(staff=True, roles=frozenset({"board"}), edits=frozenset({"unit-b"})),
    "dpo": Memberships(staff=True, roles=frozenset({"dpo"})),
    "inventory_lead": Memberships(staff=True, roles=frozenset({"inventory_lead"})),
    "dataspace": Memberships(dataspaces=frozenset({"space-1", "space-3"})),
    "sysadmin": Memberships(sysadmin=True, staff=True),
}


@pytest.fixture
def every_case() -> dict[str, dict[str, Any]]:
    """A package for each combination of what decides about readers."""
    stages = [("draft", False, None), ("draft", True, "refused"), ("deleted", False, None), ("deleted", True, None),
              ("active", True, None), ("active", True, "in_review"), ("active", False, None), ("active", False, ""),
              *(("active", False, stage) for stage in REVIEW)]  # fmt: skip
    found, now = {}, utcnow()
    for number, (stage, secret, kind, owner, space) in enumerate(
        itertools.product(stages, (None, False, True), ("dataset", "harvest"), ("unit-a", "unit-b", None), (None, "space-1", "space-2"))
    ):
        state, published, review = stage
        key = f"p{number}"
        found[key] = {
            "package": {"id": key, "name": f"paket-{number}", "state": state, "type": kind, "owner_org": owner, "private": True},
            "access": {"package_id": key, "review_state": review, "confidential": bool(secret)}
            if secret is not None or review is not None else None,
            "publication": {"id": make_uuid(), "package_id": key, "content_hash": "", "decision_id": "", "since": now, "until": None}
            if published else None,
            "space": {"package_id": key, "dataspace_id": space} if space else None,
        }  # fmt: skip
    for table, name in (
        (Publication.__table__, "publication"), (DatasetAccess.__table__, "access"), (DataspaceDataset.__table__, "space"),
        (model.Package.__table__, "package"),
    ):  # fmt: skip
        model.Session.execute(insert(table), [row[name] for row in found.values() if row[name]])
    # one that has ended, one that has not begun, one that stands twice in Datenräumen
    model.Session.execute(insert(Publication.__table__), [
        {"id": make_uuid(), "package_id": key, "content_hash": "", "decision_id": "", "since": now + begins, "until": now + ends}
        for key, begins, ends in (("p0", -2 * DAY, -DAY), ("p1", DAY, 2 * DAY))
    ])  # fmt: skip
    model.Session.execute(insert(DataspaceDataset.__table__), [{"package_id": "p1", "dataspace_id": "space-3"}])
    model.Session.commit()
    return found


def test_sql_and_python_agree(every_case):
    facts = readers.facts(every_case)
    assert {fact.state for fact in facts.values()} == set(get_args(audience.State))
    for name, who in USERS.items():
        seen = sight(who)
        rows = model.Session.execute(
            select(model.Package.id, seen.state.label("state"), seen.level.label("level")).select_from(seen.source)
        ).all()
        assert len(rows) == len(every_case)
        assert {row.id: row.state for row in rows} == {key: fact.state for key, fact in facts.items()}
        assert {row.id: row.level for row in rows} == {key: readers.level(who, fact) for key, fact in facts.items()}, name


def test_it_is_made_of_the_table(every_case, monkeypatch):
    changed = {**audience.TABLE, "internal": {"staff": "data"}}
    monkeypatch.setattr(audience, "TABLE", changed)
    seen = sight(USERS["staff"])
    query = select(seen.level).select_from(seen.source).where(seen.state == "internal", seen.level.is_not(None))
    assert set(model.Session.execute(query).scalars()) == {"data"}
