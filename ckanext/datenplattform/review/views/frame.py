"""What the board's pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import Blueprint

from ...core import pages

blueprint = Blueprint("dp_review", __name__)


def reader() -> model.User | None:
    """Who looks at the page."""
    return model.User.get(tk.current_user.name) if tk.current_user.is_authenticated else None


def tried(act: Callable[[], Any]) -> tuple[Any, list[str]]:
    """What an action answers, or the sentences that say why it did not: also those of a refusal, since the reader sees the page."""
    try:
        return act(), []
    except tk.ValidationError as error:
        return None, pages.problems(error)
    except tk.NotAuthorized as error:
        return None, [str(error.message or tk._("You may not do this."))]
