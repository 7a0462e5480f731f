"""Factories that call the real actions. Each gives what the action returned."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest

_number = itertools.count(1)


@pytest.fixture
def platform(with_plugins, clean_db, clean_index):
    """CKAN with all plugins of the ini file, an empty database and an empty index."""


def act(action: str, as_user: str | None = None, /, **data: Any) -> Any:
    """Call an action as a user through authorisation; as the system when it is None."""
    context: Any = {"user": as_user, "ignore_auth": False} if as_user is not None else {"ignore_auth": True, "user": system()}
    return tk.get_action(action)(context, data)


def anonymous(action: str, /, **data: Any) -> Any:
    """Call an action as nobody."""
    return tk.get_action(action)({"user": ""}, data)


def system() -> str:
    """CKAN's site user."""
    return tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]


def user(name: str = "person", **data: Any) -> dict[str, Any]:
    """A user (not a sysadmin)."""
    name = f"{name}{next(_number)}"
    return act("user_create", name=name, email=f"{name}@example.org", password="correct horse battery", **data)


def sysadmin() -> dict[str, Any]:
    """A sysadmin."""
    made = user("root")
    row = model.User.get(made["id"])
    row.sysadmin = True
    model.Session.commit()
    return made


def unit(name: str = "unit", members: dict[str, str] | None = None, **data: Any) -> dict[str, Any]:
    """An organisation; `members`: {user name: capacity}."""
    name = f"{name}-{next(_number)}"
    users = [{"name": member, "capacity": capacity} for member, capacity in (members or {}).items()]
    return act("organization_create", **{"name": name, "title": name.title(), "users": users, **data})


def editor_of(organization: dict[str, Any], capacity: str = "editor") -> dict[str, Any]:
    """A new user who edits the unit."""
    made = user(capacity)
    act("member_create", id=organization["id"], object=made["id"], object_type="user", capacity=capacity)
    return made


def dataset(organization: dict[str, Any], as_user: str | None = None, **data: Any) -> dict[str, Any]:
    """A private dataset."""
    number = next(_number)
    values = {
        "name": f"datensatz-{number}",
        "title": f"Datensatz {number}",
        "notes": "Ein Datensatz.",
        "owner_org": organization["id"],
        "license_id": "dl-de/by-2-0",
        **data,
    }
    return act("package_create", as_user, **values)


def harvested(
    organization: dict[str, Any], tmp_path: Path, text: str = "nr,art\n1,Linde\n", remote_id: str = "1", **data: Any
) -> dict[str, Any]:
    """A dataset with one CSV file, written as harvesters write; the answer of inventory_dataset_upsert."""
    file = tmp_path / "daten.csv"
    file.write_text(text)
    return act(
        "inventory_dataset_upsert",
        source="import:test",
        remote_id=remote_id,
        dataset={
            "title": "Baumkataster",
            "notes": "Alle Bäume.",
            "owner_org": organization["id"],
            "license_id": "dl-de/by-2-0",
            "resources": [{"key": "csv", "name": "Bäume", "format": "CSV", "url": "baeume.csv", "upload_path": str(file)}],
            **data,
        },
        record={"responsible_function": "Sachgebiet Grün", "personal_data": "none", "openness": "open"},
    )


def board(size: int = 5) -> list[dict[str, Any]]:
    """Board members, one for each of `size` units; those that are there already count."""
    there = [role["user_id"] for role in act("role_list") if role["role"] == "board"][:size]
    members = [act("user_show", id=user_id) for user_id in there]
    for _ in range(size - len(members)):
        organization = unit("referat")
        member = editor_of(organization, "member")
        act("role_grant", user=member["name"], role="board", unit=organization["name"])
        members.append(member)
    return members


def submit_and_vote(package_id: str, submitter: str, members: list[dict[str, Any]], votes: str = "yyy") -> dict[str, Any]:
    """Submit a dataset and let members vote (y, n, a); the case as it stands then."""
    case = act("review_submit", submitter, package_id=package_id)
    choices = {"y": "approve", "n": "refuse", "a": "abstain"}
    for member, vote in zip(members, votes, strict=False):
        grounds = {"interest": "business_secrets"} if vote == "n" else {}
        case = act("review_vote", member["name"], case_id=case["id"], vote=choices[vote], reason="Begründung", **grounds)
    return case


def published_dataset(organization: dict[str, Any] | None = None, tmp_path: Path | None = None, **data: Any) -> dict[str, Any]:
    """A dataset that has gone the whole way: written, submitted, voted, published. As package_show gives it."""
    organization = organization or unit()
    steward = editor_of(organization)
    if tmp_path is not None:
        package_id = harvested(organization, tmp_path, remote_id=f"r{next(_number)}", **data)["id"]
    else:
        package_id = dataset(organization, steward["name"], **data)["id"]
        act("inventory_record_patch", id=package_id, personal_data="none", openness="open")
    submit_and_vote(package_id, steward["name"], board())
    return anonymous("package_show", id=package_id)
