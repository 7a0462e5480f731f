"""Actions of room `inventory`: rounds, the Dateninventur as a campaign."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import case, func, select

from ...access import shared as access
from ...core.clock import utcnow
from ...core.validation import one_of, validated, validators
from .. import numbers, rounds
from ..model_care import Round, RoundUnit
from . import auth_care
from .schema import day, items

MOST_TITLE, MOST_NOTE = 200, 2000
RUNNING, CLOSED = "running", "closed"


def _at_most(number: int) -> Any:
    def validator(value: Any) -> Any:
        if isinstance(value, str) and len(value) > number:
            raise tk.Invalid(tk._("Please write at most %(number)s characters.") % {"number": number})
        return value

    return validator


def _text(number: int, *first: str) -> list[Any]:
    return [*validators(*first, "unicode_safe"), _at_most(number)]


def _units(value: Any) -> list[str]:
    """Names or ids of organisations; ids come out."""
    found = []
    for item in items(value):
        group = model.Group.get(item)
        if group is None or not group.is_organization or group.state != "active":
            raise tk.Invalid(tk._("There is no organisation “%(name)s”.") % {"name": item[:80]})
        found.append(group.id)
    return list(dict.fromkeys(found))


def _create_schema() -> Any:
    return {
        "title": _text(MOST_TITLE, "not_empty"),
        "deadline": [*validators("not_empty"), day],
        "note": _text(MOST_NOTE, "ignore_missing"),
        "units": [*validators("ignore_empty"), _units],
    }


def _patch_schema() -> Any:
    return {
        "id": validators("not_empty", "unicode_safe"),
        "title": _text(MOST_TITLE, "ignore_missing", "not_empty"),
        "deadline": [*validators("ignore_missing", "not_empty"), day],
        "note": _text(MOST_NOTE, "ignore_missing"),
        "units": [*validators("ignore_empty"), _units],
        "state": [*validators("ignore_empty"), one_of([RUNNING, CLOSED])],
    }


def _all_units() -> list[str]:
    """Every organisation of the city group."""
    kind = func.coalesce(model.Group.extras["kind"].astext, "")
    query = select(model.Group.id).where(
        model.Group.is_organization.is_(True), model.Group.state == "active", kind != "outside"
    )
    return list(model.Session.execute(query).scalars())


def inventory_round_create(context: Any, data_dict: Any) -> dict[str, Any]:
    """Plan a round; it runs at once. The inventory lead. Reminders go out by `ckan datenplattform inventory remind`.

    :param title: at most 200 characters; :param deadline: last day (YYYY-MM-DD or 31.12.2027)
    :param units: names or ids of organisations; missing: all of the city group
    :param note: what is to be done, at most 2,000 characters (optional)
    :returns: as inventory_round_show
    :raises ValidationError: an unknown organisation, no title or no day; nothing was written

    Example: `{"title": "Inventur 2027", "deadline": "2027-06-30", "units": ["fd-geodaten"]}`
    """
    tk.check_access("inventory_round_create", context, data_dict)
    data = validated(data_dict, _create_schema(), context)
    row = Round(title=data["title"], deadline=data["deadline"], note=data.get("note") or None, state=RUNNING,
                created=utcnow(), created_by=context.get("user"))  # fmt: skip
    model.Session.add(row)
    model.Session.flush()
    _add(row, data.get("units") or _all_units())
    model.Session.commit()
    return _shown(context, row)


def _add(row: Round, unit_ids: Iterable[str]) -> None:
    there = set(model.Session.execute(select(RoundUnit.unit_id).where(RoundUnit.round_id == row.id)).scalars())
    for unit_id in unit_ids:
        if unit_id not in there:
            model.Session.add(RoundUnit(round_id=row.id, unit_id=unit_id, state=rounds.OPEN))


def inventory_round_patch(context: Any, data_dict: Any) -> dict[str, Any]:
    """Change a round. The inventory lead. A closed round takes no reports and signatures until it runs again.

    :param id: the round, then any of title, deadline, note (as for creating)
    :param units: organisations that take part from now on; those that do stay (optional)
    :param state: running or closed (optional)
    :returns: as inventory_round_show
    :raises NotFound: no such round, or none for this reader

    Example: `{"id": "…", "deadline": "2027-07-31"}`
    """
    tk.check_access("inventory_round_patch", context, data_dict)
    data = validated(data_dict, _patch_schema(), context)
    row = model.Session.get(Round, data["id"], with_for_update=True, populate_existing=True)
    if row is None:
        raise tk.ObjectNotFound()
    for name in ("title", "deadline", "note", "state"):
        if name in data:
            setattr(row, name, data[name] or None)
    _add(row, data.get("units") or [])
    model.Session.commit()
    return _shown(context, row)


def _moved(context: Any, data: Any, event: str) -> tuple[Round, RoundUnit]:
    """The unit's row, locked, moved by an event; raises ValidationError where that cannot be."""
    group = model.Group.get(data["unit"])
    row = model.Session.get(Round, data["id"], with_for_update={"read": True}, populate_existing=True)
    unit = model.Session.get(RoundUnit, (data["id"], group.id if group else ""), with_for_update=True, populate_existing=True)
    if row is None or unit is None:
        raise tk.ObjectNotFound()
    lead = context.get("ignore_auth") or auth_care.keeps_all_units(access.memberships(access.current_user(context)))
    try:
        if event == "reopen" and unit.state == "signed" and not lead:
            raise rounds.Illegal(unit.state, event)
        unit.state = rounds.after(unit.state, event, closed=row.state == CLOSED)
    except rounds.Illegal as problem:
        closed = row.state == CLOSED
        model.Session.rollback()
        raise tk.ValidationError({"unit": [_refusal(problem, closed)]}) from None
    return row, unit


