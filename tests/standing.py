"""The portal stands between tests: plugins are loaded, and the app is made, only where a test's settings ask for others.

CKAN's own fixtures load all plugins before each test, load them once more with each app and unload them afterwards:
nearly two seconds of work before a test has done anything. Here they stay as long as the settings that a test begins with
(the ini file, its marks `ckan_config`) are those they were loaded with. A test without `with_plugins` finds none, as
with CKAN. Each test begins with the settings as they were right after loading, whatever the one before did to them.
Registered in tests/conftest.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import ckan.plugins as plugins
import pytest
from ckan import model
from ckan.common import config
from ckan.config import middleware
from ckan.lib import app_globals
from ckan.plugins import core
from ckan.tests import helpers


@dataclass
class Kept:
    """What was made of which settings."""

    asked: dict[str, Any] | None = None  # the settings before
    given: dict[str, Any] = field(default_factory=dict)  # the settings after
    of: list[Any] = field(default_factory=list)  # the plugins themselves, as they were then
    app: Any = None
    flask: dict[str, Any] = field(default_factory=dict)  # the app's own copy of the settings

    def fits(self) -> bool:
        """Whether it can be used as it is: same settings, and nobody loaded or unloaded a plugin since."""
        return self.asked == config.copy() and self.of == _services()

    def keep(self, asked: dict[str, Any], app: Any = None) -> None:
        """Remember what was just made."""
        self.asked, self.given, self.of, self.app = asked, config.copy(), _services(), app
        self.flask = dict(app._wsgi_app.config) if app else {}


_plugins, _app = Kept(), Kept()


def _services() -> list[Any]:
    return [core._PLUGINS_SERVICE.get(name) for name in core._PLUGINS]


def _set(settings: dict[str, Any]) -> None:
    config.clear()
    config.update(settings)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before CKAN puts the settings back."""
    wanted = "with_plugins" in getattr(item, "fixturenames", ()) or any(item.iter_markers("with_plugins"))
    if core._PLUGINS and not wanted:
        plugins.unload_all()


@pytest.fixture
def with_plugins(ckan_config: Any, provide_plugin: Any) -> None:
    """All plugins of the setting `ckan.plugins`, as CKAN's fixture of this name."""
    if _plugins.fits():
        _set(_plugins.given)
        # what a test's threads still hold is theirs alone
        model.Session.remove()
        if model.Session.bind.pool.checkedout():
            model.Session.bind.dispose()
        app_globals.app_globals._init()
    else:
        asked = config.copy()
        plugins.load_all()
        _plugins.keep(asked)


@pytest.fixture
def make_app(ckan_config: Any) -> Any:
    """Gives the app with a browser of its own, as CKAN's fixture of this name."""
    app_globals._CONFIG_CACHE.clear()
    return _make_app


def _make_app() -> Any:
    config["testing"] = True
    if _app.fits():
        _set(_app.given)
        own = _app.app._wsgi_app.config
        own.clear()
        own.update(_app.flask)
        app_globals.reset()
    else:
        asked = config.copy()
        if asked == _plugins.given and _plugins.of == _services():
            # CKAN's make_app would load the same plugins once more
            app_globals.reset()
            made = middleware.make_flask_stack()
            middleware._internal_test_request_context = made._wsgi_app.test_request_context()
        else:
            made = middleware.make_app(config)
        _app.keep(asked, made)
    return helpers.CKANTestApp(_app.app)
