"""A municipality's file becomes organisations, accounts, seats and sources: once, and again without a change."""

from __future__ import annotations

import copy
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins as plugins
import ckan.plugins.toolkit as tk
import pytest
import yaml
from ckan.cli.cli import ckan as ckan_command

from ckanext.datenplattform.core import loader
from ckanext.datenplattform.core.municipality import Municipality, load
from ckanext.datenplattform.core.municipality_file import parse

FOLDER = Path(__file__).resolve().parents[2] / "config" / "municipalities"

pytestmark = [pytest.mark.usefixtures("with_plugins", "clean_db", "clean_index")]


def act(name: str, **data: Any) -> Any:
    context: Any = {"ignore_auth": True, "user": ""}
    return tk.get_action(name)(context, data)


@pytest.fixture
def town() -> Municipality:
    return load(FOLDER / "musterstadt.yaml")


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """No source has an address."""
    for name in ("SENSORTHINGS", "WFS", "MQTT"):
        monkeypatch.delenv(f"DATENPLATTFORM_{name}_URL", raising=False)


def seats(town: Municipality) -> list[Any]:
    return [person for seat in town.board.members for person in (seat.user, *seat.deputies)]


def changed(**changes: Any) -> Municipality:
    data = yaml.safe_load((FOLDER / "musterstadt.yaml").read_text(encoding="utf-8"))
    for path, value in changes.items():
        place: Any = data
        *way, last = [int(step) if step.isdigit() else step for step in path.split("__")]
        for step in way:
            place = place[step]
        place[last] = copy.deepcopy(value)
    municipality, faults = parse(data)
    assert not faults
    assert municipality is not None
    return municipality


@pytest.mark.parametrize("name", ["osnabrueck", "musterstadt"])
def test_the_tree_becomes_organisations(name: str, unset: None) -> None:
    town = load(FOLDER / f"{name}.yaml")
    loader.load(town)
    for unit in town.units():
        found = act("organization_show", id=unit.name)
        above = town.parent(unit.name)
        assert found["title"] == unit.title
        assert [group["name"] for group in found["groups"]] == ([above.name] if above else [])
        assert {"kind": unit.kind, "short": unit.short}.items() <= {
            extra["key"]: extra["value"] for extra in found["extras"]
        }.items()
        below = model.Group.get(unit.name).get_children_group_hierarchy(type="organization")  # type: ignore[union-attr]
        assert {child[1] for child in below} == {child.name for child in town.descendants(unit.name)}
        # nobody is in it but whom the file names
        people = {model.User.get(row[0]).name for row in act("member_list", id=unit.name, object_type="user")}  # type: ignore[union-attr]
        assert people == {user.name for user in [town.dpo, town.inventory_lead, *seats(town)] if user.unit == unit.name}


def test_a_second_run_changes_nothing(town: Municipality, tmp_path: Path, unset: None) -> None:
    passwords = tmp_path / "passwords.json"
    first = loader.load(town, passwords)
    written = passwords.read_bytes()
    before = snapshot()
    again = loader.load(town, passwords)
    assert {result for _, result in first.counts} == {"created"}
    assert {result for _, result in again.counts} == {"unchanged"}
    assert sum(again.counts.values()) == sum(first.counts.values())
    assert snapshot() == before
    assert passwords.read_bytes() == written


def snapshot() -> list[Any]:
    rows: list[Any] = []
    for table in (model.Group, model.Member, model.User):
        for row in model.Session.query(table):
            rows.append(
                [str(getattr(row, column.name)) for column in table.__table__.columns if column.name != "last_active"]
            )
    return sorted(rows)


def test_changes_of_the_file_are_brought_over(town: Municipality, unset: None) -> None:
    loader.load(town)
    report = loader.load(
        changed(
            organisations__0__children__0__children__1__title="Bau- und Planungsamt",
            organisations__0__children__2={
                "name": "gemeindewerke",
                "title": "Gemeindewerke Musterstadt GmbH",
                "kind": "municipal_company",
                "short": "Gemeindewerke",
                "children": [{"name": "netz", "title": "Netz GmbH", "kind": "municipal_company"}],
            },
        )
    )
    assert report.counts["organisation", "created"] == 1
    assert report.counts["organisation", "updated"] == 1
    assert act("organization_show", id="bauamt")["title"] == "Bau- und Planungsamt"
    assert [group["name"] for group in act("organization_show", id="netz")["groups"]] == ["gemeindewerke"]


