"""Datengremium: cases, votes, revisions, release. Wiring only."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core import signals
from ..core.actions import named
from ..core.cli import datenplattform
from . import (  # noqa: F401 - cli: its commands
    cases,
    cli,
    helpers,
    helpers_papers,
    views,
    views_mails,
    views_minutes,
    views_papers,
    views_report,
    views_standing,
)
from .checks import actions as checks
from .checks import arriving
from .checks.helpers import HELPERS as CHECK_HELPERS
from .logic import action, auth, auth_papers, edits, mails, milestones, minutes, papers, revisions, standing, waiting

# each module of actions ends with the tuple ACTIONS
MODULES = (action, revisions, standing, checks, mails, minutes, milestones, papers, waiting)
AUTH_MODULES = (auth, auth_papers)
ACTIONS = named(*MODULES)


@tk.blanket.config_declarations
class ReviewPlugin(p.SingletonPlugin):
    """Plugin `dp_review`."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.ISignal)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "dp_review")

    # IActions
    def get_actions(self) -> dict[str, Any]:
        return {**ACTIONS, "inventory_dataset_upsert": revisions.inventory_dataset_upsert, **edits.chained()}

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {
            name: checks.AUTH.get(name) or next(getattr(module, name) for module in AUTH_MODULES if hasattr(module, name))
            for name in ACTIONS
        }

    # IBlueprint
    def get_blueprint(self) -> Any:
        rooms = (views_standing, views_mails, views_minutes, views_report, views_papers, views)
        return [module.blueprint for module in rooms]

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return {**helpers.get_helpers(), **helpers_papers.HELPERS, **CHECK_HELPERS}

    # ISignal: what flows without a vote is looked at
    def get_signal_subscriptions(self) -> Any:
        return {signals.series_rows: [arriving.look]}

    # IPackageController: four eyes, who edited does not vote
    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        _note_editor(context, pkg_dict["id"])

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        _note_editor(context, pkg_dict["id"])


def _note_editor(context: Any, package_id: str) -> None:
    name = context.get("user") or ""
    # the harvester is nobody: what it brings is decided by people all the same
    user = model.User.get(name) if name != tk.config["ckan.site_id"] else None
    if user is not None and user.name != tk.config["ckan.site_id"]:
        cases.note_editor(package_id, user.id)
