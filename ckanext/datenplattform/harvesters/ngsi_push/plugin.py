"""Plugin `dp_harvest_ngsi_ld`: wiring only."""

from __future__ import annotations

import logging
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestSource

from ckanext.datenplattform.core.actions import named
from ckanext.datenplattform.core.errors import PlatformError

from .. import settings, sources
from ..ngsi_ld import NgsiLdHarvester
from . import action, auth, views

log = logging.getLogger(__name__)
ACTIONS = named(action)


class NgsiLdPlugin(NgsiLdHarvester):
    """The type of source, and the address to which its brokers tell new values."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ITemplateHelpers)

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return dict(ACTIONS)

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> list[Any]:
        # A broker has no session and no form: the secret is its proof.
        from ckan.config.middleware.flask_app import csrf

        csrf.exempt(views.blueprint)
        return [views.blueprint]

    # IPackageController
    def after_dataset_delete(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        source: Any = HarvestSource.get(str(pkg_dict.get("id") or ""))
        if source is None or source.type != self.kind:
            return
        try:
            self.stop_telling(sources.load(source))
        except (PlatformError, settings.Invalid) as problem:
            log.warning("source %s: %s", source.id, type(problem).__name__)

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {"ngsi_subscription": _subscription}


def _subscription(source_id: str) -> dict[str, Any] | None:
    """How the subscription of a source is, for who may know it."""
    try:
        return tk.get_action("ngsi_subscription_show")({"user": tk.current_user.name}, {"source": source_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
