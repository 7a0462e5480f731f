"""Auth functions for minutes, milestones and the board's papers."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ..model import Case
from ..present import may_know


def _who(context: Any) -> access.Memberships:
    return access.memberships(access.current_user(context))


def review_minutes(context: Any, data: Any) -> Any:
    """The board, the data-protection officer, the lead of the inventory."""
    who = _who(context)
    return {
        "success": who.board or "inventory_lead" in who.roles or who.sysadmin,
        "msg": tk._("Only the board reads its minutes."),
    }


def review_minutes_list(context: Any, data: Any) -> Any:
    """As review_minutes."""
    return review_minutes(context, data)


def review_minutes_close(context: Any, data: Any) -> Any:
    """The board."""
    return _board(context)


def _board(context: Any) -> Any:
    who = _who(context)
    return {"success": who.board or who.sysadmin, "msg": tk._("Only the board may do this.")}


def _staff(context: Any) -> Any:
    who = _who(context)
    return {"success": who.staff or who.sysadmin, "msg": tk._("Only staff read this.")}


def review_milestone_create(context: Any, data: Any) -> Any:
    """The board."""
    return _board(context)


def review_milestone_patch(context: Any, data: Any) -> Any:
    """The board."""
    return _board(context)


def review_milestone_delete(context: Any, data: Any) -> Any:
    """The board."""
    return _board(context)


def review_milestone_list(context: Any, data: Any) -> Any:
    """Staff of any unit."""
    return _staff(context)


def review_milestone_show(context: Any, data: Any) -> Any:
    """Staff of any unit."""
    return _staff(context)


def review_paper_create(context: Any, data: Any) -> Any:
    """The board."""
    return _board(context)


def review_paper_version_create(context: Any, data: Any) -> Any:
    """The board."""
    return _board(context)


def review_paper_list(context: Any, data: Any) -> Any:
    """Staff of any unit."""
    return _staff(context)


def review_paper_show(context: Any, data: Any) -> Any:
    """Staff of any unit."""
    return _staff(context)


def _sees(context: Any, data: Any) -> None:
    """Raises NotFound for those who may not know the case."""
    case = model.Session.get(Case, str(data.get("case_id") or ""))
    if case is None or not may_know(access.current_user(context), case.package_id):
        raise tk.ObjectNotFound()


def review_citation_list(context: Any, data: Any) -> Any:
    """Those who see the case."""
    _sees(context, data)
    return {"success": True}


def review_paper_cite(context: Any, data: Any) -> Any:
    """The board."""
    _sees(context, data)
    return _board(context)


def review_paper_uncite(context: Any, data: Any) -> Any:
    """The board."""
    return review_paper_cite(context, data)
