"""Messages of a job are stored and read later by people: they are written in the portal's language, also by a
worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import flask


@contextmanager
def site_language() -> Iterator[None]:
    """Inside, ``_()`` of CKAN and of its extensions translates to the default language, where an application is at
    hand."""
    app = None if flask.has_request_context() else _application()
    if app is None:
        yield
        return
    with app.test_request_context():
        yield


def _application() -> Any:
    if flask.has_app_context():
        return flask.current_app
    command = click.get_current_context(silent=True)
    return command.find_root().meta.get("flask_app") if command else None
