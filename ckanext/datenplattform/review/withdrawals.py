"""Out of it: a submission, an entry or a publication is withdrawn. Each function is one transaction of its caller, who
commits; what follows is in `followup`.
"""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk

from ..access import shared as access
from ..inventory import shared as inventory
from . import cases, events, post, revisions
from .model import Case


def _side(user_id: str, package_id: str) -> str:
    """In which part somebody withdraws: the unit's, the board's or the data-protection officer's."""
    who = access.memberships(model.User.get(user_id))
    package = model.Package.get(package_id)
    if package is not None and package.owner_org in who.edits:
        return "unit"
    return "dpo" if "dpo" in who.roles else "board" if who.board else "unit"


def take_back_submission(case: Case, user_id: str, reason: str) -> None:
    """The unit withdraws what it submitted; the dataset is internal again and can be changed."""
    cases.move(case, "withdraw", _side(user_id, case.package_id), {"reason"}, user_id, reason)
    cases.stage(case)


def withdraw_entry(package_id: str, user_id: str, reason: str) -> None:
    """Take an entry out of the register at once."""
    if not inventory.register.withdraw(package_id):
        raise cases.Conflict(tk._("This dataset is not in the register."))
    access.set_review_state(package_id, "withdrawn")
    events.append(package_id, "entry_withdrawn", user_id, text=reason)
    post.write("unlist", (post.editors(package_id) | post.members()) - {user_id}, package_id)


def withdraw_publication(package_id: str, user_id: str, reason: str) -> None:
    """Hide a published dataset at once, and end what stands open on it."""
    case = cases.open_case(package_id, lock=True)
    if case:
        cases.move(case, "withdraw", _side(user_id, package_id), {"reason"}, user_id, reason)
    if not access.unpublish(package_id):
        raise cases.Conflict(tk._("This dataset is not published."))
    revisions.discard_pending(package_id)
    events.append(package_id, "publication_withdrawn", user_id, text=reason)
    post.write("unpublish", (post.editors(package_id) | post.members()) - {user_id}, package_id)
