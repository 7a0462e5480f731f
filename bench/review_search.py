"""package_search with all plugins beside CKAN without any, on the same database and index: same answers first, then the time.

Both sites have a process of their own and are asked in turns. A few datasets are hidden from all who ask.
"""

from __future__ import annotations

import json
import random
import statistics
from typing import Any

from bench import site
from bench.asked import Site, without_plugins
from bench.claims import Claim

PUBLIC = 2_000
HIDDEN = 200
ROUNDS = 15
# ours takes at most 1.3 times as long
FLOOR = 1 / 1.3
SUBJECTS = ("Baumkataster", "Straßenverzeichnis", "Spielplätze", "Schulen", "Kanalnetz", "Radwege", "Lärmkarte", "Haushaltsplan")
FACETS = ["organization", "tags", "res_format", "license_id"]
# what the portal and its users ask: the start of the list, a word, a filter with facets, a long page, a catalogue's page
ASKED: tuple[dict[str, Any], ...] = (
    {"q": "*:*", "rows": 20, "facet.field": FACETS, "include_private": True},
    {"q": "Haushaltsplan", "rows": 20, "facet.field": FACETS},
    {"q": "Radwege", "fq": "res_format:CSV", "rows": 20, "sort": "score desc, metadata_modified desc"},
    {"q": "*:*", "rows": 100, "start": 400, "sort": "name asc"},
    {"q": "*:*", "rows": 1000, "sort": "name asc"},
    {"q": "*:*", "rows": 0},
)


