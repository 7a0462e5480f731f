"""The rules of `audience` and `readers` as SQL: one statement says what a user sees of all datasets.

`audience.level` stays the only place where the rules stand: the condition is made by asking it for each state and reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, get_args

import ckan.model as model
from sqlalchemy import and_, case, false, func, literal, not_, null, or_, select, true

from . import audience
from .model import DatasetAccess, DataspaceDataset, Publication, in_force
from .readers import Memberships


@dataclass(frozen=True)
class Sight:
    """What a user sees of packages, as parts of a statement.

    `source` is to be selected from: `package` with what decides about readers, one row for each package. `state` is a
    State of `audience`; `level` is "entry", "data", "all" or NULL (as if the dataset did not exist).
    """

    source: Any
    state: Any
    level: Any


def sight(who: Memberships) -> Sight:
    """The parts of a statement for one user, as of this moment.

    Example: `select(model.Package.id).select_from(found.source).where(found.level.is_not(None))`
    """
    package: Any = model.Package
    public = select(Publication.package_id).where(in_force(Publication)).distinct().subquery("public")
    spaces = (
        select(DataspaceDataset.package_id)
        .where(DataspaceDataset.dataspace_id.in_(sorted(who.dataspaces)))
        .distinct()
        .subquery("spaces")
    )
    source = (
        model.Package.__table__.outerjoin(DatasetAccess.__table__, DatasetAccess.package_id == package.id)
        .outerjoin(public, public.c.package_id == package.id)
        .outerjoin(spaces, spaces.c.package_id == package.id)
    )
    state = _state(public.c.package_id.is_not(None))
    if who.sysadmin:
        return Sight(source, state, literal("all"))
    is_reader = _readers(who, spaces.c.package_id.is_not(None))
    confidential = func.coalesce(DatasetAccess.confidential, false())
    # by state first: so PostgreSQL works out the state once for each row
    levels = {name: _level(name, is_reader, confidential) for name in get_args(audience.State)}
    return Sight(source, state, case(levels, value=state, else_=None))


def _state(published: Any) -> Any:
    """`audience.state_of` in SQL."""
    column: Any = model.Package.state
    return case(
        (column.startswith("draft"), literal("draft")),
        (func.coalesce(column, "") != "active", literal("deleted")),
        (published, literal("published")),
        else_=func.coalesce(func.nullif(DatasetAccess.review_state, ""), literal("internal")),
    )


def _readers(who: Memberships, in_space: Any) -> dict[audience.Reader, Any]:
    """Which reader the user is for a package, as in `readers.level`."""
    package: Any = model.Package
    # harvest sources carry addresses and settings: nobody else's business
    open_type = func.coalesce(func.nullif(package.type, ""), "dataset") != "harvest"
    found: dict[audience.Reader, Any] = {"anonymous": true(), "dataspace": and_(open_type, in_space)}
    if "inventory_lead" in who.roles:
        found["editor"] = true()
    elif who.edits:
        found["editor"] = func.coalesce(package.owner_org, "").in_(sorted(who.edits))
    if who.staff:
        found["staff"] = open_type
    if who.board:
        found["board"] = open_type
    return found


def _level(state: audience.State, is_reader: dict[audience.Reader, Any], confidential: Any) -> Any:
    """The user's level in this state: the highest that any reader he is has."""
    cases = []
    for level in sorted(get_args(audience.Level), key=lambda level: -audience.RANK[level]):
        ways = []
        for reader, met in is_reader.items():
            plain, secret = (audience.level(state, hidden, [reader]) == level for hidden in (False, True))
            if plain and secret:
                ways.append(met)
            elif plain or secret:
                ways.append(and_(met, not_(confidential) if plain else confidential))
        if ways:
            cases.append((or_(*ways), literal(level)))
    return case(*cases, else_=None) if cases else null()
