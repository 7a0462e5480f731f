"""Brings CKAN in line with a municipality's file: organisations, accounts, seats, harvest sources. Again and again
with one result.

What the file does not name is left alone. Rooms below are reached by actions only (`role_grant`,
`harvest_source_create`); where their plugin is not loaded, that part is left out and said so.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from .accounts import PasswordFile, parts
from .i18n import N_, translate
from .municipality import Account, Municipality, Source, Unit

CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"
#: Extras of an organisation that come from the file.
UNIT_EXTRAS = ("kind", "short", "contributor_id")


class Report:
    """What was done: ``counts[(what, result)]``, and ``notes`` in the operator's language."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.notes: list[str] = []

    def add(self, what: str, result: str) -> None:
        self.counts[what, result] += 1

    def note(self, text: str, **values: Any) -> None:
        self.notes.append(translate(text) % values if values else translate(text))


def load(
    town: Municipality, passwords: Path | None = None, *, reset_passwords: bool = False, revoke: bool = False
) -> Report:
    """Create or update everything the file names.

    ``passwords``: file of `accounts.PasswordFile`; only with it are the demo's accounts made. ``reset_passwords``:
    give new passwords to accounts that exist but whose password the file does not know. ``revoke``: end board seats
    and tasks that are in force but not in the file (otherwise they are only noted). Raises CKAN's `ValidationError`,
    `ConfigurationError`.
    """
    report = Report()
    for unit in town.units():
        above = town.parent(unit.name)
        report.add("organisation", _organisation(unit, above.name if above else None))
    _accounts(town, PasswordFile(passwords), passwords is not None, reset_passwords, report)
    _roles(town, revoke, report)
    _sources(town, report)
    return report


def _context() -> Any:
    """Acting as the site itself. A new context for every call: CKAN's actions leave things behind in it."""
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})  # type: ignore[arg-type]
    return {"user": site_user["name"], "ignore_auth": True}


def _act(name: str, data: dict[str, Any]) -> Any:
    return tk.get_action(name)(_context(), data)


def _has(action: str) -> bool:
    try:
        tk.get_action(action)
    except KeyError:
        return False
    return True


def _organisation(unit: Unit, above: str | None) -> str:
    """Create or update one organisation; its parent must be there."""
    ours = {"kind": unit.kind, "short": unit.short, "contributor_id": unit.contributor_id}
    wanted: dict[str, Any] = {
        "title": unit.title,
        "description": unit.description,
        "groups": [{"name": above, "capacity": "public"}] if above else [],
        "state": "active",
    }
    try:
        found = _act("organization_show", {"id": unit.name, "include_users": False})
    except tk.ObjectNotFound:
        extras = [{"key": key, "value": value} for key, value in ours.items() if value]
        made = _act("organization_create", {"name": unit.name, "extras": extras, **wanted})
        # CKAN makes whoever creates it an administrator of it: the site's own user has no business in a list of people.
        _act("organization_member_delete", {"id": made["id"], "username": _context()["user"]})
        return CREATED
    others = [extra for extra in found["extras"] if extra["key"] not in UNIT_EXTRAS]
    extras = [{"key": key, "value": value} for key, value in ours.items() if value]
    same = (
        found["title"] == wanted["title"]
        and (found.get("description") or "") == wanted["description"]
        and [group["name"] for group in found["groups"]] == [group["name"] for group in wanted["groups"]]
        and found["state"] == "active"
        and {extra["key"]: extra["value"] for extra in found["extras"]}
        == {extra["key"]: extra["value"] for extra in others + extras}
    )
    if same:
        return UNCHANGED
    _act("organization_patch", {"id": unit.name, "extras": others + extras, **wanted})
    return UPDATED


def _accounts(town: Municipality, known: PasswordFile, demo: bool, reset: bool, report: Report) -> None:
    wanted = list(parts(town, demo))
    there = {account.name: _user(account.name) for _, account in wanted}
    fresh: dict[str, str] = {}
    for part, account in wanted:
        password = known.get(account.name)
        if there[account.name] is None:
            fresh[account.name] = password or known.make(part, account.name)
        elif password is None and reset:
            fresh[account.name] = known.make(part, account.name)
        elif password is None and demo:
            report.note(N_("The account %(name)s exists already; its password is not known here."), name=account.name)
    known.save()  # before the accounts are made: a password that nobody kept is worse than one that nobody uses
    for _, account in wanted:
        report.add("account", _account(account, there[account.name], fresh.get(account.name)))
        if account.unit:
            member = {"id": account.unit, "username": account.name, "role": account.role}
            if not _is_member(member):
                _act("organization_member_create", member)


def _user(name: str) -> dict[str, Any] | None:
    try:
        return _act("user_show", {"id": name})
    except tk.ObjectNotFound:
        return None


