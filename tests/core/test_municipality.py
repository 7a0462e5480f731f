"""The municipality's file: what is shipped is right, what is wrong is said."""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from ckanext.datenplattform.core import municipality as towns
from ckanext.datenplattform.core.errors import ConfigurationError
from ckanext.datenplattform.core.municipality_file import KINDS, parse

FOLDER = Path(__file__).resolve().parents[2] / "config" / "municipalities"
SHIPPED = sorted(FOLDER.glob("*.yaml"))


def raw(name: str = "musterstadt") -> dict[str, Any]:
    return copy.deepcopy(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


def faults(data: Any) -> list[str]:
    return parse(data)[1]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_right(path: Path) -> None:
    town = towns.load(path)
    assert town.key == path.stem
    assert {unit.kind for unit in town.units()} == set(KINDS)
    assert town.accounts.sysadmin
    assert town.accounts.steward
    assert town.accounts.steward_stadtwerke
    assert town.accounts.partner
    assert town.board.quorum <= len(town.board.members)
    assert sum(seat.lead for seat in town.board.members) == 1
    assert all(".example." in user.email for user in town.users())
    assert {source.url_env for source in town.sources} == {
        "DATENPLATTFORM_SENSORTHINGS_URL",
        "DATENPLATTFORM_WFS_URL",
        "DATENPLATTFORM_MQTT_URL",
    }
    # who takes part in the review of a unit's data has his own account, and stewards may edit what the sources bring
    tops = (town.accounts.steward.unit, town.accounts.steward_stadtwerke.unit)
    stewards = {*tops, *(unit.name for top in tops for unit in town.descendants(top))}
    assert {source.unit for source in town.sources} <= stewards


def test_osnabrueck() -> None:
    town = towns.load(FOLDER / "osnabrueck.yaml")
    assert (town.ags, town.ars, town.state) == ("03404000", "034040000000", "Niedersachsen")
    assert len(town.districts) == 23
    assert [seat.unit for seat in town.board.members] == [
        "referat-nachhaltige-stadtentwicklung",
        "referat-digitalisierung-it",
        "fb-geodaten-verkehrsanlagen",
        "stadtwerke-osnabrueck",
        "swo-netz",
    ]
    assert (town.board.quorum, town.board.majority, town.board.days) == (3, "simple", 14)
    assert town.board.silence == "wait"  # nothing is published because nobody spoke
    assert (town.board.full.quorum, town.board.full.majority) == (4, "two_thirds")
    assert [deputy.unit for deputy in town.board.members[0].deputies] == ["referat-nachhaltige-stadtentwicklung"]
    assert {law.level for law in town.laws} == {"eu", "federal", "state"}
    assert [source.standing_release is not None for source in town.sources] == [True, True, True, False]


def test_the_second_town_is_another_one() -> None:
    first, second = (towns.load(FOLDER / f"{name}.yaml") for name in ("osnabrueck", "musterstadt"))
    assert first.state != second.state
    assert not {unit.name for unit in first.units()} & {unit.name for unit in second.units()}
    assert len(second.districts) == 5


def test_tree() -> None:
    town = towns.load(FOLDER / "musterstadt.yaml")
    assert [unit.name for unit in town.path("vermessung")] == [
        "konzern-musterstadt",
        "stadt-musterstadt",
        "bauamt",
        "vermessung",
    ]
    assert [unit.name for unit in town.descendants("stadt-musterstadt")] == [
        "stabsstelle-digitales",
        "bauamt",
        "vermessung",
        "buergeramt",
    ]
    parent = town.parent("vermessung")
    assert parent is not None
    assert parent.name == "bauamt"
    assert town.parent("konzern-musterstadt") is None
    assert (town.unit("nobody"), town.path("nobody"), town.descendants("nobody")) == (None, (), ())
    names = [unit.name for unit in town.units()]
    for unit in town.units():
        assert all(names.index(child.name) > names.index(unit.name) for child in unit.children)


def test_address_of_a_source_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    source = towns.load(FOLDER / "musterstadt.yaml").sources[0]
    monkeypatch.setitem(os.environ, "DATENPLATTFORM_SENSORTHINGS_URL", "http://127.0.0.1:1/v1.1")
    assert source.address() == "http://127.0.0.1:1/v1.1"
    monkeypatch.delitem(os.environ, "DATENPLATTFORM_SENSORTHINGS_URL")
    assert source.address() == ""


def change(path: str, value: Any) -> dict[str, Any]:
    """Musterstadt with one thing changed; ``path`` as in ``board.members.0.unit``; `...` removes."""
    data = raw()
    place: Any = data
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        ("title", ..., "title"),
        ("title", "  ", "title"),
        ("ags", 5999000, "ags"),  # not quoted
        ("ags", "0599900", "ags"),
        ("centre", {"lon": 200, "lat": 1}, "centre.lon"),
        ("centre", [7, 51], "centre"),
        ("colours", {"primary": "red"}, "colours.primary"),
        ("map", {"tiles": "https://tiles.example.org/map.png", "attribution": "x"}, "map.tiles"),
        ("map", {"tiles": "//tiles.example.org/{z}/{x}/{y}.png", "attribution": "x"}, "map.tiles"),
        ("map", {"tiles": "https://tiles.example.org/{z}/{x}/{y}.png"}, "map.attribution"),
        ("map", {"attribution_url": "javascript:alert(1)"}, "map.attribution_url"),
        ("support_email", "nobody", "support_email"),
        ("licences", "dl-de/zero-2-0", "licences"),
        ("licences", ["a", "a"], "licences"),
        ("titel", "x", "titel"),
        ("organisations.0.children.0.childen", [], "organisations[1].children[1].childen"),
        ("organisations.0.kind", "firma", "organisations[1].kind"),
        ("organisations.0.name", "Großes Amt", "organisations[1].name"),
        ("organisations.1.name", "bauamt", "organisations"),
        ("organisations", {}, "organisations"),
        ("districts.1.name", "Altstadt", "districts"),
        ("board.members.0.unit", "nobody", "board.members[1].unit"),
        ("board.members.0.user.unit", "nobody", "accounts.runde-digitales.unit"),
        ("board.members.0.user.name", "runde-bauamt", "accounts"),
        ("board.members.1.lead", True, "board.members"),
        ("board.members.1.lead", "ja", "board.members[2].lead"),
        ("board.members.0.user", ..., "board.members[1].user"),
        ("board.quorum", 6, "board.quorum"),
        ("board.quorum", 0, "board.quorum"),
        ("board.quorum", "3", "board.quorum"),
        ("board.majority", "most", "board.majority"),
        ("board.days", 0, "board.days"),
        ("board.remind_days", -1, "board.remind_days"),
        ("board.silence", "yes", "board.silence"),
        ("board.full.quorum", 2, "board.full.quorum"),
        ("board.full.quorum", 6, "board.full.quorum"),
        ("board.full.days", 0, "board.full.days"),
        ("board.full.majority", "all", "board.full.majority"),
        ("board.members.0.deputies", [{"name": "runde-bauamt", "fullname": "x", "email": "x@example.org"}], "accounts"),
        ("board.members.0.deputies", [{"name": "vertretung"}], "board.members[1].deputies[1].fullname"),
        ("board", ..., "board"),
        ("dpo.role", "king", "dpo.role"),
        ("publisher.uri", "musterstadt", "publisher.uri"),
        ("laws.0.level", "world", "laws[1].level"),
        ("sources.0.unit", "nobody", "sources.sensorik.unit"),
        ("sources.0.frequency", "SOMETIMES", "sources[1].frequency"),
        ("sources.0.url", "https://sensoren.example/", "sources[1]"),
        ("sources.0.standing_release.resolution", 5, "sources[1].standing_release.resolution"),
        ("accounts.steward.unit", "nobody", "accounts.datenpflege-bauamt.unit"),
    ],
)
def test_a_fault_is_named_by_its_place(path: str, value: Any, where: str) -> None:
    found = faults(change(path, value))
    assert any(fault.startswith(f"{where}: ") for fault in found), found


def test_one_missing_block_is_one_fault() -> None:
    assert len([fault for fault in faults(change("board", ...)) if fault.startswith("board:")]) == 1


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    data = raw()
    del data["title"]
    data["board"]["quorum"] = "three"
    data["extra"] = 1
    path = tmp_path / "town.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        towns.load(path)
    assert caught.value.message.count("\n- ") == 3
    assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize("text", ["", "- a\n- b", "just text", "a: [", "a: !!python/object/apply:os.getcwd []"])
def test_what_is_no_municipality_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "town.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        towns.load(path)


def test_current_follows_the_setting_and_the_file(tmp_path: Path, setting: Any) -> None:
    path = tmp_path / "town.yaml"
    path.write_text((FOLDER / "musterstadt.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    setting("municipality", str(path))
    assert towns.current() is towns.current()
    path.write_text((FOLDER / "osnabrueck.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert towns.current().key == "osnabrueck"
    setting("municipality", "config/municipalities/musterstadt.yaml")
    assert towns.current().key == "musterstadt"
    for missing in ("", str(tmp_path / "none.yaml")):
        setting("municipality", missing)
        with pytest.raises(ConfigurationError):
            towns.current()
