"""Which datasets the rows of a sheet speak of: by identifier, or by the key of an earlier import. Reads only."""

from __future__ import annotations

from typing import Any

import ckan.model as model
from sqlalchemy import or_, select

from .model import InventoryRecord

SOURCE = "import:"


def packages(names: set[str]) -> dict[str, str]:
    """{id or name as given: id} of living datasets."""
    found, package, given = {}, model.Package, sorted(names)
    for at in range(0, len(given), 500):
        part = given[at : at + 500]
        query = select(package.id, package.name).where(
            or_(package.id.in_(part), package.name.in_(part)),
            package.type == "dataset", package.state.in_(("active", "draft")),
        )  # fmt: skip
        for row in model.Session.execute(query):
            found[row.id] = found[row.name] = row.id
    return found


def keys(units: set[Any]) -> dict[tuple[str, str], str]:
    """{(unit, key): package id} of what was imported into these units."""
    package = model.Package
    query = (
        select(package.owner_org, InventoryRecord.remote_id, package.id)
        .join(package, package.id == InventoryRecord.package_id)
        .where(
            InventoryRecord.source.startswith(SOURCE), package.owner_org.in_([unit for unit in units if unit]),
            package.state.in_(("active", "draft")),
        )
        .order_by(package.metadata_created.desc())
    )  # fmt: skip
    return {(row.owner_org, row.remote_id): row.id for row in model.Session.execute(query)}
