"""Datengremium: cases, votes, revisions, release. Wiring only."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk

from ..core.cli import datenplattform
from . import cases, cli, helpers, views  # noqa: F401 - cli: its commands
from .logic import action, auth

ACTIONS = (
    "review_submit", "review_vote", "review_release", "review_withdraw", "review_show", "review_list",
    "review_revision_create", "review_revision_show", "review_revision_diff", "review_revision_discard",
    "standing_release_create", "standing_release_revoke", "standing_release_list",
)  # fmt: skip


class ReviewPlugin(p.SingletonPlugin):
    """Plugin `dp_review`."""

    p.implements(p.IConfigurer)
    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IBlueprint)
    p.implements(p.IClick)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IPackageController, inherit=True)

    # IConfigurer
    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")

    # IActions
    def get_actions(self) -> dict[str, Any]:
        own = {name: getattr(action, name) for name in ACTIONS}
        return {**own, "inventory_dataset_upsert": action.inventory_dataset_upsert}

    # IAuthFunctions
    def get_auth_functions(self) -> dict[str, Any]:
        return {name: getattr(auth, name) for name in ACTIONS}

    # IBlueprint
    def get_blueprint(self) -> Any:
        return views.blueprint

    # IClick
    def get_commands(self) -> list[Any]:
        return [datenplattform]

    # ITemplateHelpers
    def get_helpers(self) -> dict[str, Any]:
        return helpers.get_helpers()

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
