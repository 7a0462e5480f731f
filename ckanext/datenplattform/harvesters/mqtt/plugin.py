"""Plugin `dp_mqtt`: wiring only."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ckanext.datenplattform.core.actions import named
from ckanext.datenplattform.core.cli import datenplattform

from . import cli, views  # noqa: F401 - cli: its commands
from .logic import action, auth
from .source import MqttSource

ACTIONS = named(action)


class MqttPlugin(MqttSource):
    """The type of source, the table of devices, and the command that receives."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> list[Any]:
        return [views.blueprint]

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]
