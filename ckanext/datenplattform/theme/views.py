"""The town's logo, and what happens to a form that is sent after the session has ended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, send_file

from ..core import config, municipality

blueprint = Blueprint("dp_theme", __name__)

# pages with forms that only somebody who is logged in can have opened
_FORMS = re.compile(r"/(?:inventar|gremium|dataset|harvest)(?:/|\Z)")

PICTURES = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}


def logo_file() -> Path | None:
    """The file that the municipality names as its logo, if there is one; never outside of that file's folder."""
    named = municipality.current().logo
    if not named:
        return None
    folder = municipality.find(config.municipality()).resolve().parent
    file = (folder / named).resolve()
    return file if file.is_file() and folder in file.parents and file.suffix in PICTURES else None


@blueprint.route("/logo")
def logo() -> Response:
    """The logo. Scripts in an SVG do not run."""
    file = logo_file()
    if file is None:
        return tk.abort(404)
    answer = send_file(file, mimetype=PICTURES[file.suffix], max_age=3600)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return answer


@blueprint.before_app_request
def session_ended() -> Any:
    """A form from nobody: the session has ended while somebody wrote. To the login and back; the browser keeps the entries.

    Says the same for every address, so that nothing can be guessed by it.
    """
    if tk.request.method != "POST" or tk.current_user.is_authenticated or not _FORMS.match(tk.request.path):
        return None
    tk.h.flash_notice(
        tk._("You are logged out. Nothing was saved, but your entries are kept in this window. Please log in again.")
    )
    return tk.redirect_to("user.login", came_from=tk.request.path)
