"""The records of the demo: plausible, without people, and entered once through the portal's interface."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bin.lib import demo_records
from bin.lib.demo_story import Story
from ckanext.datenplattform.core import loader, municipality
from ckanext.datenplattform.inventory import record
from tests import factories as f
from tests.tree import ROOT

KEY = "osnabrueck"


def test_sixty_records_of_which_ten_are_drafts_and_eight_must_not_be_published():
    found = demo_records.read(KEY)
    kinds = Counter(item.get("openness") for item in found)
    assert len(found) == 60 == len({item["title"] for item in found})
    assert sum(bool(item.get("draft")) for item in found) == 10
    assert kinds["not_publishable"] == 8
    assert len({item["unit"] for item in found}) > 20
    for item in found:
        assert item.get("draft") or record.missing(item) == [], item["title"]
        assert item.get("responsible_email", "").endswith(".example.org"), item["title"]
    assert demo_records.read("gibtesnicht") == []


def test_units_are_those_of_the_municipality():
    town = municipality.load(ROOT / "config" / "municipalities" / f"{KEY}.yaml")
    assert {item["unit"] for item in demo_records.read(KEY)} <= {unit.name for unit in town.units()}


@pytest.mark.usefixtures("platform")
def test_they_are_entered_once(live_site: str, tmp_path: Path):
    town = municipality.current()
    loader.load(town, tmp_path / "accounts.json")
    accounts: dict[str, Any] = json.loads((tmp_path / "accounts.json").read_text())
    for part in ("sysadmin", "steward", "steward_stadtwerke"):
        name = accounts[part]["name"]
        accounts[part]["token"] = f.act("api_token_create", None, user=name, name="Test")["token"]
    story = Story({"url": live_site, "accounts": accounts}, town)
    started = time.monotonic()
    assert demo_records.fill(story.call, accounts, KEY) == 60
    print(f"60 Einträge: {time.monotonic() - started:.1f} s")
    started = time.monotonic()
    assert demo_records.fill(story.call, accounts, KEY) == 0
    print(f"noch einmal: {time.monotonic() - started:.1f} s")
    found = {item["title"]: item for item in f.act("inventory_record_list", accounts["sysadmin"]["name"], limit=1000)["results"]}
    assert len(found) == 60
    assert found["Melderegister"]["missing"] == []
    history = f.act("inventory_record_history", id=found["Echtzeitlage der Busse"]["id"])
    assert {item["by"] for item in history} == {"Datenpflege Stadtwerke"}
    drafts = [item for item in found.values() if f.act("inventory_record_show", id=item["id"])["state"] == "draft"]
    assert len(drafts) == 10
