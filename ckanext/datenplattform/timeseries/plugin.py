"""Plugin `dp_timeseries`: wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core.cli import datenplattform
from . import cli, streams  # noqa: F401 - registers commands and tables
from .logic import action, auth

# each module of actions ends with the tuple ACTIONS
MODULES = (action,)
ACTIONS = {function.__name__: function for module in MODULES for function in module.ACTIONS}


@tk.blanket.config_declarations
class TimeseriesPlugin(p.SingletonPlugin):
    """Series in the DataStore, rows that wait for a decision, and the Daten-API."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IClick)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]
