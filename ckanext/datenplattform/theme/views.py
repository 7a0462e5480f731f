"""The town's logo: a picture beside the municipality's file."""

from __future__ import annotations

from pathlib import Path

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, send_file

from ..core import config, municipality

blueprint = Blueprint("dp_theme", __name__)

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