def _account(account: Account, found: dict[str, Any] | None, password: str | None) -> str:
    wanted: dict[str, Any] = {"fullname": account.fullname, "email": account.email, "sysadmin": account.sysadmin}
    if found is None:
        _act("user_create", {"name": account.name, "password": password, **wanted})
        return CREATED
    changes = {key: value for key, value in wanted.items() if found.get(key) != value}
    if found.get("state") != "active":
        changes["state"] = "active"
    if password is not None:
        changes["password"] = password
    if not changes:
        return UNCHANGED
    _act("user_patch", {"id": found["id"], "email": account.email, **changes})
    return UPDATED


def _is_member(member: dict[str, str]) -> bool:
    rows = _act("member_list", {"id": member["id"], "object_type": "user", "capacity": member["role"]})
    user = _user(member["username"])
    return user is not None and any(row[0] == user["id"] for row in rows)


def _roles(town: Municipality, revoke: bool, report: Report) -> None:
    """Seats of the board, the data-protection officer, the lead of the inventory."""
    if not _has("role_grant"):
        report.note(N_("Seats of the board were not set: the plugin dp_access is not loaded."))
        return
    wanted: list[tuple[str, str, str | None]] = [
        ("dpo", town.dpo.name, None),
        ("inventory_lead", town.inventory_lead.name, None),
    ]
    for seat in town.board.members:
        wanted.append(("board", seat.user.name, seat.unit))
        if seat.lead:
            wanted.append(("board_lead", seat.user.name, seat.unit))
        wanted += [("board_deputy", deputy.name, seat.unit) for deputy in seat.deputies]
    before = {_grant(row) for row in _act("role_list", {})}
    kept = set()
    for role, name, unit in wanted:
        user = _user(name)
        assert user is not None
        kept.add((role, user["id"], unit))
        if (role, user["id"], unit) not in before:
            _act("role_grant", {"user": name, "role": role, **({"unit": unit} if unit else {})})
            report.add("role", CREATED)
        else:
            report.add("role", UNCHANGED)
    for role, user_id, unit in sorted(before - kept, key=str):
        if revoke:
            _act("role_revoke", {"user": user_id, "role": role, **({"unit": unit} if unit else {})})
            report.add("role", "revoked")
        else:
            user = _user(user_id)
            report.note(
                N_("%(name)s holds the task %(role)s, but the file does not say so."),
                name=user["name"] if user else user_id,
                role=role,
            )


def _grant(row: dict[str, Any]) -> tuple[str, str, str | None]:
    return row["role"], row["user_id"], row.get("unit") or None


def _sources(town: Municipality, report: Report) -> None:
    if not _has("harvest_source_create"):
        report.note(N_("Harvest sources were not set: the plugin harvest is not loaded."))
        return
    types = {harvester["name"] for harvester in _act("harvesters_info_show", {})}
    for source in town.sources:
        if not source.address():
            report.note(
                N_("The source %(name)s was left out: the environment variable %(variable)s is not set."),
                name=source.name,
                variable=source.url_env,
            )
        elif source.type not in types:
            report.note(
                N_("The source %(name)s was left out: no plugin offers the type %(type)s."),
                name=source.name,
                type=source.type,
            )
        else:
            report.add("source", _source(source))


def _source(source: Source) -> str:
    unit = _act("organization_show", {"id": source.unit, "include_users": False})
    wanted = {
        "url": source.address(),
        "title": source.title,
        "notes": source.description,
        "source_type": source.type,
        "frequency": source.frequency,
        "owner_org": unit["id"],
        "config": _config(source),
    }
    try:
        found = _act("harvest_source_show", {"id": source.name})
    except tk.ObjectNotFound:
        _act("harvest_source_create", {"name": source.name, **wanted})
        return CREATED
    # ckanext-harvest forgets the type in the index after a job: what is missing there is no difference.
    differs = [
        key for key, value in wanted.items() if _plain(found.get(key)) != _plain(value) and (key in found or value)
    ]
    if [key for key in differs if key != "source_type" or found.get("source_type")]:
        _act("harvest_source_update", {"id": found["id"], "name": source.name, **wanted})
        return UPDATED
    return UNCHANGED


def _config(source: Source) -> str:
    """The source's settings as its harvester would store them (it may leave out what equals its defaults)."""
    from ckanext.harvest.interfaces import IHarvester  # only where harvest is loaded

    text = json.dumps(source.config, ensure_ascii=False, sort_keys=True) if source.config else ""
    for harvester in p.PluginImplementations(IHarvester):
        if (harvester.info() or {}).get("name") == source.type and hasattr(harvester, "validate_config"):
            return harvester.validate_config(text) or ""
    return text


def _plain(value: Any) -> Any:
    """Configurations are compared by content, not by the order of their keys."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value or ""
