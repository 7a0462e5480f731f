"""The demo's inventory: records of config/demo/KEY.yaml, entered through the portal's own interface."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import yaml

from .paths import ROOT

FOLDER = ROOT / "config" / "demo"
# the demo's portal has eight threads; the rest is for whoever looks at it already
AT_ONCE = 4

Call = Callable[..., Any]


def read(key: str) -> list[dict[str, Any]]:
    """The records of a municipality, each with who answers in its unit; none without a file."""
    file = FOLDER / f"{key}.yaml"
    if not file.exists():
        return []
    found = yaml.safe_load(file.read_text())
    return [{**found["units"].get(item["unit"], {}), **item} for item in found["records"]]


def fill(call: Call, accounts: dict[str, Any], key: str) -> int:
    """Enter the records that are not there yet (by title), those of a unit as its own account where there is one.

    :param call: `call(action, account, **data)`, as `demo_story.Story.call`
    :param accounts: the demo's accounts by part; "sysadmin" enters what no other account may
    :returns: how many were entered
    """
    wanted, admin = read(key), accounts["sysadmin"]
    if not wanted:
        return 0
    there = {item["title"] for item in call("inventory_record_list", admin, limit=1000)["results"]}
    may: dict[str, Any] = {}
    for part in ("steward", "steward_stadtwerke"):
        if part in accounts:
            for unit in call("organization_list_for_user", accounts[part], permission="create_dataset"):
                may.setdefault(unit["name"], accounts[part])
    missing = [item for item in wanted if item["title"] not in there]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda item: call("inventory_record_create", may.get(item["unit"], admin), **item), missing))
    return len(missing)
