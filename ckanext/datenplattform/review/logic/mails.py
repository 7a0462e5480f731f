"""Actions about the mails of the review: each person's own choice."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ...access import shared as access
from ...core.validation import validated, validators
from .. import post


def _reader(context: Any) -> model.User:
    user = access.current_user(context)
    if user is None:
        raise tk.NotAuthorized()
    return user


@tk.side_effect_free
def review_mails_show(context: Any, data_dict: Any) -> dict[str, Any]:
    """How the acting person gets the mails of the review. For staff and the board, each their own.

    Example: `review_mails_show()["daily"]`

    :returns: {"daily": bool}; false: each mail at once
    """
    tk.check_access("review_mails_show", context, data_dict)
    return {"daily": post.is_daily(_reader(context))}


def review_mails_patch(context: Any, data_dict: Any) -> dict[str, Any]:
    """Choose how one's own mails of the review come: each at once, or all of a day in one. For staff and the board, each
    their own. What has gathered meanwhile is not lost.

    Example: `review_mails_patch(daily=True)`

    :param daily: true: one mail a day
    :returns: see review_mails_show
    """
    tk.check_access("review_mails_patch", context, data_dict)
    data = validated(data_dict, {"daily": validators("not_missing", "boolean_validator")}, context)
    post.choose(_reader(context), bool(data["daily"]))
    model.Session.commit()
    post.soon()
    return review_mails_show(context, {})


ACTIONS = (review_mails_show, review_mails_patch)