def _refusal(problem: rounds.Illegal, closed: bool) -> str:
    if closed:
        return tk._("This round is closed. Nothing was changed.")
    if problem.event == "sign" and problem.state == "open":
        return tk._("The unit has not reported yet, so there is nothing to sign. Nothing was changed.")
    if problem.state == "signed":
        return tk._("This is signed already. Only the inventory lead can open it again. Nothing was changed.")
    return tk._("This has been said already. Nothing was changed.")


def inventory_round_report(context: Any, data_dict: Any) -> dict[str, Any]:
    """Say that a unit has looked through its records. The unit's editors or the inventory lead.

    :param id: the round; :param unit: name or id of the organisation
    :param state: reported, nothing_to_report, or open to take it back (what is signed only the inventory lead opens)
    :param note: at most 2,000 characters (optional)
    :returns: as inventory_round_show
    :raises ValidationError: the state does not follow on the present one, or the round is closed; nothing was changed

    Example: `{"id": "…", "unit": "fd-geodaten", "state": "nothing_to_report"}`
    """
    tk.check_access("inventory_round_report", context, data_dict)
    data = validated(data_dict, {
        "id": validators("not_empty", "unicode_safe"),
        "unit": validators("not_empty", "unicode_safe"),
        "state": [*validators("not_empty"), one_of(list(rounds.SAID))],
        "note": _text(MOST_NOTE, "ignore_missing"),
    }, context)  # fmt: skip
    event = rounds.SAID[data["state"]]
    row, unit = _moved(context, data, event)
    back = event == "reopen"
    unit.reported_at, unit.reported_by = (None, None) if back else (utcnow(), context.get("user"))
    unit.signed_at = unit.signed_by = None
    unit.note = data.get("note") or None
    model.Session.commit()
    return _shown(context, row)


def inventory_round_sign(context: Any, data_dict: Any) -> dict[str, Any]:
    """Sign for a unit what it has reported. The lead of the unit: an administrator of the organisation or one above.

    :param id: the round; :param unit: name or id of the organisation
    :returns: as inventory_round_show
    :raises ValidationError: nothing is reported yet, it is signed already, or the round is closed; nothing was changed

    Example: `{"id": "…", "unit": "fd-geodaten"}`
    """
    tk.check_access("inventory_round_sign", context, data_dict)
    data = {name: str(tk.get_or_bust(data_dict, name)) for name in ("id", "unit")}
    row, unit = _moved(context, data, "sign")
    unit.signed_at, unit.signed_by = utcnow(), context.get("user")
    model.Session.commit()
    return _shown(context, row)


