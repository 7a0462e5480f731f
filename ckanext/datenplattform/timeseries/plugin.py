"""Plugin `dp_timeseries`: wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core.actions import named
from ..core.cli import datenplattform
from . import cli, streams, views  # noqa: F401 - registers commands and tables
from .alerts import cli as alerts_cli  # noqa: F401 - registers commands
from .alerts import views as alerts_views
from .alerts.logic import action as alerts_action
from .alerts.logic import auth as alerts_auth
from .forecast import action as forecast_action
from .forecast import cli as forecast_cli  # noqa: F401 - registers commands
from .info import helpers as info_helpers
from .info import views as info_views
from .logic import action, auth, reading
from .sta import views as sta

# each module of actions ends with the tuple ACTIONS
MODULES = (action, reading, forecast_action, alerts_action)
AUTH_MODULES = (auth, alerts_auth)
ACTIONS = named(*MODULES)


@tk.blanket.config_declarations
class TimeseriesPlugin(p.SingletonPlugin):
    """Series in the DataStore, rows that wait for a decision, and the Daten-API."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.IConfigurer)
    p.implements(p.ITemplateHelpers)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: next(getattr(found, name) for found in AUTH_MODULES if hasattr(found, name)) for name in ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> Any:
        return [views.blueprint, info_views.blueprint, sta.blueprint, alerts_views.blueprint]

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return info_helpers.get_helpers()

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]
