"""What anyone may see, and a stamp for each dataset that differs whenever something it is written from has changed.

Plain SQL on the database: the search index is not asked, so a withdrawal counts with the next request.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import BigInteger, Text, cast, func, literal_column, or_, select

from ckanext.datenplattform.access import shared as access
from ckanext.datenplattform.core import config as core_config
from ckanext.datenplattform.core import municipality

# as in ckanext-dcat's catalogue
NO_DATASETS = ("harvest", "showcase")
_ROOM = Path(__file__).resolve().parents[1]
# settings that show in what is written for a dataset
_SETTINGS = ("ckan.site_url", "ckan.root_path", "ckan.locale_default")
_SETTINGS_BELOW = ("ckanext.dcat.", "ckanext.datenplattform.dcat_ap_de.")


@dataclass(frozen=True)
class Public:
    """A public dataset: its id, its stamp, and whether it is to be described (a delta describes what changed only)."""

    id: str
    stamp: str
    described: bool = True


def _hash_of_code() -> str:
    found = hashlib.sha256()
    for path in sorted(path for path in _ROOM.rglob("*") if path.suffix in (".py", ".json", ".yaml")):
        found.update(path.relative_to(_ROOM).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


# Of all that writes a dataset: with a new version of the profile every piece is made again. Taken when the code is
# loaded, so that a process that still runs the old code does not sign with the new one's name.
_CODE = _hash_of_code()


def version() -> str:
    """What all pieces depend on besides their dataset: code and code lists, settings, the municipality's file."""
    town = municipality.find(core_config.municipality()).read_bytes()
    settings = sorted(
        f"{name}={tk.config[name]}" for name in tk.config if name in _SETTINGS or name.startswith(_SETTINGS_BELOW)
    )
    return hashlib.sha256(b"\0".join([_CODE.encode(), town, *(text.encode() for text in settings)])).hexdigest()[:16]


@contextmanager
def connection() -> Any:
    """A connection of our own, for reading: all statements see the same state, which is what was committed when the
    first one ran, whatever the session at hand holds.
    """
    with model.Session.get_bind().connect() as found:
        yield found.execution_options(isolation_level="REPEATABLE READ")


def _xmin(table: str) -> Any:
    """The transaction that wrote a row last (PostgreSQL's system column)."""
    return cast(literal_column(f'"{table}".xmin'), Text)


def _parts(name: str, table: Any, ids: list[str] | None) -> Any:
    """For each dataset how many rows of this table belong to it, and the sum of the transactions that wrote them.

    A later transaction has a higher number: as long as the count stays, whatever is written makes the sum larger.
    """
    written = cast(func.sum(cast(_xmin(name), BigInteger)), Text)
    query = select(table.c.package_id, (cast(func.count(), Text) + "/" + written).label("written")).where(table.c.state == "active")
    if ids is not None:
        query = query.where(table.c.package_id.in_(ids))
    return query.group_by(table.c.package_id).subquery(f"{name}s")


@cache
def _seen() -> tuple[Any, list[Any]]:
    """What to select from, and the conditions for what anyone may see in the moment in which it is asked."""
    package, sight = model.package_table, access.sight(access.memberships(None))
    no_source = or_(package.c.type.is_(None), package.c.type.not_in(NO_DATASETS))
    return sight.source, [sight.level.in_(["data", "all"]), package.c.private.is_(False), no_source]


def ids(wanted: Iterable[str]) -> Any:
    """Select those of the ids that anyone may see now, without a stamp: much cheaper."""
    source, seen = _seen()
    return select(model.package_table.c.id).select_from(source).where(*seen, model.package_table.c.id.in_(list(wanted)))


def statement(ids: Iterable[str] | None = None, owner_org: str | None = None) -> Any:
    """Select `id`, `stamp`, `modified` (UTC, no zone) of public datasets, those of the ids or of an organisation, or
    all, in the order of their ids.

    The stamp is made of the transactions that wrote the dataset, its resources, keywords and organisation last.
    Nothing that is committed later can have the same, by whatever way it is written: forms, actions or plain SQL.
    """
    package, resource, tag, group = model.package_table, model.resource_table, model.package_tag_table, model.group_table
    source, seen = _seen()
    found = None if ids is None else list(ids)
    resources, tags = _parts("resource", resource, found), _parts("package_tag", tag, found)
    # the time of change besides: after a backup is put back, transactions are counted anew
    parts = (_xmin("package"), package.c.metadata_modified, resources.c.written, "tags", tags.c.written, "unit", _xmin("group"))
    stamp = func.md5(func.concat_ws(" ", *parts))
    query = (
        select(package.c.id, stamp.label("stamp"), package.c.metadata_modified.label("modified"))
        .select_from(
            source.outerjoin(resources, resources.c.package_id == package.c.id)
            .outerjoin(tags, tags.c.package_id == package.c.id)
            .outerjoin(group, group.c.id == package.c.owner_org)
        )
        .where(*seen)
        .order_by(package.c.id)
    )
    if found is not None:
        query = query.where(package.c.id.in_(found))
    return query if owner_org is None else query.where(package.c.owner_org == owner_org)


def datasets(
    ids: Iterable[str] | None = None, owner_org: str | None = None, since: datetime | None = None
) -> tuple[list[Public], datetime | None]:
    """The public datasets, by id, and when one of them changed last (UTC).

    With `since` (UTC) only those are to be described that changed then or later; the others are named.
    """
    found, newest = [], None
    made_by = version()
    with connection() as at:
        for row in at.execute(statement(ids, owner_org)):
            modified = row.modified.replace(tzinfo=timezone.utc)
            newest = max(newest or modified, modified)
            found.append(Public(row.id, f"{made_by}{row.stamp}", since is None or modified >= since))
    return found, newest


def newest(owner_org: str | None = None) -> datetime | None:
    """When a public dataset, or one of an organisation, changed last (UTC), None where there is none."""
    with connection() as at:
        found = at.execute(select(func.max(statement(owner_org=owner_org).subquery("public").c.modified))).scalar()
    return found.replace(tzinfo=timezone.utc) if found else None


def package_id(id_or_name: str) -> str | None:
    """The id of the dataset that exists; whether anybody may know of it is another question."""
    package = model.Package.get(id_or_name)
    return package.id if package else None
