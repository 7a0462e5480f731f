"""The board's agenda with 500 open cases: all of them there first, then p95 as page and as action."""

from __future__ import annotations

import random
import re
import time
from datetime import timedelta
from typing import Any

from bench import site
from bench.claims import Claim, percentile

OPEN = 500
DECIDED = 1_500
MEMBERS = 5
ROUNDS = 30
BUDGET = 300.0
PAGES = ("/gremium", "/gremium?show=open", "/gremium?show=open&page=11", "/gremium?show=decided")


def _cases(units: list[str], people: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Rows by table, the same each time. What is frozen is as large as a dataset with ten files is."""
    from ckanext.datenplattform.core.clock import utcnow

    chance, now = random.Random(6), utcnow()
    found: dict[str, list[dict[str, Any]]] = {"package": [], "case": [], "vote": [], "recusal": [], "editor": []}
    for number in range(OPEN + DECIDED):
        key, open_ = f"bench-{number:05d}", number < OPEN
        text = f"Der Datensatz {number} beschreibt die Bäume der Gesamtstadt und wird jährlich geprüft. " * 5
        resources = {
            f"{key}-{item}": {
                "name": f"Datei {item}", "description": text, "url": f"https://daten.example.org/{key}/{item}.csv", "format": "CSV",
            }
            for item in range(10)
        }  # fmt: skip
        found["package"].append({
            "id": key, "name": key, "title": f"Datensatz {number}", "notes": text, "private": True, "type": "dataset",
            "owner_org": chance.choice(units), "state": "active",
        })  # fmt: skip
        submitted = now - timedelta(days=number % 13)
        found["case"].append({
            "id": key, "package_id": key, "kind": "publication", "state": "in_review" if open_ else chance.choice(("published", "refused")),
            "content_hash": "0" * 64, "files": dict.fromkeys(resources, "0" * 64), "quorum": 3, "submitted_by": people[-1],
            "content": {"package": {"name": key, "title": f"Datensatz {number}", "notes": text}, "resources": resources},
            "checks": {"content_hash": "0" * 64, "verdicts": [{"check": "personal", "text": text}] * 8},
            "submitted_at": submitted, "deadline": submitted + timedelta(days=14), "decided_at": None if open_ else submitted,
            "rules": {"quorum": 3, "majority": "simple", "days": 14}, "track": "normal", "dashboard": False, "duty": [],
        })  # fmt: skip
        voters = chance.sample(people[:MEMBERS], 2 if open_ else 3)
        found["vote"] += [
            {"case_id": key, "user_id": user, "unit": user, "vote": "approve", "event": at, "at": submitted}
            for at, user in enumerate(voters)
        ]  # fmt: skip
        if number % 7 == 0:
            found["recusal"].append({"case_id": key, "user_id": chance.choice(people[:MEMBERS]), "at": submitted})
        found["editor"].append({"package_id": key, "user_id": people[-1], "at": submitted - timedelta(days=1)})
    return found


def _act(action: str, /, **data: Any) -> Any:
    import ckan.plugins.toolkit as tk

    return tk.get_action(action)({"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}, data)


def _fill() -> dict[str, str]:
    """500 open and 1,500 decided cases; the token of a member."""
    import ckan.model as model
    from sqlalchemy import insert, text

    from ckanext.datenplattform.core import municipality
    from ckanext.datenplattform.review.model import Case, Editor, Recusal, Vote

    site.clean()
    tokens = {name: site.account(name) for name in (*(f"bench-member-{number}" for number in range(MEMBERS)), "bench-steward")}
    ids = [model.User.get(name).id for name in tokens]  # type: ignore[union-attr]
    units = [_act("organization_create", name=unit.name, title=unit.title) for unit in municipality.current().units()]
    for number, user_id in enumerate(ids[:MEMBERS]):
        _act("member_create", id=units[number]["id"], object=user_id, object_type="user", capacity="editor")
        _act("role_grant", user=user_id, role="board", unit=units[number]["name"])
    rows = _cases([unit["id"] for unit in units], ids)
    tables: dict[str, Any] = {"package": model.Package, "case": Case, "vote": Vote, "recusal": Recusal, "editor": Editor}
    for name, table in tables.items():
        for start in range(0, len(rows[name]), 500):
            model.Session.execute(insert(table.__table__), rows[name][start : start + 500])
    model.Session.commit()
    with model.Session.get_bind().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return tokens


def _listed(user: str) -> dict[str, Any]:
    import ckan.plugins.toolkit as tk

    return tk.get_action("review_list")({"user": user}, {"limit": OPEN, "state": "in_review"})


def _check(user: str, token: str) -> None:
    """All open cases are there, by action and on the agenda's pages, each with its title."""
    found = _listed(user)
    wanted = {f"bench-{number:05d}": f"Datensatz {number}" for number in range(OPEN)}
    assert found["count"] == OPEN, found["count"]
    assert {case["id"]: case["title"] for case in found["results"]} == wanted
    assert all(len(case["votes"]) == 2 and len(case["files"]) == 10 for case in found["results"])
    deadlines = [case["deadline"] for case in found["results"]]
    assert deadlines == sorted(deadlines)
    seen, number = set(), 0
    while len(seen) < OPEN and number < OPEN:
        number += 1
        page = site.get(f"/gremium?show=open&page={number}", token)[0]
        new = set(re.findall(r'href="[^"]*/gremium/(bench-[0-9]+)', page)) - seen
        assert new, f"page {number}: {len(seen)} of {OPEN} cases"
        seen |= new
    assert seen == wanted.keys()


def claims() -> list[Claim]:
    """p95 for a member of the board: the pages of the agenda through the whole portal, and the action `review_list`."""
    tokens = _fill()
    member = "bench-member-0"
    _check(member, tokens[member])
    page: list[float] = []
    action: list[float] = []
    for number in range(ROUNDS + 2):
        spent = [site.get(path, tokens[member])[1] for path in PAGES]
        started = time.perf_counter()
        _listed(member)
        if number > 1:  # the first ones warm up
            page += spent
            action.append((time.perf_counter() - started) * 1000)
    for name, values in (("page", page), ("action", action)):
        print(f"  {name}: median {percentile(values, 0.5):.0f} ms, most {max(values):.0f} ms")
    return [
        Claim(f"agenda p95, {OPEN} open cases, {name}", percentile(values, 0.95), None, BUDGET, "budget", "ms")
        for name, values in (("page", page), ("action", action))
    ]
