"""Auth functions of confirmation, requests, rounds and the report. Who is no staff learns nothing, not even which ids
exist: that is asked first."""

from __future__ import annotations

from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from sqlalchemy import select

from ...access import shared as access
from ..model_care import AccessRequest, Round, RoundUnit
from . import auth


def _who(context: Any) -> access.Memberships:
    return access.memberships(access.current_user(context))


def sees_all_units(who: access.Memberships) -> bool:
    """Whether the numbers of all units are this reader's business."""
    return who.sysadmin or who.board or "inventory_lead" in who.roles


def keeps_all_units(who: access.Memberships) -> bool:
    """Whether this reader keeps the records of all units."""
    return who.sysadmin or "inventory_lead" in who.roles


def inventory_record_confirm(context: Any, data: Any) -> Any:
    """As for changing the record."""
    return auth.inventory_record_patch(context, data)


def inventory_due_list(context: Any, data: Any) -> Any:
    """Those who keep records: editors of a unit, the inventory lead."""
    who = _who(context)
    return {"success": bool(who.edits) or keeps_all_units(who), "msg": tk._("Only those who keep records see what is due.")}


def _staff(who: access.Memberships) -> Any:
    return {"success": who.staff or who.sysadmin, "msg": tk._("Only staff see the inventory.")}


def inventory_access_request_create(context: Any, data: Any) -> Any:
    """Staff of any unit who may know of the dataset."""
    user = access.current_user(context)
    found = _staff(access.memberships(user))
    if found["success"]:
        package = model.Package.get(data.get("id") or "")
        if package is None or package.type != "dataset" or access.reader_level(user, package.id) is None:
            raise tk.ObjectNotFound()
    return found


def inventory_access_request_list(context: Any, data: Any) -> Any:
    """Staff; each sees their own and those to their units."""
    return _staff(_who(context))


def inventory_access_request_answer(context: Any, data: Any) -> Any:
    """The editors of the responsible unit and the inventory lead, but never who asked."""
    user = access.current_user(context)
    who = access.memberships(user)
    row = model.Session.get(AccessRequest, data.get("id") or "")
    package = model.Package.get(row.package_id) if row is not None else None
    if row is None or package is None or user is None:
        raise tk.ObjectNotFound()
    if not keeps_all_units(who) and package.owner_org not in who.edits and row.user_id != user.id:
        raise tk.ObjectNotFound()
    allowed = row.user_id != user.id and (keeps_all_units(who) or package.owner_org in who.edits)
    return {"success": allowed, "msg": tk._("The responsible unit answers, not who asked.")}


def inventory_round_create(context: Any, data: Any) -> Any:
    """The inventory lead."""
    return {"success": keeps_all_units(_who(context)), "msg": tk._("Only the inventory lead plans rounds.")}


def inventory_round_patch(context: Any, data: Any) -> Any:
    """The inventory lead; for others a round that they do not see is not found."""
    found = inventory_round_create(context, data)
    if not found["success"]:
        inventory_round_show(context, data)
    return found


def inventory_round_list(context: Any, data: Any) -> Any:
    """Those who keep records, the inventory lead and the board; editors see the rounds of their units."""
    who = _who(context)
    allowed = bool(who.edits) or sees_all_units(who)
    return {"success": allowed, "msg": tk._("Only those who keep records see the rounds.")}


def _in_round(who: access.Memberships, round_id: str) -> bool:
    query = select(RoundUnit.unit_id).where(RoundUnit.round_id == round_id, RoundUnit.unit_id.in_(who.edits)).limit(1)
    return model.Session.execute(query).first() is not None


def inventory_round_show(context: Any, data: Any) -> Any:
    """As for the list; a round without a unit of theirs does not exist for editors."""
    found = inventory_round_list(context, data)
    if found["success"]:
        who, row = _who(context), model.Session.get(Round, data.get("id") or "")
        if row is None or not (sees_all_units(who) or _in_round(who, row.id)):
            raise tk.ObjectNotFound()
    return found


def _unit_of_round(context: Any, data: Any) -> tuple[access.Memberships, model.Group]:
    """The unit that is meant, if the reader may know that it takes part; else NotFound or NotAuthorized."""
    found = inventory_round_show(context, data)
    if not found["success"]:
        raise tk.NotAuthorized(found["msg"])
    who, unit = _who(context), model.Group.get(data.get("unit") or "")
    if unit is None or not (sees_all_units(who) or unit.id in who.edits):
        raise tk.ObjectNotFound()
    return who, unit


def inventory_round_report(context: Any, data: Any) -> Any:
    """The unit's editors and the inventory lead."""
    who, unit = _unit_of_round(context, data)
    return {"success": keeps_all_units(who) or unit.id in who.edits, "msg": tk._("Only the unit itself reports.")}


def inventory_round_sign(context: Any, data: Any) -> Any:
    """The unit's lead: an administrator of the organisation or of one above it."""
    _who_asks, unit = _unit_of_round(context, data)
    allowed = authz.has_user_permission_for_group_or_org(unit.id, context.get("user"), "admin")
    return {"success": allowed, "msg": tk._("Only the lead of the unit signs.")}


def inventory_record_report(context: Any, data: Any) -> Any:
    """The inventory lead and the board for all units, editors for their own."""
    who = _who(context)
    return {"success": bool(who.edits) or sees_all_units(who), "msg": tk._("Only those who keep records see the report.")}