@tk.side_effect_free
def inventory_round_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """A round and where its units stand. The inventory lead and the board see all units, editors their own.

    :param id: the round
    :returns: {"id", "title", "note", "deadline" (day), "state" (running, closed), "created" (ISO 8601, UTC), "days_left":
        int, "coverage": {"units", "done", "percent", "open", "reported", "nothing_to_report", "signed", "records",
        "confirmed", "complete"}, "units": [{"unit" (name), "title", "state", "note", "reported_at", "signed_at",
        "records", "complete", "confirmed" (since the round began), "allowed": events that the reader may cause}]}.
        Coverage is computed from the units that the reader sees
    :raises NotFound: no such round, or none for this reader

    Example: `{"id": "…"}`
    """
    tk.check_access("inventory_round_show", context, data_dict)
    row = model.Session.get(Round, tk.get_or_bust(data_dict, "id") or "")
    if row is None:
        raise tk.ObjectNotFound()
    return _shown(context, row)


def _shown(context: Any, row: Round) -> dict[str, Any]:
    user = access.current_user(context)
    who = access.memberships(user)
    everything = context.get("ignore_auth") or auth_care.sees_all_units(who)
    group = model.Group
    query = select(RoundUnit, group.name, group.title).outerjoin(group, group.id == RoundUnit.unit_id)
    query = query.where(RoundUnit.round_id == row.id)
    if not everything:
        query = query.where(RoundUnit.unit_id.in_(who.edits))
    rows = model.Session.execute(query.order_by(func.lower(func.coalesce(group.title, group.name)), RoundUnit.unit_id)).all()
    counted = numbers.by_unit([unit.unit_id for unit, _, _ in rows], since=row.created)
    keeps, leads = auth_care.keeps_all_units(who), _led(user, who)
    units = []
    for unit, name, title in rows:
        found = counted.get(unit.unit_id, numbers.NOTHING)
        allowed = [
            event
            for event in rounds.allowed(unit.state, closed=row.state == CLOSED)
            if (event == "sign" and unit.unit_id in leads)
            or (event in ("report", "nothing") and (keeps or unit.unit_id in who.edits))
            or (event == "reopen" and (keeps or (unit.state != "signed" and unit.unit_id in who.edits)))
        ]
        units.append({
            "unit": name or unit.unit_id,
            "title": title or name or unit.unit_id,
            "state": unit.state,
            "note": unit.note,
            "reported_at": unit.reported_at.isoformat() if unit.reported_at else None,
            "signed_at": unit.signed_at.isoformat() if unit.signed_at else None,
            **{key: found[key] for key in ("records", "complete", "confirmed")},
            "allowed": allowed,
        })  # fmt: skip
    coverage: dict[str, Any] = rounds.coverage(unit["state"] for unit in units)
    coverage |= {key: sum(unit[key] for unit in units) for key in ("records", "complete", "confirmed")}
    return {**_head(row), "coverage": coverage, "units": units}


def _head(row: Round) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "note": row.note,
        "deadline": row.deadline.isoformat(),
        "state": row.state,
        "created": row.created.isoformat(),
        "days_left": (row.deadline - utcnow().date()).days,
    }


def _led(user: model.User | None, who: access.Memberships) -> set[str]:
    """The units that the reader signs for."""
    if user is None or who.sysadmin:
        return set(_all_units()) if user is not None else set()
    found = tk.get_action("organization_list_for_user")({"user": user.name, "ignore_auth": True},
                                                        {"id": user.id, "permission": "admin"})  # fmt: skip
    return {item["id"] for item in found}


@tk.side_effect_free
def inventory_round_list(context: Any, data_dict: Any) -> list[dict[str, Any]]:
    """Rounds, running ones first, then the latest. The inventory lead and the board see all, editors those in which a
    unit of theirs takes part.

    :returns: [{"id", "title", "note", "deadline", "state", "created", "days_left", "units": int, "done": int}], at most
        1,000; numbers of the units that the reader sees

    Example: `{}`
    """
    tk.check_access("inventory_round_list", context, data_dict)
    who = access.memberships(access.current_user(context))
    done = func.count(case((RoundUnit.state.in_(rounds.DONE), 1)))
    query = select(Round, func.count(RoundUnit.unit_id), done).join(RoundUnit, RoundUnit.round_id == Round.id)
    if not (context.get("ignore_auth") or auth_care.sees_all_units(who)):
        query = query.where(RoundUnit.unit_id.in_(who.edits))
    query = query.group_by(Round.id).order_by(Round.state.desc(), Round.created.desc(), Round.id).limit(1000)
    return [{**_head(row), "units": units, "done": number} for row, units, number in model.Session.execute(query)]


ACTIONS = (
    inventory_round_create, inventory_round_patch, inventory_round_report, inventory_round_sign, inventory_round_show,
    inventory_round_list,
)  # fmt: skip
