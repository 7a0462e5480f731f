"""Actions of room `inventory`: staff ask for the data behind an entry, the responsible unit answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError

from ...access import shared as access
from ...core import days
from ...core.clock import utcnow
from ...core.validation import one_of, validated, validators, whole_number
from .. import mails, records, request_mails
from ..model_care import OPEN, AccessRequest
from . import auth_care

MOST = 1000
LONGEST = 2000
DECISIONS = ("granted", "refused")
USUAL_ACCESS, LONGEST_ACCESS = timedelta(days=365), timedelta(days=3653)


def _short(value: Any) -> str:
    """A text of 2,000 characters at most, without blanks around."""
    text = str(value or "").strip()
    if len(text) > LONGEST:
        raise tk.Invalid(tk._("Please write at most %(number)s characters.") % {"number": LONGEST})
    return text


def _day(value: Any) -> date:
    """A day that is still to come or today, at most ten years ahead."""
    try:
        found = date.fromisoformat(str(value).strip())
    except ValueError:
        raise tk.Invalid(tk._("Please give a day, for example 2027-12-31.")) from None
    if not date.today() <= found <= date.today() + LONGEST_ACCESS:  # noqa: DTZ011 - a day of people, not a moment
        raise tk.Invalid(tk._("Please give a day that is still to come, within ten years."))
    return found


def _create_schema() -> Any:
    return {
        "id": validators("not_empty", "unicode_safe"),
        "purpose": [*validators("not_empty", "unicode_safe"), _short, *validators("not_empty")],
        "until": [*validators("ignore_empty"), _day],
    }


def _answer_schema() -> Any:
    return {
        "id": validators("not_empty", "unicode_safe"),
        "decision": [*validators("not_empty"), one_of(DECISIONS)],
        "text": [*validators("ignore_missing", "unicode_safe"), _short],
        "until": [*validators("ignore_empty"), _day],
    }


def inventory_access_request_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Ask for the data behind an entry that one sees. Staff of any unit; the responsible unit gets a mail.

    :param id: id or name of the dataset
    :param purpose: what the data are needed for, at most 2,000 characters
    :param until: the last day on which they are needed, ISO 8601 (optional)
    :returns: the request, see inventory_access_request_list
    :raises NotFound: no such dataset, or none for this reader
    :raises ValidationError: there is an open request of this person already, or the person has the data anyway

    Example: `{"id": "baumkataster", "purpose": "Planung neuer Radwege", "until": "2027-12-31"}`
    """
    tk.check_access("inventory_access_request_create", context, data_dict)
    data = validated(data_dict, _create_schema(), context)
    package, user = model.Package.get(data["id"]), access.current_user(context)
    if package is None or user is None:
        raise tk.ObjectNotFound()
    if access.reader_level(user, package.id) != "entry":
        raise tk.ValidationError({"id": [tk._("You can use these data already. Nothing needs to be asked.")]})
    row = AccessRequest(package_id=package.id, user_id=user.id, purpose=data["purpose"], until=data.get("until"), created=utcnow())
    model.Session.add(row)
    try:
        model.Session.commit()
    except IntegrityError:
        model.Session.rollback()
        raise tk.ValidationError({"id": [tk._("You have asked for these data already. The unit has not answered yet.")]}) from None
    mails.later(request_mails.asked_job, row.id)
    return _shown([row], user)[0]


def inventory_access_request_answer(context: Any, data_dict: Any) -> dict[str, Any]:
    """Answer a request. The responsible unit's editors or the inventory lead; who asked gets a mail.

    "granted" lets who asked use files and rows until the last day, by the dataset's own Datenraum (see dataspace_show); there
    access is ended earlier by dataspace_member_remove. The inventory record stays with the unit.

    :param id: the request
    :param decision: granted or refused
    :param text: for who asked, at most 2,000 characters; needed for refused
    :param until: the last day of access (granted only), ISO 8601; default: the day asked for, else a year from today
    :returns: the request, see inventory_access_request_list
    :raises NotFound: no such request, or none for this reader
    :raises ValidationError: it has been answered already; the first answer stays

    Example: `{"id": "…", "decision": "refused", "text": "Die Daten enthalten Adressen."}`
    """
    # nobody answers their own request, whatever the context says
    context = {**context, "ignore_auth": False}
    tk.check_access("inventory_access_request_answer", context, data_dict)
    data = validated(data_dict, _answer_schema(), context)
    if data["decision"] == "refused" and not data.get("text"):
        raise tk.ValidationError({"text": [tk._("Please say why, so that the other unit understands it.")]})
    row = model.Session.get(AccessRequest, data["id"], with_for_update=True, populate_existing=True)
    user = access.current_user(context)
    if row is None or user is None:
        raise tk.ObjectNotFound()
    if row.state != OPEN:
        model.Session.rollback()
        raise tk.ValidationError({"id": [tk._("This request has been answered already. The first answer stays.")]})
    row.state, row.answer = data["decision"], data.get("text") or None
    row.answered_at, row.answered_by = utcnow(), user.id
    granted = row.state == "granted"
    if granted:
        row.until = data.get("until") or max(row.until or date.today() + USUAL_ACCESS, date.today())  # noqa: DTZ011
        access.let_in(row.package_id, row.user_id, days.end_of(row.until))
    model.Session.commit()
    if granted:
        access.reindex([row.package_id])
    mails.later(request_mails.answered_job, row.id)
    return _shown([row], user)[0]


