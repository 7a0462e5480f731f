"""The portal in the bench's process: the WSGI app on services of its own, and an empty database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# set by bench.__main__
app: Any = None
ini: str = ""
# requests come from a thread of their own: the bench itself stands in a request's context, and that one's user would stay
_browser = ThreadPoolExecutor(1)


def clean() -> None:
    """Empty database and index."""
    import ckan.model as model
    from ckan.lib.search import clear_all

    model.repo.tables_created_and_initialised = True
    model.repo.rebuild_db()
    clear_all()
    import ckan.plugins.toolkit as tk

    tk.get_action("get_site_user")({"ignore_auth": True}, {})


def account(name: str) -> str:
    """A new account; the token that stands in its requests' header Authorization."""
    import ckan.plugins.toolkit as tk

    system = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    data = {"name": name, "email": f"{name}@example.org", "password": "correct horse battery"}
    tk.get_action("user_create")({"ignore_auth": True, "user": system}, data)
    made: Any = tk.get_action("api_token_create")({"ignore_auth": True, "user": system}, {"user": name, "name": "bench"})
    return made["token"]


def get(path: str, token: str) -> tuple[str, float]:
    """A page through the whole WSGI app: (text, milliseconds). Raises RuntimeError for anything but 200."""
    return _browser.submit(_get, path, token).result()


def _get(path: str, token: str) -> tuple[str, float]:
    from werkzeug.test import Client

    started = time.perf_counter()
    answer = Client(app).get(path, headers={"Authorization": token, "Accept-Language": "de"})
    text = answer.get_data(as_text=True)
    spent = (time.perf_counter() - started) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return text, spent
