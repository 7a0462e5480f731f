"""Auth functions of room `review`. What a reader may not know is not found."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from .. import seats, sources
from ..model import OPEN, Case, Revision
from ..present import may_know


def _user(context: Any) -> model.User | None:
    return access.current_user(context)


def _package_id(data: Any) -> str:
    name = data.get("package_id") or data.get("id") or ""
    package = model.Package.get(name) if isinstance(name, str) else None
    if package is None:
        raise tk.ObjectNotFound()
    return package.id


def _edits(context: Any, package_id: str) -> bool:
    """The unit's editors and the inventory lead; NotFound for those who may not know the dataset."""
    user = _user(context)
    if access.reader_level(user, package_id) is None:
        raise tk.ObjectNotFound()
    who = access.memberships(user)
    package = model.Package.get(package_id)
    return who.sysadmin or "inventory_lead" in who.roles or (package is not None and package.owner_org in who.edits)


def _only_unit(context: Any, package_id: str) -> Any:
    return {"success": _edits(context, package_id), "msg": tk._("Only the responsible unit may do this.")}


def review_submit(context: Any, data: Any) -> Any:
    """Editors of the dataset's unit."""
    return _only_unit(context, _package_id(data))


def review_revision_create(context: Any, data: Any) -> Any:
    """Editors of the dataset's unit."""
    return _only_unit(context, _package_id(data))


def _source_id(data: Any) -> str | None:
    """The harvest source that is named; None where it is about a dataset."""
    if not data.get("source"):
        return None
    source = sources.find(data["source"])
    if source is None:
        raise tk.ObjectNotFound()
    return source.id


def standing_release_create(context: Any, data: Any) -> Any:
    """Editors of the dataset's or the source's unit; the board decides."""
    return _only_unit(context, _source_id(data) or _package_id(data))


def review_withdraw(context: Any, data: Any) -> Any:
    """Hiding is always the safe direction: the unit's editors, the board, the data-protection officer."""
    package_id = _package_id(data)
    allowed = _edits(context, package_id) or access.memberships(_user(context)).board
    return {"success": allowed, "msg": tk._("Only the responsible unit or the board may do this.")}


def review_revoke(context: Any, data: Any) -> Any:
    """As review_withdraw."""
    return review_withdraw(context, data)


def standing_release_revoke(context: Any, data: Any) -> Any:
    """As review_withdraw; of a source its unit's editors, the board, the data-protection officer."""
    source_id = _source_id(data)
    if source_id is None:
        return review_withdraw(context, data)
    if not may_know(_user(context), source_id):
        raise tk.ObjectNotFound()
    return {"success": True}


def _case(data: Any, key: str) -> Case:
    case = model.Session.get(Case, data.get(key) or "")
    if case is None:
        raise tk.ObjectNotFound()
    return case


def review_vote(context: Any, data: Any) -> Any:
    """Members of the board who neither submitted nor edited. Also a sysadmin only as member."""
    user = _user(context)
    case = _case(data, "case_id")
    if user is None or not may_know(user, case.package_id):
        raise tk.ObjectNotFound()
    if not seats.on_board(user.id):
        return {"success": False, "msg": tk._("Only members of the board vote.")}
    if user.id in seats.barred(case):
        text = tk._("You submitted or edited this dataset. Somebody else decides about it (four eyes).")
        return {"success": False, "msg": text}
    if user.id in seats.recused(case):
        return {"success": False, "msg": tk._("You recused yourself from this case. Your deputy votes.")}
    if case.state == OPEN and user.id not in seats.eligible(case):
        return {"success": False, "msg": tk._("The member whose deputy you are has voted already.")}
    return {"success": True}


# a vote is a vote: sysadmins do not pass, and the action checks again itself
review_vote.auth_sysadmins_check = True  # type: ignore[attr-defined]


def review_recuse(context: Any, data: Any) -> Any:
    """Members of the board and deputies."""
    user = _user(context)
    case = _case(data, "case_id")
    if user is None or not may_know(user, case.package_id):
        raise tk.ObjectNotFound()
    return {"success": seats.on_board(user.id), "msg": tk._("Only members of the board vote.")}


