"""Inside CKAN: municipality, accounts with tokens, a data space. Run as `python -m lib.demo_setup INI ACCOUNTS`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.servers import lorawan, synthetic

# isort: split
# after our own tests: importing CKAN puts its folder, with a `tests` of its own, in front of the path
import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.types import Context

from ckanext.datenplattform.core import loader, municipality

from .demo_story import MQTT, part_of


def _tokens(accounts: Path) -> None:
    """A token for each account that has none yet."""
    data: dict[str, Any] = json.loads(accounts.read_text())
    people = [entry for value in data.values() for entry in (value if isinstance(value, list) else [value])]
    for person in people:
        if "token" not in person:
            context: Any = {"ignore_auth": True, "user": person["name"]}
            made = tk.get_action("api_token_create")(context, {"user": person["name"], "name": "Demo"})
            person["token"] = made["token"]
    accounts.touch(mode=0o600)
    os.chmod(accounts, 0o600)
    accounts.write_text(json.dumps(data, ensure_ascii=False, indent=1))


def _dataspace(town: municipality.Municipality) -> None:
    """A Datenraum for the partner from outside, so that there is one to look at."""
    context: Context = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    partner = town.accounts.partner
    if partner is None or not partner.unit:
        return
    spaces = [space["name"] for space in tk.get_action("dataspace_list")({**context, "auth_user_obj": None}, {})]
    if "forschung" in spaces:
        return
    owner = town.inventory_lead.unit or next(iter(town.units())).name
    tk.get_action("dataspace_create")(
        {**context},
        {"name": "forschung", "title": "Forschung", "purpose": "Auswertung mit der Hochschule", "owner_org": owner},
    )
    tk.get_action("dataspace_member_add")({**context}, {"dataspace": "forschung", "organization": partner.unit})


def _devices(town: municipality.Municipality) -> None:
    """Where the values of the LoRaWAN sensors go, said by those who care for the source: before anybody receives them."""
    place = synthetic.Place(town.name, *town.centre)
    for source in town.sources:
        if source.type == MQTT and source.address():
            steward = getattr(town.accounts, part_of(town, source.unit)).name
            for device in lorawan.devices(place):
                if device.kind == source.config["format"]:
                    data = {"source": source.name, "device": device.id, "rows": device.rows()}
                    tk.get_action("mqtt_device_update")({"user": steward}, data)


def main(ini: str, accounts: str) -> None:
    """Bring organisations, accounts, roles, sources, tokens in line with the municipality file; can be repeated."""
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        town = municipality.current()
        loader.load(town, Path(accounts))
        _tokens(Path(accounts))
        _dataspace(town)
        _devices(town)


if __name__ == "__main__":
    main(*sys.argv[1:])
