"""What the modules of actions share."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.validation import validated
from .. import cases, checking, followup, present
from . import schema


def actor(context: Any) -> str:
    """The id of the acting user; the site user where an action is called by the system."""
    user = access.current_user(context)
    if user is None:
        user = model.User.get(tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"])
    assert user is not None
    return user.id


def package(data: Any) -> model.Package:
    """The dataset that `package_id` names. Raises NotFound."""
    found = model.Package.get(data.get("package_id") or "")
    if found is None:
        raise tk.ObjectNotFound()
    return found


def scope(raw: Any, context: Any) -> dict[str, Any]:
    """The scope of a standing release, cleaned."""
    clean = validated(raw, schema.scope(), context)
    until = clean.get("until")
    return {**clean, "until": until.isoformat() if until else None}


def submitted(context: Any, found: model.Package, kind: str, **wishes: Any) -> dict[str, Any]:
    """Submit, commit, index; the case."""
    try:
        case = cases.submit(found, actor(context), kind, **wishes)
        model.Session.commit()
    except Exception:
        model.Session.rollback()
        raise
    if case.state == "checks":
        checking.ask(case.id)
    followup.announce(case)
    access.reindex([found.id])
    return present.case_dict(case, access.current_user(context))
