"""The units as a spreadsheet names them: by title where that is clear, else by name."""

from __future__ import annotations

import ckan.model as model
from sqlalchemy import select

from . import columns


def by_id() -> dict[str, tuple[str, str]]:
    """{id: (name, word)} of all organisations."""
    group = model.Group
    query = select(group.id, group.name, group.title).where(group.is_organization.is_(True), group.state == "active")
    rows = model.Session.execute(query.order_by(group.title)).all()
    titles = [columns.fold(row.title or row.name) for row in rows]
    return {
        row.id: (row.name, row.title if row.title and titles.count(columns.fold(row.title)) == 1 else row.name) for row in rows
    }


def choices() -> dict[str, str]:
    """{folded word, name or id: id}, to find a unit by what a cell says."""
    units = by_id()
    by_name = {columns.fold(name): unit for unit, (name, _word) in units.items()}
    return {**{columns.fold(word): unit for unit, (_name, word) in units.items()}, **by_name}