def _list_schema() -> Any:
    return {
        "id": validators("ignore_empty", "unicode_safe"),
        "package_id": validators("ignore_empty", "unicode_safe"),
        "state": [*validators("ignore_empty"), one_of([OPEN, *DECISIONS])],
        "role": [*validators("ignore_empty"), one_of(["asker", "unit"])],
        "limit": whole_number(),
        "offset": whole_number(),
    }


@tk.side_effect_free
def inventory_access_request_list(context: Any, data_dict: Any) -> dict[str, Any]:
    """Requests that one made oneself, and those to one's own units (the inventory lead: all). Staff only. Open ones
    first, then the latest.

    :param id: just this one (optional); :param package_id: id of a dataset (optional)
    :param state: open, granted or refused (optional)
    :param role: asker: only one's own; unit: only those that one may answer (optional)
    :param limit: at most 1,000, default 50; :param offset: default 0
    :returns: {"count": int, "results": [{"id", "package_id", "name", "title", "unit_title" (these three null when the
        reader may no longer know of the dataset), "purpose", "until" (last day or null), "state", "created",
        "answered_at" (ISO 8601, UTC), "answer", "asker", "answered_by" (display names), "asker_email" (for who answers),
        "mine": bool, "may_answer": bool}]}

    Example: `{"state": "open", "role": "unit"}`
    """
    tk.check_access("inventory_access_request_list", context, data_dict)
    data = validated(data_dict, _list_schema(), context)
    user = access.current_user(context)
    who = access.memberships(user)
    row, package = AccessRequest, model.Package
    own = row.user_id == (user.id if user is not None else "")
    to_unit = ~own if auth_care.keeps_all_units(who) else (~own & package.owner_org.in_(who.edits))  # type: ignore[attr-defined]
    parts = {"asker": own, "unit": to_unit}
    query = model.Session.query(row).outerjoin(package, package.id == row.package_id)
    query = query.filter(parts[data["role"]] if data.get("role") else or_(own, to_unit))
    for name in ("id", "package_id", "state"):
        if data.get(name):
            query = query.filter(getattr(row, name) == data[name])
    count = query.count()
    limit, offset = min(int(data.get("limit") or 50), MOST), int(data.get("offset") or 0)
    rows = query.order_by(row.state != OPEN, row.created.desc(), row.id).limit(limit).offset(offset).all()
    return {"count": count, "results": _shown(rows, user)}


def _shown(rows: list[AccessRequest], user: model.User | None) -> list[dict[str, Any]]:
    """Requests as the actions give them; a constant number of statements."""
    package = model.Package
    wanted = select(package.id, package.name, package.title, package.owner_org).where(
        package.id.in_({row.package_id for row in rows})  # type: ignore[attr-defined]
    )
    packages = {found.id: found for found in model.Session.execute(wanted)}
    known, who = access.levels(user, packages), access.memberships(user)
    units = records.unit_titles({found.owner_org for found in packages.values()})
    ids = {row.user_id for row in rows} | {row.answered_by for row in rows}
    people = {person.id: person for person in model.Session.query(model.User).filter(model.User.id.in_(ids))}
    results = []
    for row in rows:
        found = packages.get(row.package_id) if known.get(row.package_id) else None
        asker, answerer = people.get(row.user_id), people.get(row.answered_by)
        mine = user is not None and row.user_id == user.id
        keeps = not mine and found is not None and (auth_care.keeps_all_units(who) or found.owner_org in who.edits)
        results.append({
            "id": row.id,
            "package_id": row.package_id,
            "name": found.name if found else None,
            "title": (found.title or found.name) if found else None,
            "unit_title": units.get(found.owner_org) if found else None,
            "purpose": row.purpose,
            "until": row.until.isoformat() if row.until else None,
            "state": row.state,
            "created": row.created.isoformat(),
            "answered_at": row.answered_at.isoformat() if row.answered_at else None,
            "answer": row.answer,
            "asker": asker.display_name if asker else None,
            "asker_email": asker.email if asker and keeps else None,
            "answered_by": answerer.display_name if answerer else None,
            "mine": mine,
            "may_answer": keeps and row.state == OPEN,
        })  # fmt: skip
    return results


ACTIONS = (inventory_access_request_create, inventory_access_request_answer, inventory_access_request_list)
