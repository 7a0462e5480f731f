"""The inventory in numbers, counted by the database: one statement, however many records there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import ckan.model as model
from sqlalchemy import Text, and_, case, cast, func, not_, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from ..access import shared as access
from ..core.clock import utcnow
from . import config, due, record
from .model import InventoryRecord

COUNTED = ("records", "complete", "confirmed", "in_review", "reviewed", "published", "refused", "overdue", "drafts")
NOTHING: dict[str, int] = dict.fromkeys(COUNTED, 0)


def _there(name: str) -> Any:
    column = getattr(InventoryRecord, name)
    if isinstance(column.type, JSONB):
        # also what holds JSON's null
        return func.coalesce(cast(column, Text), "").not_in(("", "[]", "null"))
    if record.BY_NAME[name].kind == "date":
        return column.is_not(None)
    return func.coalesce(column, "") != ""


def is_complete() -> Any:
    """`record.missing` gives nothing, as a condition on InventoryRecord."""
    always = [_there(field.name) for field in record.FIELDS if field.required]
    is_open = func.coalesce(InventoryRecord.openness, "").in_(("", "open"))
    no_people = not_(func.coalesce(InventoryRecord.personal_data, "").in_(("pseudonymised", "yes")))
    return and_(
        *always,
        or_(is_open, and_(*(_there(name) for name in record.CLOSED_NEEDS))),
        or_(no_people, and_(*(_there(name) for name in record.PEOPLE_NEEDS))),
    )


def _before(day: date, months: int) -> date:
    return due.after(day, -months)


def by_unit(unit_ids: Iterable[str] | None = None, since: datetime | None = None) -> dict[str, dict[str, int]]:
    """Numbers by id of the organisation; units without a dataset are not in it.

    :param unit_ids: only these (None: all)
    :param since: what counts as confirmed: since this moment; None: within the months of `confirm_months`
    :returns: {unit id: {"records" (active datasets), "complete", "confirmed", "in_review" (with those that were sent
        back), "reviewed" (the board has decided: published, refused, sent back, withdrawn), "published", "refused",
        "overdue", "drafts"}}
    """
    package: Any = model.Package
    today = utcnow().date()
    sight = access.sight(access.memberships(None))
    active, state = package.state == "active", sight.state

    def number(*conditions: Any) -> Any:
        return func.count(case((and_(*conditions), 1)))

    confirmed = (
        InventoryRecord.confirmed_at >= since
        if since is not None
        else func.date(InventoryRecord.confirmed_at) >= _before(today, config.confirm_months())
    )
    decided = ("published", "refused", "changes_requested", "withdrawn")
    query = (
        select(
            package.owner_org,
            number(active).label("records"),
            number(active, is_complete()).label("complete"),
            number(active, confirmed).label("confirmed"),
            number(state == "in_review").label("in_review"),
            number(state.in_(decided)).label("reviewed"),
            number(state == "published").label("published"),
            number(state == "refused").label("refused"),
            number(active, InventoryRecord.due_on < today, InventoryRecord.archived_at.is_(None)).label("overdue"),
            number(package.state == "draft").label("drafts"),
        )
        .select_from(sight.source.outerjoin(InventoryRecord.__table__, InventoryRecord.package_id == package.id))
        .where(package.type == "dataset", package.state.in_(("active", "draft")), package.owner_org.is_not(None))
        .group_by(package.owner_org)
    )
    if unit_ids is not None:
        query = query.where(package.owner_org.in_(list(unit_ids)))
    return {
        row.owner_org: {name: getattr(row, name) for name in COUNTED} for row in model.Session.execute(query)
    }