def review_decide(context: Any, data: Any) -> Any:
    """The lead of the board who neither submitted nor edited. Also a sysadmin only as lead."""
    user = _user(context)
    case = _case(data, "case_id")
    if user is None or not may_know(user, case.package_id):
        raise tk.ObjectNotFound()
    if user.id not in seats.leads():
        return {"success": False, "msg": tk._("Only the lead of the board may do this.")}
    return {
        "success": user.id not in seats.barred(case) | seats.recused(case),
        "msg": tk._("You submitted or edited this dataset. Somebody else decides about it (four eyes)."),
    }


review_recuse.auth_sysadmins_check = True  # type: ignore[attr-defined]
review_decide.auth_sysadmins_check = True  # type: ignore[attr-defined]


def review_track_raise(context: Any, data: Any) -> Any:
    """The board, the data-protection officer, the unit's editors: more care is always allowed."""
    case = _case(data, "case_id")
    if not may_know(_user(context), case.package_id):
        raise tk.ObjectNotFound()
    return {"success": True}


def review_comment(context: Any, data: Any) -> Any:
    """All who see the case."""
    return review_track_raise(context, data)


def review_history(context: Any, data: Any) -> Any:
    """All who see the case."""
    package_id = _case(data, "case_id").package_id if data.get("case_id") else _package_id(data)
    if not may_know(_user(context), package_id):
        raise tk.ObjectNotFound()
    return {"success": True}


@tk.auth_allow_anonymous_access
def review_report(context: Any, data: Any) -> Any:
    """Everybody: numbers only."""
    return {"success": True}


def review_release(context: Any, data: Any) -> Any:
    """The unit's editors and the board: it repeats only what was decided."""
    case = _case(data, "case_id")
    if not may_know(_user(context), case.package_id):
        raise tk.ObjectNotFound()
    return {"success": access.memberships(_user(context)).board or _edits(context, case.package_id)}


def review_show(context: Any, data: Any) -> Any:
    """Those who see all of the dataset."""
    case_package = _case(data, "id").package_id if data.get("id") else _package_id(data)
    if not may_know(_user(context), case_package):
        raise tk.ObjectNotFound()
    return {"success": True}


def review_list(context: Any, data: Any) -> Any:
    """Staff; each sees their own cases."""
    who = access.memberships(_user(context))
    return {"success": who.staff or who.sysadmin, "msg": tk._("Only staff see the review.")}


def standing_release_waiting_discard(context: Any, data: Any) -> Any:
    """As review_withdraw."""
    return review_withdraw(context, data)


def standing_release_list(context: Any, data: Any) -> Any:
    """Staff; each sees their own."""
    return review_list(context, data)


def _revision(context: Any, data: Any) -> Revision:
    revision = model.Session.get(Revision, data.get("id") or "")
    if revision is None or not may_know(_user(context), revision.package_id):
        raise tk.ObjectNotFound()
    return revision


def review_revision_show(context: Any, data: Any) -> Any:
    """Those who see all of the dataset."""
    if data.get("id"):
        _revision(context, data)
    elif not may_know(_user(context), _package_id(data)):
        raise tk.ObjectNotFound()
    return {"success": True}


def review_revision_diff(context: Any, data: Any) -> Any:
    """As review_revision_show."""
    return review_revision_show(context, data)


def review_revision_discard(context: Any, data: Any) -> Any:
    """Editors of the dataset's unit."""
    return _only_unit(context, _revision(context, data).package_id)


@tk.auth_disallow_anonymous_access
def review_mails_show(context: Any, data: Any) -> Any:
    """Staff and the board, each their own."""
    who = access.memberships(_user(context))
    return {"success": who.staff or who.board or who.sysadmin, "msg": tk._("Only staff see the review.")}


@tk.auth_disallow_anonymous_access
def review_mails_patch(context: Any, data: Any) -> Any:
    """As review_mails_show."""
    return review_mails_show(context, data)