def _rows(units: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows by table, the same each time; published ones first."""
    from ckanext.datenplattform.core.clock import utcnow

    chance, now = random.Random(7), utcnow()
    found: dict[str, list[dict[str, Any]]] = {"package": [], "resource": [], "publication": []}
    for number in range(PUBLIC + HIDDEN):
        key, title = f"bench-{number:05d}", f"{chance.choice(SUBJECTS)} {number}"
        found["package"].append({
            "id": key, "name": key, "title": title, "private": True, "type": "dataset", "owner_org": chance.choice(units),
            "state": "active", "license_id": "dl-de/by-2-0", "metadata_created": now.replace(tzinfo=None),
            "metadata_modified": now.replace(tzinfo=None),
            "notes": f"Der Datensatz {title} wird von der zuständigen Stelle laufend gepflegt und jährlich geprüft. " * 4,
        })  # fmt: skip
        found["resource"] += [
            {"id": f"{key}-{name}", "package_id": key, "name": name, "format": name, "url": f"https://daten.example.org/{key}.{name}",
             "state": "active", "position": at}
            for at, name in enumerate(("CSV", "GeoJSON", "WFS"))
        ]  # fmt: skip
        if number < PUBLIC:
            found["publication"].append({"id": key, "package_id": key, "content_hash": "0" * 64, "decision_id": key, "since": now})
    return found


def _act(action: str, /, **data: Any) -> Any:
    import ckan.plugins.toolkit as tk

    return tk.get_action(action)({"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}, data)


def _fill() -> str:
    """2,000 published and 200 hidden datasets in database and index; the key of an editor of a unit without hidden ones."""
    import ckan.model as model
    from sqlalchemy import insert, text

    from ckanext.datenplattform.access.model import DatasetAccess, Publication
    from ckanext.datenplattform.core import municipality
    from ckanext.datenplattform.inventory.indexing import index_many

    site.clean()
    units = [_act("organization_create", name=unit.name, title=unit.title)["id"] for unit in municipality.current().units()]
    rows = _rows(units[1:])
    tables: dict[str, Any] = {"package": model.Package, "resource": model.Resource, "publication": Publication}
    for name, table in tables.items():
        for start in range(0, len(rows[name]), 500):
            model.Session.execute(insert(table.__table__), rows[name][start : start + 500])
    hidden = [{"package_id": row["id"], "confidential": True} for row in rows["package"][PUBLIC:]]
    model.Session.execute(insert(DatasetAccess.__table__), hidden)
    model.Session.execute(text("UPDATE package SET private = false WHERE id IN (SELECT package_id FROM dp_publication)"))
    model.Session.commit()
    with model.Session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    index_many([row["id"] for row in rows["package"]], lambda _done: None)
    token = site.account("bench-editor")
    _act("member_create", id=units[0], object="bench-editor", object_type="user", capacity="editor")
    return token


def _ask(one: Site, reader: tuple[str, str], data: dict[str, Any], page: bool) -> dict[str, Any]:
    return one.ask(user=reader[0], token=reader[1], data=data, page=page)


def _same(ours: Site, bare: Site, reader: tuple[str, str], page: bool) -> None:
    """Both find the same and say the same of it; ours asks the database as often for 1,000 hits as for 20."""
    counts = []
    for data in ASKED:
        mine, theirs = _ask(ours, reader, data, page), _ask(bare, reader, data, page)
        assert isinstance(mine["result"], dict), (data, mine["result"])
        assert isinstance(theirs["result"], dict), (data, theirs["result"])
        assert mine["result"]["count"] == theirs["result"]["count"] > 0, (data, mine["result"]["count"], theirs["result"]["count"])
        assert _told(mine["result"]) == _told(theirs["result"]), (data, _difference(_told(mine["result"]), _told(theirs["result"])))
        if not data.get("facet.field") and mine["result"]["results"]:
            counts.append(mine["statements"])
    assert len(set(counts)) == 1, counts


def _told(result: dict[str, Any]) -> dict[str, Any]:
    """What is to be compared: facets by name and count, for licences bear other titles and equal counts have no order."""
    facets = {
        name: {item["name"]: item["count"] for item in facet["items"]} for name, facet in result.get("search_facets", {}).items()
    }
    return {**result, "facets": None, "search_facets": facets}


def _difference(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    for key, value in theirs.items():
        if mine.get(key) != value:
            return f"{key}: {json.dumps(mine.get(key))[:1000]} // {json.dumps(value)[:1000]}"
    return "more keys"


def _measured(ours: Site, bare: Site, reader: tuple[str, str], page: bool) -> tuple[float, float]:
    """Searches a second of ours and of CKAN: the medians of each kind of search, all kinds once."""
    spent: dict[int, tuple[list[float], list[float]]] = {at: ([], []) for at in range(len(ASKED))}
    for number in range(ROUNDS + 1):
        for at, data in enumerate(ASKED):
            # who is first changes
            for side in (0, 1) if number % 2 else (1, 0):
                took = _ask((ours, bare)[side], reader, data, page)["ms"]
                if number:  # the first round warms up
                    spent[at][side].append(took)
    for at, sides in spent.items():
        asked, (mine, theirs) = json.dumps(ASKED[at], ensure_ascii=False)[:80], map(statistics.median, sides)
        print(f"    {asked}: {mine:.1f} / {theirs:.1f} ms")
    mine, theirs = (sum(statistics.median(sides[side]) for sides in spent.values()) for side in (0, 1))
    return len(ASKED) * 1000 / mine, len(ASKED) * 1000 / theirs


def claims() -> list[Claim]:
    """Searches a second, ours to CKAN's, as action and by the web, for anonymous readers and for an editor."""
    token = _fill()
    ini = site.ini
    ours, bare = Site(ini), Site(without_plugins(ini))
    found = []
    try:
        for name, reader in (("anonymous", ("", "")), ("editor", ("bench-editor", token))):
            for way, page in (("action", False), ("API", True)):
                _same(ours, bare, reader, page)
                print(f"  {name}, {way}:")
                mine, theirs = _measured(ours, bare, reader, page)
                found.append(Claim(f"package_search, {PUBLIC:,} datasets, {way}, {name}", mine, theirs, round(FLOOR, 3), unit="searches/s"))
    finally:
        ours.end()
        bare.end()
    return found