def test_a_unit_moves_in_the_tree_and_keeps_what_others_gave_it(town: Municipality, unset: None) -> None:
    loader.load(town)
    extras = act("organization_show", id="vermessung")["extras"]
    act("organization_patch", id="vermessung", extras=[*extras, {"key": "room", "value": "12"}])
    tree = yaml.safe_load((FOLDER / "musterstadt.yaml").read_text(encoding="utf-8"))["organisations"]
    administration = tree[0]["children"][0]["children"]
    administration[2]["children"] = administration[1].pop("children")
    loader.load(changed(organisations=tree))
    found = act("organization_show", id="vermessung")
    assert [group["name"] for group in found["groups"]] == ["buergeramt"]
    assert {"key": "room", "value": "12"}.items() <= {
        key: value for extra in found["extras"] if extra["key"] == "room" for key, value in extra.items()
    }.items()


def test_accounts_and_passwords(town: Municipality, tmp_path: Path, unset: None) -> None:
    passwords = tmp_path / "new" / "passwords.json"
    loader.load(town, passwords)
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    assert list(passwords.parent.iterdir()) == [passwords]
    entries = json.loads(passwords.read_text(encoding="utf-8"))
    assert set(entries) == {
        *("sysadmin", "steward", "steward_stadtwerke", "inventory_lead", "dpo", "board", "partner"),
    }
    assert [entry["name"] for entry in entries["board"]] == [seat.user.name for seat in town.board.members]
    for part, value in entries.items():
        for entry in value if isinstance(value, list) else [value]:
            user = model.User.get(entry["name"])
            assert user is not None
            assert user.validate_password(entry["password"])
            assert bool(user.sysadmin) == (part == "sysadmin")
            assert len(entry["password"]) >= 20
    steward = town.accounts.steward
    assert steward is not None
    mine = tk.get_action("organization_list_for_user")({"user": steward.name}, {"permission": "update_dataset"})  # type: ignore[arg-type]
    assert {unit["name"] for unit in mine} == {"bauamt", "vermessung"}


def test_given_passwords_are_used_and_lost_ones_are_said(town: Municipality, tmp_path: Path, unset: None) -> None:
    passwords = tmp_path / "passwords.json"
    passwords.write_text(json.dumps({"dpo": {"name": "datenschutz", "password": "given-by-hand-1", "token": "t"}}))
    loader.load(town, passwords)
    user = model.User.get("datenschutz")
    assert user is not None
    assert user.validate_password("given-by-hand-1")
    assert json.loads(passwords.read_text())["dpo"]["token"] == "t"
    passwords.unlink()
    report = loader.load(town, passwords)
    assert len(report.notes) >= len(town.users())
    model.Session.expire_all()
    assert user.validate_password("given-by-hand-1")
    loader.load(town, passwords, reset_passwords=True)
    model.Session.expire_all()
    assert user.validate_password(json.loads(passwords.read_text())["dpo"]["password"])


def test_without_a_password_file_there_are_no_demo_accounts(town: Municipality, unset: None) -> None:
    loader.load(town)
    assert model.User.get("betrieb") is None
    assert model.User.get("datenschutz") is not None


def test_seats_and_tasks(town: Municipality, unset: None) -> None:
    loader.load(town)
    names = {user.id: user.name for user in model.Session.query(model.User)}
    roles = {(row["role"], names[row["user_id"]], row["unit"]) for row in act("role_list")}
    assert roles == {
        ("dpo", "datenschutz", None),
        ("inventory_lead", "dateninventur", None),
        ("board_lead", "runde-digitales", "stabsstelle-digitales"),
        *(("board", seat.user.name, seat.unit) for seat in town.board.members),
    }


