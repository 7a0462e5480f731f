"""Starts CKAN with the plugins of an ini file and says what was loaded: python -m tests.start_alone INI PLUGIN

A process of its own, because plugins, actions and routes are global in CKAN.
"""

from __future__ import annotations

import json
import sys
import warnings

from ckan.cli import load_config
from ckan.config.middleware import make_app

PREFIX = "ckanext.datenplattform."


def main(ini: str, plugin: str) -> None:
    """Start, build all actions and auth functions, open three pages."""
    warnings.simplefilter("ignore")
    app = make_app(load_config(ini))
    # only now: these modules read the configuration when they are imported
    import ckan.authz as authz
    import ckan.plugins as plugins
    import ckan.plugins.toolkit as tk

    assert plugins.plugin_loaded(plugin), f"{plugin} is not loaded"
    flask_app = getattr(app, "_wsgi_app", app)
    with flask_app.test_request_context("/"):
        # a chained action or auth function whose original is missing fails here
        tk.get_action("package_show")
        authz.auth_functions_list()
    client = flask_app.test_client()
    pages = {path: client.get(path).status_code for path in ("/", "/dataset/", "/api/3/action/status_show")}
    rooms = {name.removeprefix(PREFIX).split(".")[0] for name in sys.modules if name.startswith(PREFIX)}
    print(json.dumps({"rooms": sorted(rooms - {"i18n"}), "pages": pages}))


if __name__ == "__main__":
    main(*sys.argv[1:])
