"""What changed in a dataset's public-able facts is kept beside the changes of its record, in the same transaction.

A listener of the session sees every way of writing: form, interface, import, harvester, a released revision. Who it was
is what the dataset's hooks say, else who is logged in. A new dataset has no history yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins as plugins
import ckan.plugins.toolkit as tk
from flask import has_request_context
from sqlalchemy import event, inspect, select

from . import history, records
from .model import InventoryChange

COLUMNS = ("name", "title", "notes", "owner_org", "license_id", "url", "version", "state")
# keywords and files under these names
KEYWORDS, FILES = "tag_string", "resources"
# a longer value (a geometry) is cut: the history is for people
LONGEST = 10_000
# (package id, field, before, after)
Change = tuple[str, str, Any, Any]
_CREATED, _NAMELESS = "datenplattform_created", "datenplattform_changes"


def install() -> None:
    """Attach the listeners to CKAN's session; safe to call again."""
    for name, listener in (("before_flush", _note), ("after_commit", _forget), ("after_rollback", _forget)):
        if not event.contains(model.Session, name, listener):
            event.listen(model.Session, name, listener)


def by(name: str | None) -> None:
    """Who made the changes that this transaction has noted so far (name of a person, None for the system)."""
    noted = model.Session().info.pop(_NAMELESS, [])
    who = records.user_id(name)
    for change in noted:
        if who and change in model.Session:
            change.user_id = who


def _forget(session: Any) -> None:
    session.info.pop(_NAMELESS, None)
    if not session.in_nested_transaction():
        session.info.pop(_CREATED, None)


def _note(session: Any, _flush: Any, _instances: Any) -> None:
    if not plugins.plugin_loaded("dp_inventory"):
        return
    created = session.info.setdefault(_CREATED, set())
    created |= {item.id for item in session.new if isinstance(item, model.Package)}
    with session.no_autoflush:
        found = [
            *_of_packages(session),
            *_of_keywords(session),
            *(change for item in _all(session) if isinstance(item, model.Resource) for change in _of_file(session, item)),
        ]
        rows = [
            InventoryChange(package_id=package_id, field=field, before=_kept(before), after=_kept(after))
            for package_id, field, before, after in found
            if package_id and package_id not in created and history.plain(before) != history.plain(after)
        ]
        if not rows:
            return
        if has_request_context() and tk.current_user.is_authenticated:
            for row in rows:
                row.user_id = tk.current_user.id
    session.add_all(rows)
    session.info.setdefault(_NAMELESS, []).extend(rows)


def _all(session: Any) -> Iterable[Any]:
    return (*session.new, *session.dirty, *session.deleted)


def _before(item: Any, name: str) -> Any:
    """An attribute's value as the database has it."""
    found = inspect(item).attrs[name].history
    return found.deleted[0] if found.deleted else getattr(item, name)


def _of_packages(session: Any) -> list[Change]:
    packages = {item.id: item for item in session.dirty if isinstance(item, model.Package) and (item.type or "dataset") == "dataset"}
    if not packages:
        return []
    table, found = model.package_table, []
    # extras change in place: what they were only the database knows
    query = select(*(table.c[name] for name in ("id", "extras", *COLUMNS))).where(table.c.id.in_(packages))
    for old in session.execute(query):
        item = packages[old.id]
        found += [(item.id, name, getattr(old, name), getattr(item, name)) for name in COLUMNS]
        before, after = old.extras or {}, item.extras or {}
        found += [(item.id, name, _parsed(before.get(name)), _parsed(after.get(name))) for name in sorted({*before, *after})]
    return found


def _parsed(value: Any) -> Any:
    """An extra as its field holds it: lists are kept as text."""
    if isinstance(value, str) and value[:1] == "[":
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _of_keywords(session: Any) -> list[Change]:
    touched: dict[str, list[Any]] = {}
    for item in _all(session):
        if isinstance(item, model.PackageTag) and item.tag is not None and _package_id(item):
            touched.setdefault(_package_id(item), []).append(item)
    found, link, tag = [], model.package_tag_table, model.tag_table
    for package_id, items in touched.items():
        query = select(tag.c.name).join(link, link.c.tag_id == tag.c.id)
        before = set(session.execute(query.where(link.c.package_id == package_id, link.c.state == "active")).scalars())
        gone = {item.tag.name for item in items if item in session.deleted or item.state != "active"}
        after = (before | {item.tag.name for item in items}) - gone
        found.append((package_id, KEYWORDS, sorted(before), sorted(after)))
    return found


def _package_id(item: Any) -> str:
    return item.package_id or (item.package.id if item.package else "")


def _of_file(session: Any, item: Any) -> list[Change]:
    was_there = item not in session.new and _before(item, "state") != "deleted"
    is_there = item not in session.deleted and item.state != "deleted"
    before = _named(*(_before(item, name) for name in ("name", "format", "url"))) if was_there else ""
    after = _named(item.name, item.format, item.url) if is_there else ""
    return [(_package_id(item), FILES, before, after)]


def _named(name: Any, format: Any, url: Any) -> str:
    return " · ".join(str(part) for part in (name, format, str(url or "").rsplit("/", 1)[-1]) if part)


def _kept(value: Any) -> Any:
    found = history.plain(value)
    return f"{found[:LONGEST]} …" if isinstance(found, str) and len(found) > LONGEST else found