def test_a_deputy_gets_an_account_and_the_seat_to_stand_in_for(town: Municipality, unset: None, tmp_path: Path) -> None:
    deputy = {"name": "runde-vertretung", "fullname": "Vertretung", "email": "vertretung@musterstadt.example.org", "unit": "bauamt"}
    members = yaml.safe_load((FOLDER / "musterstadt.yaml").read_text(encoding="utf-8"))["board"]["members"]
    members[1]["deputies"] = [deputy]
    loader.load(changed(board__members=members), tmp_path / "passwords.json")
    found = model.User.get("runde-vertretung")
    assert found is not None
    assert ("board_deputy", found.id, "bauamt") in {(row["role"], row["user_id"], row["unit"]) for row in act("role_list")}
    entries = json.loads((tmp_path / "passwords.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in entries["deputies"]] == ["runde-vertretung"]
    report = loader.load(town, revoke=True)
    assert report.counts["role", "revoked"] == 1


def test_a_seat_that_the_file_no_longer_names(town: Municipality, unset: None) -> None:
    loader.load(town)
    seats = yaml.safe_load((FOLDER / "musterstadt.yaml").read_text(encoding="utf-8"))["board"]["members"][:4]
    smaller = changed(board__members=seats)
    report = loader.load(smaller)
    assert [note for note in report.notes if "runde-gemeindewerke" in note]
    assert len(act("role_list")) == 8
    report = loader.load(smaller, revoke=True)
    assert report.counts["role", "revoked"] == 1
    assert "gemeindewerke" not in {row["unit"] for row in act("role_list")}


def test_sources_without_an_address_are_left_out(town: Municipality, unset: None) -> None:
    report = loader.load(town)
    assert not [what for what, _ in report.counts if what == "source"]
    assert sum("DATENPLATTFORM_" in note for note in report.notes) == len(town.sources)


@pytest.fixture
def stock_harvester(with_plugins: None) -> Iterator[None]:
    """A type of source that needs none of the rooms below."""
    plugins.load("ckan_harvester")
    yield
    plugins.unload("ckan_harvester")


@pytest.mark.usefixtures("stock_harvester")
def test_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    town = changed(
        sources__0__type="ckan",
        sources__0__config={"force_all": False, "api_version": 2},
        sources__1__type="ckan",
        sources__1__config={},
    )
    monkeypatch.setenv("DATENPLATTFORM_SENSORTHINGS_URL", "http://127.0.0.1:1/one")
    monkeypatch.setenv("DATENPLATTFORM_WFS_URL", "http://127.0.0.1:1/two")
    assert loader.load(town).counts["source", "created"] == 2
    assert loader.load(town).counts["source", "unchanged"] == 2
    found = act("harvest_source_show", id="sensorik")
    assert (found["url"], found["source_type"], found["frequency"]) == ("http://127.0.0.1:1/one", "ckan", "ALWAYS")
    assert json.loads(found["config"]) == town.sources[0].config
    package = model.Package.get("sensorik")
    assert package is not None
    assert package.private
    assert package.owner_org == model.Group.get("bauamt").id  # type: ignore[union-attr]
    monkeypatch.setenv("DATENPLATTFORM_WFS_URL", "http://127.0.0.1:1/other")
    report = loader.load(town)
    assert (report.counts["source", "updated"], report.counts["source", "unchanged"]) == (1, 1)
    assert act("harvest_source_show", id="geodatendienste")["url"] == "http://127.0.0.1:1/other"
    report = loader.load(changed(sources__0__type="no-such-type"))
    assert any("no-such-type" in note for note in report.notes)


@pytest.mark.parametrize("name", ["osnabrueck", "musterstadt"])
def test_shipped_sources_fit_our_harvesters(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    town = load(FOLDER / f"{name}.yaml")
    types = {harvester["name"] for harvester in act("harvesters_info_show")}
    if not {source.type for source in town.sources} <= types:
        pytest.skip("our harvesters are not among the plugins of the ini file")
    monkeypatch.setenv("DATENPLATTFORM_SENSORTHINGS_URL", "http://127.0.0.1:1/v1.1")
    monkeypatch.setenv("DATENPLATTFORM_WFS_URL", "http://127.0.0.1:1/wfs")
    assert loader.load(town).counts["source", "created"] == 2
    assert loader.load(town).counts["source", "unchanged"] == 2


class TestCommand:
    """``ckan datenplattform municipality``"""

    def test_load(self, cli: Any, tmp_path: Path, unset: None) -> None:
        passwords = tmp_path / "passwords.json"
        command = ["datenplattform", "municipality", "load", str(FOLDER / "musterstadt.yaml"), "--accounts"]
        result = cli.invoke(ckan_command, [*command, str(passwords)])
        assert result.exit_code == 0, result.output
        assert model.Group.get("bauamt") is not None
        known = json.loads(passwords.read_text(encoding="utf-8"))
        assert not any(entry["password"] in result.output for entry in known["board"])
        again = cli.invoke(ckan_command, [*command, str(passwords)])
        assert again.exit_code == 0

    def test_check(self, cli: Any, tmp_path: Path) -> None:
        result = cli.invoke(ckan_command, ["datenplattform", "municipality", "check", str(FOLDER / "osnabrueck.yaml")])
        assert (result.exit_code, "23" in result.output) == (0, True)
        broken = tmp_path / "town.yaml"
        broken.write_text("key: town\n")
        result = cli.invoke(ckan_command, ["datenplattform", "municipality", "load", str(broken)])
        assert result.exit_code == 1
        assert "title" in result.output
        assert model.Session.query(model.Group).count() == 0
