"""The inventory's list page at 20,000 records: right counts first, then p95 of the answer through the whole portal."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any

from bench import site
from bench.claims import Claim, percentile

RECORDS = 20_000
ROUNDS = 8
BUDGET = 300.0
SUBJECTS = (
    "Baum", "Straßen", "Spielplatz", "Schul", "Kita", "Kanal", "Brücken", "Denkmal", "Friedhofs", "Park", "Radweg", "Lärm",
    "Wasser", "Energie", "Gebäude", "Personal", "Haushalts", "Wahl", "Bevölkerungs", "Gewerbe", "Sport", "Museums", "Hunde", "Müll",
)  # fmt: skip
KINDS = (
    "kataster", "verzeichnis", "statistik", "plan", "karte", "liste", "messung", "übersicht", "bericht", "register", "zählung", "archiv",
)  # fmt: skip
PLACES = ("Innenstadt", "Nord", "Süd", "Hafen", "am Fluss", "Altstadt", "Weststadt", "aller Ortsteile", "der Gesamtstadt")
FORMATS = ("CSV", "XLSX", "WFS", "WMS", "GeoJSON", "PDF", "SHP")
THEMES = ("ENVI", "TRAN", "REGI", "GOVE", "EDUC", "SOCI", "ECON")
ASKED = (
    "", "q=B%C3%A4ume", "q=Strasse", "q=Spielplatz+Innenstadt", "page=300", "sort=changed", "sort=due", "completeness=incomplete",
    "personal_data=yes&openness=not_publishable", "format=CSV&theme=ENVI", "q=kataster&view=cards", "freshness=overdue", "q=Baumktaster",
)  # fmt: skip


def _rows(units: list[str]) -> dict[str, list[dict[str, Any]]]:
    """20,000 datasets, the same each time: rows by table."""
    chance, today = random.Random(4), date.today()
    found: dict[str, list[dict[str, Any]]] = {"package": [], "resource": [], "dp_inventory_record": [], "dp_dataset_access": []}
    for number in range(RECORDS):
        key = f"bench-{number:05d}"
        title = f"{chance.choice(SUBJECTS)}{chance.choice(KINDS)} {chance.choice(PLACES)} {chance.randint(1990, 2026)}"
        found["package"].append({
            "id": key, "name": key, "title": title, "private": True, "type": "dataset", "owner_org": chance.choice(units),
            "state": "draft" if number % 40 == 0 else "active", "extras": {"theme": json.dumps(chance.sample(THEMES, 2))},
            "notes": f"Der Datensatz {title} wird von der zuständigen Stelle laufend gepflegt und jährlich geprüft. " * 3,
        })  # fmt: skip
        found["resource"].append({
            "id": key, "package_id": key, "format": chance.choice(FORMATS), "url": "x", "state": "active", "position": 0,
        })  # fmt: skip
        high = number % 10 == 3
        found["dp_inventory_record"].append({
            "package_id": key, "responsible_function": "Sachgebiet " + chance.choice(SUBJECTS), "source_class": "department",
            "source_system": chance.choice(("Fachverfahren A", "GIS", "Excel", None)), "confidentiality": "high" if high else "normal",
            "personal_data": chance.choice(("none", "none", "yes", None)),
            "openness": chance.choice(("open", "internal", "not_publishable", None)),
            "due_on": today + timedelta(days=chance.randint(-200, 365)),
        })  # fmt: skip
        found["dp_dataset_access"].append({
            "package_id": key, "confidential": high, "review_state": chance.choice((None, None, None, "in_review", "refused")),
        })  # fmt: skip
    return found


def _fill() -> tuple[list[str], dict[str, list[dict[str, Any]]]]:
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    from sqlalchemy import insert, text

    from ckanext.datenplattform.access.model import DatasetAccess
    from ckanext.datenplattform.core import municipality
    from ckanext.datenplattform.core.clock import utcnow
    from ckanext.datenplattform.inventory.model import InventoryRecord

    site.clean()
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    units = []
    for unit in municipality.current().units():
        data = {"name": unit.name, "title": unit.title}
        units.append(tk.get_action("organization_create")({"ignore_auth": True, "user": user}, data)["id"])
    rows = _rows(units)
    for table in (model.Package.__table__, model.Resource.__table__, InventoryRecord.__table__, DatasetAccess.__table__):
        for start in range(0, RECORDS, 1000):
            model.Session.execute(insert(table), rows[table.name][start : start + 1000])
    moment = utcnow().replace(tzinfo=None)
    model.Session.execute(text("UPDATE package SET metadata_created = :now, metadata_modified = :now"), {"now": moment})
    model.Session.commit()
    with model.Session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return units, rows


def _people(units: list[str]) -> dict[str, str]:
    """{who: token}: a clerk of one unit, the inventory lead."""
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    tokens = {"clerk": site.account("bench-clerk"), "inventory lead": site.account("bench-lead")}
    member = {"id": units[5], "object": "bench-clerk", "object_type": "user", "capacity": "editor"}
    tk.get_action("member_create")({"ignore_auth": True, "user": user}, member)
    tk.get_action("role_grant")({"ignore_auth": True, "user": user}, {"user": "bench-lead", "role": "inventory_lead"})
    return tokens


def _check(unit: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """The counts that the actions give are those that one gets by looking at each row."""
    import ckan.plugins.toolkit as tk

    packages = {row["id"]: row for row in rows["package"]}
    secret = {row["package_id"] for row in rows["dp_dataset_access"] if row["confidential"]}
    records = {row["package_id"]: row for row in rows["dp_inventory_record"]}
    own = {key for key, row in packages.items() if row["owner_org"] == unit}
    entry = {key for key, row in packages.items() if row["state"] == "active" and key not in secret}
    for user, seen, whole in (("bench-clerk", own | entry, own), ("bench-lead", set(packages), set(packages))):
        def ask(user: str = user, **asked: Any) -> Any:
            return tk.get_action("inventory_record_list")({"user": user}, {"limit": 1, **asked})

        found = ask()
        assert found["count"] == len(seen), (user, found["count"], len(seen))
        facets = {name: {item["name"]: item["count"] for item in items} for name, items in found["facets"].items()}
        assert facets["personal_data"].get("yes") == sum(records[key]["personal_data"] == "yes" for key in whole)
        assert facets["format"]["CSV"] == sum(row["format"] == "CSV" for row in rows["resource"] if row["package_id"] in seen)
        assert facets["theme"]["ENVI"] == sum("ENVI" in packages[key]["extras"]["theme"] for key in seen)
        assert ask(openness="open")["count"] == sum(records[key]["openness"] == "open" for key in whole)
        trees = sum("Baumkataster" in packages[key]["title"] for key in seen)
        assert ask(q="Baumkataster")["count"] == trees
        assert ask(q="Baumktaster")["count"] >= trees > 0


def claims() -> list[Claim]:
    """p95 of the list page for a clerk of one unit and for the inventory lead, over all kinds of searches."""
    units, rows = _fill()
    tokens = _people(units)
    _check(units[5], rows)
    found = []
    for who, token in tokens.items():
        spent: dict[str, list[float]] = {asked: [] for asked in ASKED}
        for number in range(ROUNDS + 1):
            for asked in ASKED:
                page, milliseconds = site.get(f"/inventar?{asked}", token)
                assert "dp-inventory" in page, asked
                if number:  # the first round warms up
                    spent[asked].append(milliseconds)
        for asked, values in spent.items():
            print(f"  {who}: /inventar?{asked}  median {percentile(values, 0.5):.0f} ms, most {max(values):.0f} ms")
        everything = [value for values in spent.values() for value in values]
        found.append(Claim(f"inventory list p95, {RECORDS:,} records, {who}", percentile(everything, 0.95), None, BUDGET, "budget", "ms"))
    return found
